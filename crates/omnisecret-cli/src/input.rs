//! What the program takes in: a new value, a password.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use omnisecret::{Error, ErrorKind, Result, SecretValue, file};
use zeroize::Zeroizing;

/// A new value: a file or standard input to the last byte, or what somebody types without echo.
pub(crate) fn new_value(from_file: Option<&Path>) -> Result<SecretValue> {
    let mut bytes = match from_file {
        Some(path) => file::read(path, file::MAX_STORE_BYTES)?,
        None if io::stdin().is_terminal() => {
            let value = prompt("New value: ")?;
            // An empty one comes from a pipe or a file, where it is no slip of a finger.
            if value.expose_bytes().is_empty() {
                return Err(Error::new(ErrorKind::InvalidValue, "no value was typed")
                    .with_action("for an empty value give an empty file by --from-file"));
            }
            return Ok(value);
        }
        None => read_stdin()?,
    };
    Ok(SecretValue::from_bytes(std::mem::take(&mut *bytes)))
}

/// Standard input to the last byte.
pub(crate) fn read_stdin() -> Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    io::stdin().lock().take(file::MAX_STORE_BYTES + 1).read_to_end(&mut bytes).map_err(
        |error| {
            let message = format!("standard input cannot be read: {}", error.kind());
            Error::new(ErrorKind::InvalidConfig, message)
                .with_action("give the value by --from-file")
        },
    )?;
    if bytes.len() as u64 > file::MAX_STORE_BYTES {
        return Err(Error::new(ErrorKind::InvalidValue, "the value is larger than 256 MiB"));
    }
    Ok(bytes)
}

/// Whether there is a terminal to ask at, whatever the standard streams are.
pub(crate) fn has_terminal() -> bool {
    File::options().read(true).write(true).open("/dev/tty").is_ok()
}

/// Asks at the terminal, without echo.
pub(crate) fn prompt(text: &str) -> Result<SecretValue> {
    rpassword::prompt_password(text).map(SecretValue::text).map_err(|error| {
        let message = format!("the terminal cannot be read: {}", error.kind());
        Error::new(ErrorKind::InvalidConfig, message)
            .with_action("name a file or a variable that holds it in the configuration")
    })
}
