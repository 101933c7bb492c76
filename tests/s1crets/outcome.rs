//! What a step has come to: ours, in a form that can be compared with what the original gave.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use omnisecret_core::{Error, ErrorKind, Result, Secret};
use serde_json::Value;

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A secret, or a field of one.
    Secret(Got),
    /// Secrets below a prefix.
    Secrets(BTreeMap<String, Got>),
    Exists(bool),
    Updated,
    Failed(ErrorKind),
    /// A look at AWS itself.
    Seen(Value),
    Slept,
}

/// A value as it was got. All values of these cases are made up, so they may be shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Got {
    Text(String),
    Bytes(Vec<u8>),
}

impl Outcome {
    pub(crate) fn of_secret(answer: Result<Secret>) -> Self {
        answer.map_or_else(Self::failed, |secret| Self::Secret(Got::of(&secret)))
    }

    pub(crate) fn of_secrets(answer: Result<BTreeMap<String, Secret>>) -> Self {
        let got = |secrets: BTreeMap<String, Secret>| {
            Self::Secrets(secrets.iter().map(|(path, it)| (path.clone(), Got::of(it))).collect())
        };
        answer.map_or_else(Self::failed, got)
    }

    pub(crate) fn failed(error: Error) -> Self {
        Self::Failed(error.kind())
    }
}

impl Got {
    fn of(secret: &Secret) -> Self {
        match secret.expose_str() {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Bytes(secret.expose_bytes().to_vec()),
        }
    }

    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Whether this is what Python has as this value: a str is the text itself, bytes are bytes,
    /// all else is what the text means as JSON.
    pub(crate) fn is(&self, python: &Value) -> bool {
        match (self, python) {
            (Self::Text(text), Value::String(expected)) => text == expected,
            (Self::Bytes(bytes), python) => {
                python["$bytes"].as_str().is_some_and(|expected| STANDARD.encode(bytes) == expected)
            }
            (Self::Text(text), python) => {
                serde_json::from_str::<Value>(text).is_ok_and(|value| value == *python)
            }
        }
    }
}

impl fmt::Debug for Got {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Bytes(bytes) => write!(f, "{bytes:?}"),
        }
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(got) => write!(f, "{got:?}"),
            Self::Secrets(secrets) => write!(f, "{secrets:?}"),
            Self::Exists(exists) => write!(f, "{exists}"),
            Self::Updated => write!(f, "updated"),
            Self::Failed(kind) => write!(f, "{kind}"),
            Self::Seen(value) => write!(f, "AWS has {value}"),
            Self::Slept => write!(f, "slept"),
        }
    }
}
