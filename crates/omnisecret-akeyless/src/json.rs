//! JSON as it came: checked as strictly as serde does, kept as text, so that digits and order of
//! nothing is lost, and wiped.

mod fields;
mod object;
mod writer;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

pub use object::JsonObject;
pub(crate) use writer::Writer;

/// A JSON value, as far as one has to know it.
pub(crate) enum Parsed<'a> {
    Object(RawFields<'a>),
    /// Anything else, without the blanks around it.
    Other(&'a str),
}

/// What the bytes are, if they are one JSON value that Rust can hold: no `NaN`, no number beyond
/// `f64`, no half of a surrogate pair, no value in an object with more than 127 levels.
pub(crate) fn parse(bytes: &[u8]) -> Option<Parsed<'_>> {
    let text = str::from_utf8(bytes).ok()?;
    match RawFields::parse(text) {
        Some(fields) => {
            let all_valid = fields.0.iter().all(|(_, raw)| is_valid_raw(raw));
            all_valid.then_some(Parsed::Object(fields))
        }
        None => is_valid(text).then_some(Parsed::Other(text.trim())),
    }
}

fn is_valid(text: &str) -> bool {
    let mut input = serde_json::Deserializer::from_str(text);
    Look.deserialize(&mut input).is_ok() && input.end().is_ok()
}

/// The same for what serde has skipped, to find where it ends: of a text it has seen all but
/// whether what is written as `\u` is whole. The payload is a long text.
fn is_valid_raw(raw: &str) -> bool {
    match raw.as_bytes().first() {
        Some(b'"') => !raw.contains("\\u") || is_valid(raw),
        Some(b'n' | b't' | b'f') => true,
        _ => is_valid(raw),
    }
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

/// The text that a JSON string stands for.
pub(crate) fn string(raw: &str) -> Option<Zeroizing<String>> {
    serde_json::from_str(raw).ok().map(Zeroizing::new)
}

/// The JSON string that stands for a text.
pub(crate) fn quote(text: &str) -> Zeroizing<String> {
    Writer::with_capacity(0).quoted(text).finish()
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

/// The fields of an object in their order, each value as it stands in the text.
pub(crate) struct RawFields<'a>(Vec<(Cow<'a, str>, &'a str)>);

impl<'a> RawFields<'a> {
    /// The fields of a text that is an object. Nobody has looked at the values.
    fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value under a name; of one that comes twice, the last.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().rfind(|(known, _)| known == name).map(|(_, raw)| *raw)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawFields<'a> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        /// A name, copied only where something in it is escaped.
        #[derive(serde::Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = RawFields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some((name, value)) = entries.next_entry::<Name<'de>, &'de RawValue>()? {
                    fields.push((name.0, value.get()));
                }
                Ok(RawFields(fields))
            }
        }

        input.deserialize_map(Read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rust_cannot_hold_is_not_valid() {
        let parses = |text: &str| parse(text.as_bytes()).is_some();
        let in_object = |text: &str| parses(&format!("{{\"a\": 1, \"b\": {text}, \"c\": null}}"));
        for text in ["{}", " [1, 1.5, null, true, \"a\\u00e9\"] ", "1e300", "\"\\ud83d\\udd11\""] {
            assert!(parses(text) && in_object(text), "{text}");
        }
        let bad = ["", " ", "{} x", "NaN", "[Infinity]", "1e400", "01", "nul", "tru e", "[1,]"];
        let bad_texts = [
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udd11\"",
            "\"a\tb\"",
            "\"\\x\"",
            "\"\\u00g0\"",
            "\"a",
        ];
        for text in bad.iter().chain(&bad_texts) {
            assert!(!parses(text) && !in_object(text), "{text}");
        }
        assert!(!parses("{\"\\ud800\": 1}"));
        assert!(parse(b"\"\xff\"").is_none());
        let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parses(&nested(127)) && in_object(&nested(127)));
        assert!(!parses(&nested(128)) && !in_object(&nested(128)));
        assert!(!parses(&nested(20_000)) && !in_object(&nested(20_000)));
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
        let text = r#"{"b": 1.10, "a": 12345678901234567890123, "\u0062": null}"#;
        let fields = RawFields::parse(text).expect("an object");
        let expected = [("b", "1.10"), ("a", "12345678901234567890123"), ("b", "null")];
        assert_eq!(fields.0, expected.map(|(name, value)| (name.into(), value)));
        assert_eq!(fields.get("b"), Some("null"));
        assert_eq!(fields.get("c"), None);
    }
}
