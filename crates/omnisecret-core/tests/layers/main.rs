//! The layers beside the cache: their rules, each on a clock that stands still.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod conformance;
mod fallback;
#[cfg(feature = "metrics")]
mod metrics;
mod prefix;
#[cfg(feature = "retry")]
mod retry;
#[cfg(feature = "timeout")]
mod timeout;
#[cfg(feature = "tracing")]
mod tracing;

use omnisecret_core::{Error, ErrorKind, GetOptions, Result, Secret, SecretMeta, VersionSelector};

fn secret(value: &str) -> Result<Secret> {
    Ok(Secret::new(value, SecretMeta::default()))
}

fn error(kind: ErrorKind) -> Error {
    Error::new(kind, "on script")
}

fn fail<T>(kind: ErrorKind) -> Result<T> {
    Err(error(kind))
}

#[track_caller]
fn text(answer: &Result<Secret>) -> &str {
    answer.as_ref().unwrap().expose_str().unwrap()
}

#[track_caller]
fn kind<T: std::fmt::Debug>(answer: &Result<T>) -> ErrorKind {
    answer.as_ref().unwrap_err().kind()
}

fn version(id: &str) -> GetOptions {
    GetOptions::default().with_version(VersionSelector::Id(id.to_owned()))
}
