//! `vault export`.

use std::process::ExitCode;

use omnisecret::{Result, SecretValue};
use zeroize::Zeroizing;

use super::args::{Export, Form};
use super::json;
use super::keys::Keys;
use super::pick::pick;
use super::text::lines;
use crate::commands::variables::{self, Secrets, dotenv};
use crate::output::Output;

pub(super) fn export(args: &Export, keys: &Keys<'_>, output: &Output) -> Result<ExitCode> {
    let picked = pick(&args.picked, keys, "export")?;
    match text(args, picked, output) {
        Ok(text) => output.lines_to(&text, &args.target).map(|()| ExitCode::SUCCESS),
        Err(failed) => Ok(failed),
    }
}

fn text(
    args: &Export,
    picked: Vec<(String, Result<SecretValue>)>,
    output: &Output,
) -> Result<Zeroizing<String>, ExitCode> {
    let json = |json: fn(&Secrets) -> Result<String>, picked| {
        json(&output.all(picked)?).map(Zeroizing::new).map_err(|error| output.fail(&error))
    };
    let allowed = &args.allowed;
    match args.form {
        Form::Json => json(json::array, picked),
        Form::JsonMap => json(json::object, picked),
        Form::Text => Ok(Zeroizing::new(lines(&output.all(picked)?))),
        Form::Dotenv => variables::assignments(picked, allowed, dotenv::dotenv, output),
        Form::Shell => variables::assignments(picked, allowed, dotenv::shell, output),
    }
}
