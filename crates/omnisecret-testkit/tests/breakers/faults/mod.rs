//! One fault for each case: the mistake that the case is there to find.

mod list;
mod read;
mod words;
mod write;

use omnisecret_core::{Error, ErrorKind, Secret, SecretMeta, SecretValue};

use crate::fault::{Fault, SOUND};

/// Names of cases, each with the fault that it finds.
pub(crate) type Faults = Vec<(&'static str, Fault)>;

/// All of them.
pub(crate) fn faults() -> Faults {
    [
        read::values(),
        read::names(),
        read::batches(),
        list::listings(),
        list::versions(),
        write::writes(),
        write::meetings(),
        words::words(),
        words::lacks(),
    ]
    .concat()
}

fn secret(text: &str) -> Secret {
    Secret::new(text, SecretMeta::default())
}

fn no_such(path: &str) -> Error {
    Error::new(ErrorKind::NotFound, "no such secret").with_context("memory", "get").with_path(path)
}

fn conflict() -> Error {
    Error::new(ErrorKind::Conflict, "it is there already")
}

/// The same error, of another kind or with other words.
fn retold(error: &Error, kind: ErrorKind, message: &str) -> Error {
    Error::new(kind, message.to_owned())
        .with_context("memory", error.operation().unwrap_or("get"))
        .with_path(error.path().unwrap_or_default())
}

/// The value with its text changed; binary as it is.
fn texted(value: &SecretValue, change: fn(&str) -> String) -> SecretValue {
    value.expose_str().map_or_else(|_| value.clone(), |text| SecretValue::text(change(text)))
}

/// A provider that spoils what it reads.
fn reading(spoil: fn(&SecretValue) -> SecretValue) -> Fault {
    Fault { read: spoil, ..SOUND }
}
