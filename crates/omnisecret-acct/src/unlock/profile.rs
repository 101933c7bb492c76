//! One profile: what a program logs in with.

use std::fmt;

use omnisecret_core::{Error, ErrorKind, KeyPath, Result, SecretValue};
use serde_core::de::DeserializeOwned;

use crate::json;
use crate::tree::Value;

/// A profile: fields with their values, in order.
///
/// # Security
/// Wiped when it drops. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Profile(pub(super) Value);

impl Default for Profile {
    /// A profile without fields.
    fn default() -> Self {
        Self(Value::Map(Vec::new()))
    }
}

impl Profile {
    /// Takes a JSON object.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] if it is none; never with the text.
    pub fn from_json(json: &str) -> Result<Self> {
        match json::read_document(json)? {
            map @ Value::Map(_) => Ok(Self(map)),
            _ => Err(Error::new(ErrorKind::InvalidValue, "the profile is no JSON object")),
        }
    }

    /// With a field more, or with another value of one. A text stays a text.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] for a binary value.
    pub fn with(mut self, field: &str, value: &SecretValue) -> Result<Self> {
        let value = Value::Text(value.expose_str()?.to_owned());
        if let Value::Map(map) = &mut self.0 {
            match map.iter_mut().find(|(key, _)| key.as_text() == Some(field)) {
                Some((_, there)) => *there = value,
                None => map.push((Value::Text(field.to_owned()), value)),
            }
        }
        Ok(self)
    }

    /// A field: a text as it is, anything else as JSON.
    pub fn get(&self, field: &str) -> Option<SecretValue> {
        let Value::Map(map) = &self.0 else { return None };
        let (_, value) = map.iter().rfind(|(key, _)| key.key_text().as_deref() == Some(field))?;
        json::write(value).ok()
    }

    /// A field that has to be there.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] naming the field.
    pub fn require(&self, field: &str) -> Result<SecretValue> {
        self.get(field).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("the profile has no field {field:?}"))
                .with_action("put it into the acct file")
        })
    }

    /// The names of the fields, in order.
    pub fn fields(&self) -> Vec<String> {
        let Value::Map(map) = &self.0 else { return Vec::new() };
        map.iter().filter_map(|(key, _)| Some(key.key_text()?.into_owned())).collect()
    }

    /// Whether there are no fields.
    pub fn is_empty(&self) -> bool {
        matches!(&self.0, Value::Map(map) if map.is_empty())
    }

    /// All of it: JSON in order, or the text of a profile that is nothing else.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] if there is something inside that JSON has no form for.
    pub fn value(&self) -> Result<SecretValue> {
        json::write(&self.0)
    }

    /// Reads it into a type of the program's own.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] if it does not fit; never with a value.
    ///
    /// # Security
    /// What the type copies is the program's to wipe.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        let json = self.value()?;
        serde_json::from_str(json.expose_str()?).map_err(|error| {
            // Its own text quotes the value.
            let message = format!(
                "the profile is not what the program expects: {:?} at column {} of its JSON",
                error.classify(),
                error.column()
            );
            Error::new(ErrorKind::InvalidValue, message)
                .with_action("compare its fields with what the program documents")
        })
    }

    /// The part of it that a key path names.
    ///
    /// # Errors
    /// As [`KeyPath::pick`].
    pub(super) fn pick(value: &SecretValue, keys: &str) -> Result<SecretValue> {
        keys.parse::<KeyPath>()?.pick(value)
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Profile([REDACTED])")
    }
}
