//! A `SecretValue` out of a configuration, without its value in an error.

use std::fmt;

use omnisecret::SecretValue;
use serde_core::de::{Deserializer, Error, Visitor};

/// For `#[serde(deserialize_with = "omnisecret_config::secret_value")]` on a field of type
/// [`SecretValue`].
///
/// What is taken out this way shows in no `Debug` and is wiped, and where it is no text the error
/// does not quote it.
///
/// # Errors
/// That of the deserializer, if it has no text here.
pub fn secret_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretValue, D::Error> {
    // Of any kind, to be handed whatever is there: asked for text, a format may refuse something
    // else by itself, and quote it.
    deserializer.deserialize_any(Text)
}

/// The same for an `Option`, with `#[serde(default, deserialize_with = ..)]` where the setting may
/// be missing.
///
/// # Errors
/// As [`secret_value`].
pub fn optional_secret_value<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SecretValue>, D::Error> {
    deserializer.deserialize_option(Optional)
}

struct Text;

/// Of the kinds that serde would quote: a password of digits is a number to some formats.
macro_rules! refuse {
    ($($visit:ident: $type:ty),+) => {$(
        fn $visit<E: Error>(self, _: $type) -> Result<SecretValue, E> {
            Err(E::custom("a secret has to be text"))
        }
    )+};
}

impl<'de> Visitor<'de> for Text {
    type Value = SecretValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E>(self, text: &str) -> Result<SecretValue, E> {
        Ok(SecretValue::text(text))
    }

    fn visit_string<E>(self, text: String) -> Result<SecretValue, E> {
        Ok(SecretValue::text(text))
    }

    refuse!(visit_bool: bool, visit_i64: i64, visit_i128: i128, visit_u64: u64, visit_u128: u128, visit_f64: f64);
}

struct Optional;

impl<'de> Visitor<'de> for Optional {
    type Value = Option<SecretValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or nothing")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        secret_value(deserializer).map(Some)
    }
}
