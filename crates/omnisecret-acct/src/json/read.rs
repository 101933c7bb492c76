//! From the JSON that `update` was given to a value of the tree.

use std::borrow::Cow;
use std::fmt;

use omnisecret_core::{Error, ErrorKind, Result};
use serde_core::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::tree::{MAX_DEPTH, Value, dict};

/// The levels that are left below provider and profile.
const MAX_JSON_DEPTH: usize = MAX_DEPTH - 2;

/// Reads JSON as acct would store it: keys in order, of equal ones the last, whole numbers whole.
///
/// A whole number that msgpack cannot hold becomes the text of its digits, as acct 8 has it.
///
/// # Errors
/// [`ErrorKind::InvalidValue`] with the position if it is not JSON or nests too deep; never with
/// the text.
pub(crate) fn read(text: &str) -> Result<Value> {
    // Checks the whole text without recursion, so that below only what a check of the grammar
    // cannot see is left to fail.
    let raw: &RawValue = serde_json::from_str(text)
        .map_err(|error| not_json(format!("line {}, column {}", error.line(), error.column())))?;
    value(raw, MAX_JSON_DEPTH)
}

/// Reads a whole document.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_document(text: &str) -> Result<Value> {
    let not_json = |place: String| {
        let message = format!("the document is not JSON that acct can hold: {place}");
        Error::new(ErrorKind::InvalidValue, message).with_action("correct the document there")
    };
    let raw: &RawValue = serde_json::from_str(text)
        .map_err(|error| not_json(format!("line {}, column {}", error.line(), error.column())))?;
    value(raw, MAX_DEPTH).map_err(|_| not_json("deeper than 100 levels, or a bad escape".into()))
}

/// Whether the text is a JSON object, be it one that acct can hold or not.
pub(crate) fn is_object(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok_and(|raw| raw.get().starts_with('{'))
}

/// Reads level by level, because a `RawValue` alone has the digits of a number as they stand.
fn value(raw: &RawValue, depth: usize) -> Result<Value> {
    let json = raw.get();
    let deeper = || {
        depth.checked_sub(1).ok_or_else(|| not_json(format!("deeper than {MAX_JSON_DEPTH} levels")))
    };
    Ok(match json.as_bytes().first() {
        Some(b'{') => {
            let depth = deeper()?;
            let Entries(entries) = part(json)?;
            let entries = dict(entries.into_iter().map(|(Name(name), raw)| (name, raw)));
            let read = |(name, raw): (Cow<'_, str>, &RawValue)| {
                Ok((Value::Text(name.into_owned()), value(raw, depth)?))
            };
            Value::Map(entries.into_iter().map(read).collect::<Result<_>>()?)
        }
        Some(b'[') => {
            let depth = deeper()?;
            let elements: Vec<&RawValue> = part(json)?;
            Value::List(elements.into_iter().map(|raw| value(raw, depth)).collect::<Result<_>>()?)
        }
        Some(b'"') => part(json).map(|Name(text)| Value::Text(text.into_owned()))?,
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'n') => Value::Null,
        _ => number(json)?,
    })
}

fn number(json: &str) -> Result<Value> {
    if json.contains(['.', 'e', 'E']) {
        return json.parse().map(Value::Float).map_err(|_| not_json("a number".into()));
    }
    let fits = |number: &i128| (i64::MIN.into()..=u64::MAX.into()).contains(number);
    Ok(match json.parse().ok().filter(fits) {
        Some(number) => Value::Int(number),
        None => Value::Text(json.to_owned()),
    })
}

/// A part of a text whose grammar is checked. What can be wrong yet is an escape.
fn part<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T> {
    serde_json::from_str(json).map_err(|_| not_json("an escape that is no character".into()))
}

fn not_json(what: String) -> Error {
    Error::new(
        ErrorKind::InvalidValue,
        format!("the new value is not JSON that acct can hold: {what}"),
    )
    .with_action("give the whole profile as JSON: only a profile that is a text takes any text")
}

/// An object's entries in order.
struct Entries<'a>(Vec<(Name<'a>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;

        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(EntriesVisitor)
    }
}

/// A text, borrowed where it has no escapes: that spares a copy.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::write;

    /// What the tree gives back, which is compact JSON.
    fn round_trip(json: &str) -> String {
        write(&read(json).unwrap()).unwrap().expose_str().unwrap().to_owned()
    }

    #[test]
    fn order_digits_and_kinds_survive() {
        let json = r#"{"z":1,"a":[-5,18446744073709551615,-9223372036854775808,1.0,1e+16,1e999],"é\n":{"t":true,"f":false,"n":null,"s":"12"}}"#;
        assert_eq!(round_trip(json), json);
        assert_eq!(round_trip(" {\"a\" : 1 ,\n\"b\":[ ] } "), r#"{"a":1,"b":[]}"#);
    }

    #[test]
    fn a_name_that_comes_twice_has_its_last_value() {
        assert_eq!(round_trip(r#"{"a":1,"b":2,"\u0061":3}"#), r#"{"a":3,"b":2}"#);
    }

    #[test]
    fn a_whole_number_beyond_msgpack_becomes_the_text_of_its_digits() {
        let beyond = r#"[18446744073709551616,-9223372036854775809,123456789012345678901234567890123456789012345678901234567890]"#;
        let text = r#"["18446744073709551616","-9223372036854775809","123456789012345678901234567890123456789012345678901234567890"]"#;
        assert_eq!(round_trip(beyond), text);
        assert_eq!(round_trip("[-0,-0.0]"), "[0,-0.0]");
    }

    #[test]
    fn what_is_not_json_is_an_invalid_value_without_the_text() {
        let deep = "[".repeat(MAX_JSON_DEPTH + 1) + &"]".repeat(MAX_JSON_DEPTH + 1);
        let very_deep = "[".repeat(200_000) + &"]".repeat(200_000);
        for json in [
            "hunter2",
            "",
            r#"{"a":"hunter2"#,
            r#"{"hunter2"}"#,
            r#"["hunter2\ud800"]"#,
            r#"{"hunter2\udc00":1}"#,
            "NaN",
            "[Infinity]",
            "01",
            r#"{"a":1} hunter2"#,
            &deep,
            &very_deep,
        ] {
            let Err(error) = read(json) else { panic!("{json} is read") };
            assert_eq!(error.kind(), ErrorKind::InvalidValue);
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        assert!(read(&deep[1..deep.len() - 1]).is_ok());
        let Err(error) = read("{\n\"a\": hunter2}") else { panic!("it is read") };
        assert!(error.message().ends_with("line 2, column 6"), "{error}");
    }

    proptest! {
        #[test]
        fn any_text_and_number_comes_back(text: String, whole: i64, number: f64) {
            prop_assume!(number.is_finite());
            let json = format!("[{},{whole},{number:?}]", serde_json::to_string(&text).unwrap());
            let Value::List(ref list) = read(&json).unwrap() else { panic!("not a list") };
            prop_assert_eq!(list[0].as_text(), Some(&*text));
            prop_assert!(matches!(list[1], Value::Int(read) if read == i128::from(whole)));
            prop_assert!(matches!(list[2], Value::Float(read) if read == number));
        }
    }
}
