//! `omnisecret check`.

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use humantime::format_duration;
use omnisecret::{Error, ErrorKind, Reference, Result, Secrets};
use serde_json::{Value, json};

use super::providers;
use crate::args::Check;
use crate::exit;
use crate::output::{Output, complain, escaped, one_line};

/// The secret that is asked for where no reference says which. There need not be one.
const PROBE: &str = "omnisecret-check";

/// The variables at which the AWS SDK logs whole requests and answers.
const LOGGING: [&str; 2] = ["LOG_SENSITIVE_BODIES", "LOG_SIGNABLE_BODY"];

/// What was asked, and what came of it.
struct Answer {
    name: String,
    provider: String,
    reference: Option<String>,
    /// How long a service with this configuration goes on with a value that was revoked.
    longest_use: Duration,
    result: Result<()>,
}

pub(crate) async fn run(args: &Check, secrets: &Secrets, output: &Output) -> Result<ExitCode> {
    for name in LOGGING.iter().filter(|name| env::var_os(name).is_some()) {
        complain(&format!("{name} is set, which makes the AWS SDK log secrets; unset it"));
    }
    let config = secrets.config();
    let mut answers = Vec::new();
    for (name, reference) in references(args, secrets)? {
        answers.push(Answer {
            name,
            provider: reference.provider().to_owned(),
            reference: Some(reference.to_string()),
            longest_use: config.longest_use(reference.provider()),
            result: secrets.get_reference(&reference).fresh().await.map(drop),
        });
    }
    if args.references.is_empty() {
        for provider in providers::names(secrets) {
            if answers.iter().all(|answer| answer.provider != provider) {
                answers.push(Answer {
                    name: provider.clone(),
                    longest_use: config.longest_use(&provider),
                    result: probe(secrets, &provider).await,
                    reference: None,
                    provider,
                });
            }
        }
    }
    if answers.is_empty() {
        return Err(Error::new(ErrorKind::InvalidConfig, "no provider is configured")
            .with_action("write an omnisecret.toml, or set the variables of a provider"));
    }
    report(&answers, output)?;
    let failed = answers.iter().find_map(|answer| answer.result.as_ref().err());
    Ok(failed.map_or(ExitCode::SUCCESS, |error| exit::code(error.kind()).into()))
}

fn references(args: &Check, secrets: &Secrets) -> Result<Vec<(String, Reference)>> {
    if args.references.is_empty() {
        let named = secrets.config().references().iter();
        return Ok(named.map(|(name, reference)| (name.clone(), reference.clone())).collect());
    }
    let given = args.references.iter();
    given.map(|text| Ok((text.clone(), text.parse()?))).collect()
}

/// Reads a secret that need not be there: the answer that it is not shows that the store answers
/// and that the key fits.
async fn probe(secrets: &Secrets, name: &str) -> Result<()> {
    let mut result = secrets.get(name, PROBE).fresh().await;
    if result.as_ref().is_err_and(|error| error.kind() == ErrorKind::InvalidPath) {
        // A provider whose paths have two parts.
        result = secrets.get(name, format!("{PROBE}/{PROBE}")).fresh().await;
    }
    match result {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn report(answers: &[Answer], output: &Output) -> Result<()> {
    if output.is_json() {
        return output.json(&answers.iter().map(Answer::json).collect());
    }
    let rows = answers.iter().map(Answer::cells).collect();
    output.table(&["NAME", "REFERENCE", "LONGEST USE", "RESULT"], rows)
}

impl Answer {
    fn cells(&self) -> Vec<String> {
        let result = match &self.result {
            Ok(()) => "ok".to_owned(),
            Err(error) => one_line(&error.to_string()),
        };
        vec![
            escaped(&self.name).into(),
            escaped(self.reference.as_deref().unwrap_or("-")).into(),
            format_duration(self.longest_use).to_string(),
            result,
        ]
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "reference": self.reference,
            "longest_use_seconds": self.longest_use.as_secs_f64(),
            "ok": self.result.is_ok(),
            "error": self.result.as_ref().err().map(ToString::to_string),
        })
    }
}
