//! From a secret to the type of a field.

use std::any::type_name;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use omnisecret_core::{Decoded, Error, ErrorKind, Result, Secret, SecretValue};
use serde_core::de::DeserializeOwned;
use zeroize::Zeroizing;

/// A type that a secret can become.
///
/// | type | what the value has to be |
/// |---|---|
/// | [`SecretValue`], [`Secret`] | anything; shared, wiped with the last handle, `Debug` shows nothing |
/// | `Zeroizing<String>`, `Zeroizing<Vec<u8>>` | text; anything. A copy that is wiped; its `Debug` shows the value |
/// | [`String`], `Vec<u8>`, [`PathBuf`] | text; anything; text. A copy that nobody wipes and `Debug` shows |
/// | integers, floats, `bool`, `char` | the text that [`FromStr`] takes, without blanks around it |
/// | [`Duration`] | text such as `15m`, `5s`, `250ms` |
///
/// # Security
/// An error of [`from_secret`](Self::from_secret) goes on to the caller with its message, so it
/// says which type was wanted, and nothing of the value nor of another library's error.
#[diagnostic::on_unimplemented(
    message = "a secret does not become `{Self}` by itself",
    note = "say how in the attribute: `parse` by `FromStr`, `json` by `Deserialize`, `with = function`, or `nested` for a struct that derives `FromSecrets`"
)]
pub trait FromSecret: Sized {
    /// Makes one of a secret.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] if the value does not fit.
    fn from_secret(secret: &Secret) -> Result<Self>;
}

/// By [`FromStr`]: what `parse` in the attribute does.
///
/// # Errors
/// [`ErrorKind::InvalidValue`] if the value is no text or does not parse. What the type itself
/// says is dropped, because it may quote the value.
pub fn parse<T: FromStr>(secret: &Secret) -> Result<T> {
    secret.expose_str()?.parse().map_err(|_| unfit::<T>())
}

/// By `Deserialize`, of a JSON object or array: what `json` in the attribute does.
///
/// # Errors
/// [`ErrorKind::InvalidValue`] if the value is no JSON object or array, or not the one that the
/// type takes: with the position and without the value.
pub fn json<T: DeserializeOwned>(secret: &Secret) -> Result<T> {
    match secret.decode() {
        Decoded::Json(json) => json.deserialize(),
        _ => Err(Error::new(ErrorKind::InvalidValue, "the value is not a JSON object or array")
            .with_action("store JSON, or take another type for the field")),
    }
}

/// By a function of the caller's: what `with = function` in the attribute does.
///
/// # Errors
/// [`ErrorKind::InvalidValue`] where the function fails. What it says is dropped, because it may
/// quote the value.
pub fn with<T, E>(
    convert: impl FnOnce(&SecretValue) -> Result<T, E>,
) -> impl FnOnce(&Secret) -> Result<T> {
    |secret| convert(secret.value()).map_err(|_| unfit::<T>())
}

fn unfit<T>() -> Error {
    Error::new(ErrorKind::InvalidValue, format!("the value is no {}", type_name::<T>()))
        .with_action("store a value of this type, or take another type for the field")
}

macro_rules! from_text {
    ($($type:ty),+) => {$(
        impl FromSecret for $type {
            fn from_secret(secret: &Secret) -> Result<Self> {
                parse(secret)
            }
        }
    )+};
}

from_text!(bool, char, f32, f64, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);

impl FromSecret for SecretValue {
    fn from_secret(secret: &Secret) -> Result<Self> {
        Ok(secret.value().clone())
    }
}

impl FromSecret for Secret {
    fn from_secret(secret: &Secret) -> Result<Self> {
        Ok(secret.clone())
    }
}

impl FromSecret for String {
    fn from_secret(secret: &Secret) -> Result<Self> {
        secret.expose_str().map(str::to_owned)
    }
}

impl FromSecret for Vec<u8> {
    fn from_secret(secret: &Secret) -> Result<Self> {
        Ok(secret.expose_bytes().to_vec())
    }
}

impl FromSecret for Zeroizing<String> {
    fn from_secret(secret: &Secret) -> Result<Self> {
        String::from_secret(secret).map(Self::new)
    }
}

impl FromSecret for Zeroizing<Vec<u8>> {
    fn from_secret(secret: &Secret) -> Result<Self> {
        Vec::from_secret(secret).map(Self::new)
    }
}

impl FromSecret for PathBuf {
    fn from_secret(secret: &Secret) -> Result<Self> {
        secret.expose_str().map(Self::from)
    }
}

impl FromSecret for Duration {
    fn from_secret(secret: &Secret) -> Result<Self> {
        humantime::parse_duration(secret.expose_str()?).map_err(|_| {
            Error::new(ErrorKind::InvalidValue, "the value is no duration")
                .with_action("store a time such as 15m, 5s or 250ms")
        })
    }
}
