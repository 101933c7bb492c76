//! The id of a credential, which Akeyless keeps and gives back to have it revoked.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{ProducerError, Result, json};

/// The id of a credential.
///
/// `Debug` shows its fingerprint: an id may be a secret itself, as an API key is.
#[derive(Clone)]
pub struct Id {
    text: Zeroizing<String>,
    is_number: bool,
}

impl Id {
    /// An id that is a text, as Akeyless gives them back.
    pub(crate) fn from_text(text: String) -> Self {
        Self { text: Zeroizing::new(text), is_number: false }
    }

    /// From a JSON value: a text that is not empty, or a whole number.
    pub(crate) fn from_json(raw: &str) -> Option<Self> {
        if raw.starts_with('"') {
            let text = json::string(raw).filter(|text| !text.is_empty())?;
            return Some(Self { text, is_number: false });
        }
        let digits = raw.strip_prefix('-').unwrap_or(raw);
        let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let text = if digits == "0" { digits } else { raw };
        is_whole.then(|| Self { text: Zeroizing::new(text.to_owned()), is_number: true })
    }

    /// The id as Akeyless knows it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The id as the payload or the credential has it: a JSON text, or a number.
    pub fn to_json(&self) -> Zeroizing<String> {
        if self.is_number { self.text.clone() } else { json::quote(&self.text) }
    }

    /// The id as one segment of a vendor's URL, percent-encoded.
    ///
    /// # Errors
    /// [`FailureKind::Refused`](crate::FailureKind::Refused) if it is a dot segment or has control
    /// characters: neither can be meant.
    ///
    /// ```
    /// # use omnisecret_akeyless::{Id, ProducerError};
    /// # fn example(id: Id) -> Result<String, ProducerError> {
    /// let url = format!("https://vendor.example/keys/{}", id.to_path_segment()?);
    /// # Ok(url) }
    /// ```
    pub fn to_path_segment(&self) -> Result<String> {
        let text = self.as_str();
        if matches!(text, "." | "..") || text.chars().any(char::is_control) {
            return Err(ProducerError::refused("an id cannot be part of a URL"));
        }
        let mut segment = String::with_capacity(text.len());
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                segment.push(char::from(byte));
            } else {
                segment.push_str(&format!("%{byte:02X}"));
            }
        }
        Ok(segment)
    }

    /// What logs say in place of the id: the first 16 digits of its SHA-256, in lower case.
    ///
    /// `printf %s "$ID" | sha256sum` gives the same.
    pub fn fingerprint(&self) -> String {
        let hash = Sha256::digest(self.text.as_bytes());
        hash.first_chunk()
            .map_or_else(String::new, |first| format!("{:016x}", u64::from_be_bytes(*first)))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id(sha256:{})", self.fingerprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_text_or_a_whole_number() {
        for (raw, text) in [
            (r#""a\u0062""#, Some("ab")),
            ("7", Some("7")),
            ("-7", Some("-7")),
            ("-0", Some("0")),
            ("123456789012345678901234567890", Some("123456789012345678901234567890")),
            (r#""""#, None),
            ("null", None),
            ("true", None),
            ("1.0", None),
            ("1e3", None),
            ("[1]", None),
            ("{}", None),
        ] {
            assert_eq!(Id::from_json(raw).as_ref().map(Id::as_str), text, "{raw}");
        }
    }

    #[test]
    fn an_id_in_a_url_cannot_leave_its_place() {
        let segment = |id: &str| Id::from_text(id.to_owned()).to_path_segment();
        assert_eq!(segment("a/../b c?%").expect("one segment"), "a%2F..%2Fb%20c%3F%25");
        for id in [".", "..", "a\nb", "a\0"] {
            segment(id).expect_err(id);
        }
    }

    #[test]
    fn debug_shows_a_fingerprint() {
        let id = Id::from_text("a".to_owned());
        assert_eq!(format!("{id:?}"), "Id(sha256:ca978112ca1bbdca)");
    }
}
