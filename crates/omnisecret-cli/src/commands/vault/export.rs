//! `vault export`.

use omnisecret::securestore::{Document, Vault};
use omnisecret::{Error, ErrorKind, Result, SecretValue, file};
use zeroize::Zeroizing;

use super::args::{Export, Form};
use super::json::{self, Secrets};
use super::keys::Keys;
use super::{dotenv, text, variables};
use crate::output::Output;

pub(super) fn export(args: &Export, keys: &Keys<'_>, output: &Output) -> Result<()> {
    let bytes = file::read_sealed(&keys.store(), file::MAX_STORE_BYTES)?;
    let vault = Document::from_slice(&bytes)?.unlock(&keys.key()?)?;
    let secrets = pick(&vault, &args.names)?;
    let printed = Zeroizing::new(match args.form {
        Form::Json => json::array(&secrets)?,
        Form::JsonMap => json::object(&secrets)?,
        Form::Text => text::lines(&secrets),
        Form::Dotenv => assignments(&secrets, &args.allow_env, dotenv::dotenv)?,
        Form::Shell => assignments(&secrets, &args.allow_env, dotenv::shell)?,
    });
    match &args.output {
        Some(path) => file::create_private(path, printed.as_bytes()),
        None => output.lines(&printed, args.force),
    }
}

/// All secrets, or those that are named; by another name where that is wanted.
fn pick(vault: &Vault<'_>, wanted: &[String]) -> Result<Secrets> {
    let read = |label: &str, name: &str| match vault.get(name) {
        Ok(value) => Ok((label.to_owned(), value)),
        Err(error) => Err(error.with_path(name)),
    };
    if wanted.is_empty() {
        return vault.names().map(|name| read(name, name)).collect();
    }
    let one = |wanted: &String| match wanted.split_once('=') {
        Some((label, name)) if !vault.contains(wanted) => read(label, name),
        _ => read(wanted, wanted),
    };
    wanted.iter().map(one).collect()
}

fn assignments(
    secrets: &Secrets,
    allowed: &[String],
    form: fn(&str, &str) -> String,
) -> Result<String> {
    let assignment = |(name, value): &(String, SecretValue)| {
        variables::check(name, allowed)?;
        match value.expose_str() {
            Ok(text) if !text.contains('\0') => Ok(form(name, text)),
            _ => {
                let message = "the value is binary, which no variable can hold";
                Err(Error::new(ErrorKind::InvalidValue, message)
                    .with_path(name)
                    .with_action("leave it out, or export as json"))
            }
        }
    };
    secrets.iter().map(assignment).collect()
}
