//! A value by what it holds: text, JSON, or bytes.

use std::fmt;

use serde_core::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::key_path::invalid_json;
use crate::{KeyPath, Result, SecretValue};

/// What a value holds.
///
/// JSON is only what is an object or an array: `12345`, `1e5` and `null` may be passwords, and
/// stay text.
///
/// ```
/// use omnisecret_core::{Decoded, SecretMeta, Secret};
///
/// let secret = Secret::new(r#"{"user":"app"}"#, SecretMeta::default());
/// assert!(matches!(secret.decode(), Decoded::Json(_)));
/// assert!(matches!(Secret::new("1e5", SecretMeta::default()).decode(), Decoded::Text(_)));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Decoded {
    /// Text that is not a JSON object or array.
    Text(SecretValue),
    /// A JSON object or array.
    Json(JsonValue),
    /// Bytes.
    Binary(SecretValue),
}

impl Decoded {
    pub(crate) fn of(value: &SecretValue) -> Self {
        let Ok(text) = value.expose_str() else { return Self::Binary(value.clone()) };
        let is_container = text.trim_ascii_start().starts_with(['{', '[']);
        if is_container && serde_json::from_str::<&RawValue>(text).is_ok() {
            Self::Json(JsonValue(value.clone()))
        } else {
            Self::Text(value.clone())
        }
    }
}

/// A JSON object or array, kept as the text that the store holds.
#[derive(Clone)]
pub struct JsonValue(SecretValue);

impl JsonValue {
    /// The JSON text.
    pub fn value(&self) -> &SecretValue {
        &self.0
    }

    /// The field that the key path names.
    ///
    /// # Errors
    /// As [`KeyPath::pick`].
    pub fn pick(&self, key_path: &KeyPath) -> Result<SecretValue> {
        key_path.pick(&self.0)
    }

    /// The value as a type of the caller's.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`](crate::ErrorKind::InvalidValue) with the position, without
    /// the value.
    ///
    /// # Security
    /// What is made is the caller's to wipe, and the parser leaves a copy of each string that
    /// holds an escape.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(self.0.expose_str()?).map_err(|error| invalid_json(&error))
    }
}

impl fmt::Debug for JsonValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_that_look_like_json_scalars_stay_text() {
        for text in ["12345", "1e5", "true", "null", "\"q\"", " 42 ", "007", "", "{broken", "[1,2"]
        {
            assert!(matches!(Decoded::of(&text.into()), Decoded::Text(_)), "{text}");
        }
        for text in ["{}", "[1,2]", " \n{\"a\":1}"] {
            assert!(matches!(Decoded::of(&text.into()), Decoded::Json(_)), "{text}");
        }
        assert!(matches!(Decoded::of(&SecretValue::binary(*b"{}")), Decoded::Binary(_)));
    }

    #[test]
    fn a_wrong_type_is_an_error_without_the_value() {
        let Decoded::Json(json) = Decoded::of(&r#"{"port":"hunter2"}"#.into()) else {
            panic!("an object is JSON")
        };
        let error = json.deserialize::<std::collections::BTreeMap<String, u16>>().unwrap_err();
        assert!(!format!("{error:?} {json:?}").contains("hunter2"), "{error:?}");
    }
}
