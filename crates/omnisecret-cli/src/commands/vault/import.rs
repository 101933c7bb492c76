//! `vault import`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use omnisecret::securestore::{Document, KeySource, Vault};
use omnisecret::{Error, ErrorKind, Result, SecretValue, file};
use zeroize::Zeroizing;

use super::args::{Import, Source};
use super::json;
use super::keys::Keys;
use crate::commands::variables::{Secrets, dotenv};
use crate::input;

/// All of it or nothing: the secrets are set in one replacement of the file.
pub(super) fn import(args: &Import, keys: &Keys<'_>) -> Result<()> {
    let (store, key) = (keys.store(), keys.key()?);
    let secrets = read(args)?;
    Vault::update(&store, &key, |vault| {
        secrets.iter().try_for_each(|(name, value)| {
            set(vault, name, value, args.overwrite).map_err(|error| error.with_path(name))
        })
    })
}

/// A secret that is there with the same value is left as it is, so that the file shows what
/// changed.
fn set(vault: &mut Vault<'_>, name: &str, value: &SecretValue, overwrite: bool) -> Result<()> {
    if vault.contains(name) {
        if vault.get(name).is_ok_and(|there| there.ct_eq(value)) {
            return Ok(());
        }
        if !overwrite {
            return Err(Error::new(ErrorKind::Conflict, "the secret is there with another value")
                .with_action("give --overwrite to replace it"));
        }
    }
    vault.set(name, value.clone())
}

fn read(args: &Import) -> Result<Secrets> {
    let bytes = match &args.file {
        Some(path) => file::read(path, file::MAX_STORE_BYTES)?,
        None => input::read_stdin()?,
    };
    let text = || {
        std::str::from_utf8(&bytes)
            .map_err(|_| Error::new(ErrorKind::InvalidValue, "the input is not UTF-8 text"))
    };
    match args.form {
        Source::Json => json::parse(&bytes),
        Source::Text => lines(text()?),
        Source::Dotenv => dotenv::parse_dotenv(text()?),
        Source::Shell => dotenv::parse_shell(text()?),
        Source::Vault => {
            let vault = Document::from_slice(&bytes)?.unlock(&key_of_other(args))?;
            vault.iter().map(|(name, value)| Ok((name.to_owned(), value?))).collect()
        }
    }
}

fn key_of_other(args: &Import) -> KeySource {
    match (&args.from_key, &args.from_password_file) {
        (Some(path), _) => KeySource::key_file(path),
        (None, Some(path)) => KeySource::password_file(path),
        (None, None) => KeySource::ask(|| input::prompt("Password of the other vault: ")),
    }
}

/// Lines of `name: value`. Where ssclient would have printed the bytes as base64, they are bytes.
fn lines(text: &str) -> Result<Secrets> {
    let line = |(at, line): (usize, &str)| {
        let (name, value) = line.split_once(": ").ok_or_else(|| {
            let message = format!("line {} is not \"name: value\"", at + 1);
            Error::new(ErrorKind::InvalidValue, message)
                .with_action("use another form for values of several lines")
        })?;
        let binary = value
            .strip_prefix("base64:")
            .and_then(|base64| STANDARD.decode(base64).ok())
            .map(Zeroizing::new)
            .filter(|bytes| std::str::from_utf8(bytes).is_err());
        Ok((name.to_owned(), binary.map_or_else(|| value.into(), SecretValue::from)))
    };
    text.lines().enumerate().map(line).collect()
}
