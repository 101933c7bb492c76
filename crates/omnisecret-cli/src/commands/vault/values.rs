//! `vault get`, `set`, `delete` and `list`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use omnisecret::securestore::{Document, Vault};
use omnisecret::{Error, ErrorKind, Result, file};
use serde_json::json;

use super::args::{Get, Set};
use super::keys::Keys;
use crate::input;
use crate::output::Output;

pub(super) fn get(args: &Get, keys: &Keys<'_>, output: &Output) -> Result<()> {
    let value = Vault::read(keys.store(), &keys.key()?, &args.name)
        .map_err(|error| error.with_path(&args.name))?;
    if let Some(path) = &args.output {
        return file::create_private(path, value.expose_bytes());
    }
    if !output.is_json() {
        return output.value(&value, args.force);
    }
    output.json(&match value.expose_str() {
        Ok(text) => json!({ "path": args.name, "value": text }),
        Err(_) => {
            json!({ "path": args.name, "value_base64": STANDARD.encode(value.expose_bytes()) })
        }
    })
}

pub(super) fn set(args: &Set, keys: &Keys<'_>) -> Result<()> {
    let (store, key) = (keys.store(), keys.key()?);
    if args.from_file.is_none() {
        // A vault that is not there or that the key does not fit shows before anybody types.
        let bytes = file::read_sealed(&store, file::MAX_STORE_BYTES)?;
        Document::from_slice(&bytes)?.unlock(&key)?;
    }
    let value = input::new_value(args.from_file.as_deref())?;
    if !args.binary && value.expose_str().is_err() {
        return Err(Error::new(ErrorKind::InvalidValue, "the value is not UTF-8 text")
            .with_path(&args.name)
            .with_action("give --binary if it is meant to be binary"));
    }
    Vault::update(&store, &key, |vault| vault.set(&args.name, value.clone()))
}

pub(super) fn delete(names: &[String], keys: &Keys<'_>) -> Result<()> {
    Vault::update(keys.store(), &keys.key()?, |vault| {
        let remove = |name: &String| vault.remove(name).map_err(|error| error.with_path(name));
        names.iter().try_for_each(remove)
    })
}

pub(super) fn list(null: bool, keys: &Keys<'_>, output: &Output) -> Result<()> {
    let names = Document::names_in(keys.store())?;
    if null {
        output.names_exactly(names.iter())
    } else if output.is_json() {
        output.json(&names.iter().collect())
    } else {
        output.names(names.iter())
    }
}
