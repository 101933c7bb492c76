//! Fields into a type of the application's, with errors that name a key and never a value: those
//! of serde_json quote what they have met.

use std::collections::btree_map;
use std::fmt;

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use zeroize::Zeroizing;

use super::object::Map;

/// Why an object is not what a type takes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// A field of the type is not there.
    Missing(&'static str),
    /// The value under this name will not do, from this line and column of it on.
    Unfit { name: String, line: usize, column: usize },
    /// The object as a whole will not do.
    Whole,
}

impl Misfit {
    /// What to tell about an object that goes by `what`: `payload` or `input`.
    pub(crate) fn told(&self, what: &str) -> String {
        match self {
            Self::Missing(name) => format!("'{what}' has no key '{name}'"),
            Self::Unfit { name, line, column } => {
                format!(
                    "'{what}' has an unfit value for '{name}', at its line {line}, column {column}"
                )
            }
            Self::Whole => format!("'{what}' does not have the form that this producer takes"),
        }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told("object"))
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Whole
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }
}

pub(super) struct Fields<'de>(pub(super) &'de Map);

impl<'de> Deserializer<'de> for Fields<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_map(Entries { entries: self.0.iter(), value: None })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_some(self)
    }

    /// Who takes nothing is given nothing.
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let entries = Entries { entries: self.0.iter(), value: None };
        visitor.visit_enum(MapAccessDeserializer::new(entries))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Entries<'de> {
    entries: btree_map::Iter<'de, String, (usize, Zeroizing<String>)>,
    value: Option<(&'de str, &'de str)>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misfit> {
        let Some((name, (_, raw))) = self.entries.next() else { return Ok(None) };
        self.value = Some((name, raw));
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let (name, raw) = self.value.take().ok_or(Misfit::Whole)?;
        seed.deserialize(&mut serde_json::Deserializer::from_str(raw)).map_err(|error| {
            Misfit::Unfit { name: name.to_owned(), line: error.line(), column: error.column() }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::Deserialize;
    use serde_json::value::RawValue;

    use super::*;
    use crate::JsonObject;

    #[derive(Debug, Deserialize)]
    struct Database {
        host: String,
        port: u16,
        #[serde(default)]
        raw: Option<Box<RawValue>>,
    }

    #[derive(Debug, Deserialize)]
    struct Wrapped(Database);

    #[derive(Debug, Deserialize)]
    #[serde(tag = "type")]
    enum Tagged {
        #[serde(rename = "database")]
        Database(Database),
    }

    fn read<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, Misfit> {
        JsonObject::parse(json).expect("an object").to()
    }

    #[test]
    fn a_type_of_any_form_is_read() {
        let json = r#"{"type": "database", "host": "db", "port": 1, "raw": 1.10, "more": []}"#;
        let database: Database = read(json).expect("all of it");
        assert_eq!((&*database.host, database.port), ("db", 1));
        assert_eq!(database.raw.expect("a value").get(), "1.10");
        assert_eq!(read::<Wrapped>(r#"{"host": "db", "port": 2}"#).expect("one").0.port, 2);
        let Tagged::Database(tagged) =
            read(r#"{"type": "database", "host": "db", "port": 3}"#).expect("a variant");
        assert_eq!(tagged.port, 3);
        assert!(read::<Option<Database>>(r#"{"host": "db", "port": 2}"#).expect("some").is_some());
        assert_eq!(read::<HashMap<String, u8>>(r#"{"a": 1}"#).expect("a map")["a"], 1);
        read::<()>(r#"{"a": 1}"#).expect("nothing is always there");
    }

    #[test]
    fn an_error_names_the_key_and_no_value() {
        let missing = read::<Database>(r#"{"host": "hunter2"}"#).expect_err("no port");
        assert_eq!(missing, Misfit::Missing("port"));
        let unfit =
            read::<Database>(r#"{"host": "db", "port": "hunter2"}"#).expect_err("no number");
        let told = "'payload' has an unfit value for 'port', at its line 1, column 9";
        assert_eq!(unfit.told("payload"), told);
        let tagged = read::<Tagged>(r#"{"type": "hunter2"}"#).expect_err("no such variant");
        assert!(!tagged.told("payload").contains("hunter2"), "{tagged:?}");
        assert!(matches!(tagged, Misfit::Unfit { name, .. } if name == "type"));
    }
}
