//! A secret value: text or bytes, shared, redacted, wiped with its last handle.

use std::fmt;
use std::sync::Arc;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::{Error, ErrorKind, Result};

/// The value of a secret: text or binary, as the store keeps it.
///
/// Cloning is cheap and shares one buffer, which is wiped when the last handle drops. There is
/// no `Display`, `Serialize`, `Deref` or `PartialEq`: reading the value takes a call that says
/// so, and comparing takes [`ct_eq`](Self::ct_eq).
///
/// # Security
/// `Debug` prints `[REDACTED]` and nothing else: no length, no ends. What is taken out with
/// [`expose_str`](Self::expose_str) and copied is the caller's to wipe.
///
/// ```
/// use omnisecret_core::SecretValue;
///
/// let password = SecretValue::text("correct horse");
/// assert_eq!(password.expose_str()?, "correct horse");
/// assert_eq!(format!("{password:?}"), "[REDACTED]");
/// # Ok::<(), omnisecret_core::Error>(())
/// ```
#[derive(Clone)]
pub struct SecretValue(Arc<Buffer>);

/// The `Arc` is around the wiping buffer, so that the wipe runs exactly once, with the last handle.
enum Buffer {
    Text(String),
    Binary(Vec<u8>),
}

impl Drop for Buffer {
    fn drop(&mut self) {
        match self {
            Self::Text(text) => text.zeroize(),
            Self::Binary(bytes) => bytes.zeroize(),
        }
    }
}

impl SecretValue {
    /// A text value. The string's own buffer is taken over, not copied.
    pub fn text(value: impl Into<String>) -> Self {
        Self(Arc::new(Buffer::Text(value.into())))
    }

    /// A binary value. The vector's own buffer is taken over, not copied.
    pub fn binary(value: impl Into<Vec<u8>>) -> Self {
        Self(Arc::new(Buffer::Binary(value.into())))
    }

    /// Text where the bytes are UTF-8, binary where they are not: for stores that keep bytes alone.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        match String::from_utf8(bytes.into()) {
            Ok(text) => Self::text(text),
            Err(error) => Self::binary(error.into_bytes()),
        }
    }

    /// The text.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] if the value is binary, even if its bytes happen to be UTF-8.
    pub fn expose_str(&self) -> Result<&str> {
        match &*self.0 {
            Buffer::Text(text) => Ok(text),
            Buffer::Binary(_) => {
                Err(Error::new(ErrorKind::InvalidValue, "the value is binary, not text")
                    .with_action("read its bytes"))
            }
        }
    }

    /// The bytes: of a text value, its UTF-8.
    pub fn expose_bytes(&self) -> &[u8] {
        match &*self.0 {
            Buffer::Text(text) => text.as_bytes(),
            Buffer::Binary(bytes) => bytes,
        }
    }

    /// Whether the store keeps the value as text.
    pub fn is_text(&self) -> bool {
        matches!(&*self.0, Buffer::Text(_))
    }

    /// Whether both are of the same kind and hold the same bytes, in time that depends on the
    /// lengths alone.
    pub fn ct_eq(&self, other: &Self) -> bool {
        self.is_text() == other.is_text() && self.ct_eq_bytes(other.expose_bytes())
    }

    /// Whether the value's bytes are these, in time that depends on the lengths alone.
    pub fn ct_eq_bytes(&self, bytes: &[u8]) -> bool {
        self.expose_bytes().ct_eq(bytes).into()
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

impl From<String> for SecretValue {
    fn from(value: String) -> Self {
        Self::text(value)
    }
}

impl From<&str> for SecretValue {
    fn from(value: &str) -> Self {
        Self::text(value)
    }
}

impl From<Vec<u8>> for SecretValue {
    fn from(value: Vec<u8>) -> Self {
        Self::binary(value)
    }
}

impl From<Zeroizing<String>> for SecretValue {
    fn from(mut value: Zeroizing<String>) -> Self {
        Self::text(std::mem::take(&mut *value))
    }
}

impl From<Zeroizing<Vec<u8>>> for SecretValue {
    fn from(mut value: Zeroizing<Vec<u8>>) -> Self {
        Self::binary(std::mem::take(&mut *value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_binary_stay_apart() {
        let text = SecretValue::text("abc");
        let binary = SecretValue::binary(*b"abc");
        assert!(!text.ct_eq(&binary));
        assert!(text.ct_eq_bytes(binary.expose_bytes()));
        assert!(binary.expose_str().is_err());
        assert!(SecretValue::from_bytes(*b"abc").is_text());
        assert!(!SecretValue::from_bytes([0xff]).is_text());
    }

    #[test]
    fn debug_shows_neither_length_nor_ends() {
        for value in [SecretValue::text(""), SecretValue::text("hunter2"), SecretValue::binary([1])]
        {
            assert_eq!(format!("{value:?} {value:#?}"), "[REDACTED] [REDACTED]");
        }
    }

    #[test]
    fn a_clone_shares_the_buffer() {
        let first = SecretValue::text("abc");
        let second = first.clone();
        assert!(std::ptr::eq(first.expose_bytes(), second.expose_bytes()));
    }
}
