//! `omnisecret export`.

use std::process::ExitCode;

use omnisecret::{Error, ErrorKind, Reference, Result, SecretValue, Secrets};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::list;
use super::variables::{self, dotenv, wanted};
use crate::args::{Export, ExportForm};
use crate::output::Output;

pub(crate) async fn run(args: &Export, secrets: &Secrets, output: &Output) -> Result<ExitCode> {
    let wanted = wanted::collect(&args.wanted, &args.more, secrets.config())?;
    match text(args, wanted, secrets, output).await {
        Ok(text) => output.lines_to(&text, &args.target).map(|()| ExitCode::SUCCESS),
        Err(failed) => Ok(failed),
    }
}

async fn text(
    args: &Export,
    wanted: Vec<(String, Result<Reference>)>,
    secrets: &Secrets,
    output: &Output,
) -> Result<Zeroizing<String>, ExitCode> {
    let form: variables::Form = match args.form {
        ExportForm::Dotenv => dotenv::dotenv,
        ExportForm::Shell => dotenv::shell,
        ExportForm::Json => {
            let values = wanted::read(output.all(wanted)?, secrets).await;
            return object(&output.all(values)?).map_err(|error| output.fail(&error));
        }
    };
    let checked = wanted.into_iter().map(|(name, reference)| {
        let checked = variables::check(&name, &args.allowed).and(reference);
        (name, checked)
    });
    let values = wanted::read(output.all(checked)?, secrets).await;
    variables::assignments(values, &args.allowed, form, output)
}

fn object(values: &[(String, SecretValue)]) -> Result<Zeroizing<String>> {
    let entries = values.iter().map(|(name, value)| (name.clone(), list::value(value)));
    let object = Value::Object(entries.collect::<Map<_, _>>());
    let text = serde_json::to_string(&object)
        .map_err(|_| Error::new(ErrorKind::Unexpected, "the secrets are not JSON"))?;
    Ok(Zeroizing::new(text + "\n"))
}
