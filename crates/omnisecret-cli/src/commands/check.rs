//! `omnisecret check`.

use std::env;
use std::process::ExitCode;

use omnisecret::{Error, ErrorKind, Reference, Result, Secrets};
use serde_json::json;

use super::providers;
use crate::args::Check;
use crate::exit;
use crate::output::{Output, complain, escaped, one_line};

/// The secret that is asked for where no reference says which. There need not be one.
const PROBE: &str = "omnisecret-check";

/// The variables at which the AWS SDK logs whole requests and answers.
const LOGGING: [&str; 2] = ["LOG_SENSITIVE_BODIES", "LOG_SIGNABLE_BODY"];

pub(crate) async fn run(args: &Check, secrets: &Secrets, output: &Output) -> Result<ExitCode> {
    for name in LOGGING.iter().filter(|name| env::var_os(name).is_some()) {
        complain(&format!("{name} is set, which makes the AWS SDK log secrets; unset it"));
    }
    let mut answers = Vec::new();
    for (name, reference) in references(args, secrets)? {
        let result = secrets.get_reference(&reference).fresh().await.map(drop);
        answers.push((name, reference.to_string(), result));
    }
    if args.references.is_empty() {
        for name in providers::names(secrets) {
            let is_asked = answers.iter().any(|(_, reference, _)| {
                reference.split_once(':').is_some_and(|(provider, _)| provider == name)
            });
            if !is_asked {
                answers.push((name.clone(), String::new(), probe(secrets, &name).await));
            }
        }
    }
    if answers.is_empty() {
        return Err(Error::new(ErrorKind::InvalidConfig, "no provider is configured")
            .with_action("write an omnisecret.toml, or set the variables of a provider"));
    }
    report(&answers, output)?;
    let failed = answers.iter().find_map(|(_, _, result)| result.as_ref().err());
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

fn report(answers: &[(String, String, Result<()>)], output: &Output) -> Result<()> {
    let said = |result: &Result<()>| match result {
        Ok(()) => "ok".to_owned(),
        Err(error) => one_line(&error.to_string()),
    };
    if output.is_json() {
        let rows = answers.iter().map(|(name, reference, result)| {
            json!({
                "name": name,
                "reference": (!reference.is_empty()).then_some(reference),
                "ok": result.is_ok(),
                "error": result.as_ref().err().map(ToString::to_string),
            })
        });
        return output.json(&rows.collect());
    }
    let rows = answers.iter().map(|(name, reference, result)| {
        vec![escaped(name).into(), escaped(reference).into(), said(result)]
    });
    output.table(&["NAME", "REFERENCE", "RESULT"], rows.collect())
}
