//! `vault import`.

use omnisecret::securestore::{Document, KeySource, Vault};
use omnisecret::{Error, ErrorKind, Result, SecretValue, file};

use super::args::{Import, Source};
use super::keys::Keys;
use super::{json, text};
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
    let as_text = || {
        std::str::from_utf8(&bytes)
            .map_err(|_| Error::new(ErrorKind::InvalidValue, "the input is not UTF-8 text"))
    };
    match args.form {
        Source::Json => json::parse(&bytes),
        Source::Text => text::parse(as_text()?),
        Source::Dotenv => dotenv::parse_dotenv(as_text()?),
        Source::Shell => dotenv::parse_shell(as_text()?),
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
