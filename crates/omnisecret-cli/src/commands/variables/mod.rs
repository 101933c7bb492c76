//! Secrets as variables of an environment: which there are to be, how they are written down, and a
//! command that gets them.

pub(crate) mod dotenv;
#[cfg(test)]
mod dotenv_tests;
mod names;
pub(crate) mod process;
pub(crate) mod wanted;

use std::process::ExitCode;

use omnisecret::{Error, ErrorKind, Result, SecretValue};
use zeroize::Zeroizing;

use crate::args::Allowed;
use crate::output::Output;
pub(crate) use names::check;

/// Names and values, in the order of the names or as somebody has given them.
pub(crate) type Secrets = Vec<(String, SecretValue)>;

/// How a name and a text are written down as an assignment, where that can be done.
pub(crate) type Form = fn(&str, &str) -> Result<Zeroizing<String>>;

/// An assignment for each, or the exit code of the first of which there can be none.
pub(crate) fn assignments(
    values: impl IntoIterator<Item = (String, Result<SecretValue>)>,
    allowed: &Allowed,
    form: Form,
    output: &Output,
) -> Result<Zeroizing<String>, ExitCode> {
    let lines = values.into_iter().map(|(name, value)| {
        let line = value.and_then(|value| {
            check(&name, allowed)?;
            match value.expose_str() {
                Ok(text) if !text.contains('\0') => form(&name, text),
                _ => Err(Error::new(ErrorKind::InvalidValue, "the value is binary, not text")
                    .with_action("leave it out, or export as json")),
            }
        });
        (name, line)
    });
    let lines = output.all(lines)?;
    Ok(Zeroizing::new(lines.iter().map(|(_, line)| line.as_str()).collect()))
}

/// The same value, if an environment can hold it under this name.
pub(crate) fn admit(name: &str, value: SecretValue, allowed: &Allowed) -> Result<SecretValue> {
    check(name, allowed)?;
    if value.expose_bytes().contains(&0) {
        let message = "the value has a NUL byte, which no variable can hold";
        return Err(Error::new(ErrorKind::InvalidValue, message).with_action("leave it out"));
    }
    Ok(value)
}
