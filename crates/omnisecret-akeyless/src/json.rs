//! JSON as it came: checked as strictly as serde does, kept as text, so that digits and order of
//! nothing is lost, and wiped.

mod fields;
mod object;

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use zeroize::Zeroizing;

pub use object::JsonObject;

/// Whether this is one JSON value that Rust can hold: no `NaN`, no number beyond `f64`, no half of
/// a surrogate pair, no more than 127 levels.
pub(crate) fn is_valid(text: &str) -> bool {
    let mut input = serde_json::Deserializer::from_str(text);
    Look.deserialize(&mut input).is_ok() && input.end().is_ok()
}

/// Whether Python takes the value for false: `null`, `false`, zero, and what is empty.
pub(crate) fn is_falsy(raw: &str) -> bool {
    let inside = |raw: &str| raw[1..raw.len() - 1].trim().is_empty();
    match raw.as_bytes().first() {
        Some(b'n' | b'f') => true,
        Some(b'{' | b'[') => inside(raw),
        Some(b'"') => raw.len() == 2,
        Some(b'-' | b'0'..=b'9') => raw.parse() == Ok(0.0),
        _ => false,
    }
}

/// The text that a JSON string stands for. The value has been looked at by [`is_valid`].
pub(crate) fn string(raw: &str) -> Option<Zeroizing<String>> {
    serde_json::from_str(raw).ok().map(Zeroizing::new)
}

/// The JSON string that stands for a text.
pub(crate) fn quote(text: &str) -> Zeroizing<String> {
    // Room for what is escaped, so that no copy is left behind where the text had to grow.
    let mut json = Zeroizing::new(Vec::with_capacity(2 * text.len() + 2));
    // To memory, which cannot fail.
    let _ = serde_json::to_writer(&mut *json, text);
    Zeroizing::new(String::from_utf8(std::mem::take(&mut *json)).unwrap_or_default())
}

/// JSON as Python's `json.dumps` writes it: a blank after each comma and colon, ASCII alone.
///
/// What a rotation stores is written so, as the Python package has it.
pub(crate) fn as_python_writes(json: &str) -> Zeroizing<String> {
    let mut written = Zeroizing::new(String::with_capacity(2 * json.len()));
    let (mut in_text, mut escaped) = (false, false);
    for c in json.chars() {
        if !c.is_ascii() {
            for unit in c.encode_utf16(&mut [0; 2]) {
                written.push_str(&format!("\\u{unit:04x}"));
            }
            escaped = false;
            continue;
        }
        if in_text {
            in_text = escaped || c != '"';
            escaped = !escaped && c == '\\';
            written.push(c);
            continue;
        }
        match c {
            ',' | ':' => written.extend([c, ' ']),
            _ if c.is_ascii_whitespace() => {}
            _ => {
                in_text = c == '"';
                written.push(c);
            }
        }
    }
    written
}

/// Claims as Akeyless gives them: lists of texts by name. What is not one is left out.
pub(crate) fn claims(value: &Value) -> BTreeMap<String, Vec<String>> {
    let texts = |value: &Value| match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let claims = value.as_object().into_iter().flatten();
    claims.map(|(name, value)| (name.clone(), texts(value))).collect()
}

/// Walks through a value and keeps nothing of it.
struct Look;

impl<'de> DeserializeSeed<'de> for Look {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_key_seed(Self)?.is_some() {
            entries.next_value_seed(Self)?;
        }
        Ok(())
    }
}

/// Reads an object's fields in their order, with each value as it stands in the text.
pub(crate) fn fields<'a>(text: &'a str) -> Option<Vec<(String, &'a str)>> {
    struct Fields<'a>(Vec<(String, &'a str)>);

    impl<'a, 'de: 'a> Deserialize<'de> for Fields<'a> {
        fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
            input.deserialize_map(Read).map(Fields)
        }
    }

    struct Read;

    impl<'de> Visitor<'de> for Read {
        type Value = Vec<(String, &'de str)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut fields = Vec::new();
            while let Some((name, value)) =
                entries.next_entry::<String, &serde_json::value::RawValue>()?
            {
                fields.push((name, value.get()));
            }
            Ok(fields)
        }
    }

    serde_json::from_str::<Fields<'a>>(text).ok().map(|fields| fields.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rust_cannot_hold_is_not_valid() {
        for text in ["{}", " [1, 1.5, null, true, \"a\\u00e9\"] ", "1e300", "\"\\ud83d\\udd11\""] {
            assert!(is_valid(text), "{text}");
        }
        for text in ["", " ", "{} x", "NaN", "[Infinity]", "1e400", "\"\\ud800\"", "\"a\tb\"", "01"]
        {
            assert!(!is_valid(text), "{text}");
        }
        assert!(is_valid(&format!("{}{}", "[".repeat(127), "]".repeat(127))));
        assert!(!is_valid(&format!("{}{}", "[".repeat(20_000), "]".repeat(20_000))));
    }

    #[test]
    fn falsy_is_what_python_takes_for_false() {
        for raw in ["null", "false", "0", "-0", "0.0", "0e9", "\"\"", "{ }", "[]"] {
            assert!(is_falsy(raw), "{raw}");
        }
        for raw in ["true", "1", "0.1", "\" \"", "{\"a\":1}", "[0]"] {
            assert!(!is_falsy(raw), "{raw}");
        }
    }

    #[test]
    fn python_would_write_the_same() {
        let json = "{ \"a\":[1 ,2.50,null],\"b,:\\\"\\\\\":\"\u{e9}\u{1f511} x\" }";
        let written = "{\"a\": [1, 2.50, null], \"b,:\\\"\\\\\": \"\\u00e9\\ud83d\\udd11 x\"}";
        assert_eq!(&**as_python_writes(json), written);
    }

    #[test]
    fn fields_keep_their_order_and_their_digits() {
        let fields = fields(r#"{"b": 1.10, "a": 12345678901234567890123, "b": null}"#);
        let expected = [("b", "1.10"), ("a", "12345678901234567890123"), ("b", "null")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(fields.expect("an object"), expected);
    }
}
