//! Secrets as ssclient prints them in lines: `name: value`, and nothing is escaped.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use omnisecret::{Error, ErrorKind, Result, SecretValue};
use zeroize::Zeroizing;

use super::Secrets;

/// A line for each. A value of several lines is several lines, which [`parse`] cannot tell.
pub(super) fn lines(secrets: &Secrets) -> String {
    let line = |(name, value): &(String, SecretValue)| format!("{name}: {}\n", printable(value));
    secrets.iter().map(line).collect()
}

/// A text as it is, and what is none as ssclient prints it.
pub(super) fn printable(value: &SecretValue) -> String {
    match value.expose_str() {
        Ok(text) => text.to_owned(),
        Err(_) => format!("base64:{}", STANDARD.encode(value.expose_bytes())),
    }
}

/// Lines of `name: value`. Where ssclient would have printed the bytes as base64, they are bytes.
pub(super) fn parse(text: &str) -> Result<Secrets> {
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
