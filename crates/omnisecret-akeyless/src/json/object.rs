//! An object of JSON whose values are wiped.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::fields::{Fields, Misfit};
use super::{RawFields, Writer};
use crate::{ProducerError, Result};

/// A JSON object whose values are kept as they were written, and wiped when it is dropped.
///
/// `Debug` shows nothing of it. Of a name that comes twice, the last counts.
#[derive(Clone, Default)]
pub struct JsonObject {
    fields: Map,
}

/// By name: where the field stands, and its value.
pub(super) type Map = BTreeMap<String, (usize, Zeroizing<String>)>;

impl JsonObject {
    /// What a text holds that is known to be JSON.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        RawFields::parse(text).map(Self::from)
    }

    /// What a value is written as.
    ///
    /// # Errors
    /// [`FailureKind::Internal`](crate::FailureKind::Internal) if it cannot be written as JSON, or
    /// is not an object then. The text of serde is not kept, for it may quote the value.
    pub fn from_serialize(value: &impl Serialize) -> Result<Self> {
        let json = serde_json::to_string(value).map(Zeroizing::new).map_err(|_| {
            ProducerError::internal("what the callable returned cannot be written as JSON")
        })?;
        Self::parse(&json).ok_or_else(|| {
            ProducerError::internal("what the callable returned is not a JSON object")
        })
    }

    /// The value under a name, as JSON text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(|(_, raw)| raw.as_str())
    }

    /// The text under a name, if there is a text.
    pub fn text(&self, name: &str) -> Option<Zeroizing<String>> {
        self.get(name).filter(|raw| raw.starts_with('"')).and_then(super::string)
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The object as JSON text, in the order in which it came.
    pub fn to_json(&self) -> Zeroizing<String> {
        let mut json = Writer::with_capacity(self.size());
        self.write(&mut json);
        json.finish()
    }

    pub(crate) fn write(&self, json: &mut Writer) {
        let mut fields: Vec<_> = self.fields.iter().collect();
        fields.sort_unstable_by_key(|(_, (place, _))| *place);
        json.raw("{");
        json.list(fields, |json, (name, (_, raw))| {
            json.quoted(name).raw(":").raw(raw);
        });
        json.raw("}");
    }

    /// At least how many bytes it takes as JSON, with room for what is escaped in its names.
    pub(crate) fn size(&self) -> usize {
        self.fields.iter().map(|(name, (_, raw))| 6 * name.len() + raw.len() + 4).sum::<usize>() + 2
    }

    /// The object as a type of the application's.
    ///
    /// # Errors
    /// Which name is missing or unfit, without its value.
    pub(crate) fn to<T: DeserializeOwned>(&self) -> Result<T, Misfit> {
        T::deserialize(Fields(&self.fields))
    }

    /// With the fields of another that this one does not have.
    pub(crate) fn with_missing_of(mut self, other: &Self) -> Self {
        for (name, (place, raw)) in &other.fields {
            // Behind its own.
            let field = || (usize::MAX / 2 + place, raw.clone());
            self.fields.entry(name.clone()).or_insert_with(field);
        }
        self
    }
}

impl From<RawFields<'_>> for JsonObject {
    fn from(raw: RawFields<'_>) -> Self {
        let mut fields = Map::new();
        for (name, raw) in raw.0 {
            let place = fields.len();
            let (_, value) =
                fields.entry(name.into_owned()).or_insert((place, Zeroizing::default()));
            *value = Zeroizing::new(raw.to_owned());
        }
        Self { fields }
    }
}

impl fmt::Debug for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}
