//! A number that no request has had before.

use std::fmt::Write;

use omnisecret_core::{Error, ErrorKind, Result};

/// Thirty-two hexadecimal digits from the operating system.
///
/// # Errors
/// [`ErrorKind::Unexpected`] if the system has no random numbers.
pub(crate) fn nonce() -> Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| {
        Error::new(ErrorKind::Unexpected, "the operating system gives no random numbers")
    })?;
    Ok(hex(&bytes))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut digits, byte| {
        // Writing to a string does not fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
