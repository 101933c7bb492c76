//! A path of keys into a JSON value, and the field that it picks.

use std::borrow::Cow;
use std::fmt;

use serde_core::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::{Error, ErrorKind, Result, SecretValue};

/// How many keys a path may have, and how deep a JSON value may be to be picked from.
const MAX_DEPTH: usize = 64;

/// Names a field of a JSON value: object keys and list indexes, outermost first.
///
/// A key over a list maps over its elements, as s1crets does: `users.name` of
/// `{"users":[{"name":"a"},{"name":"b"}]}` is `["a","b"]`, and an element that is null, false,
/// zero or empty gives `null`. A number over a list is an index into it.
///
/// In its text form keys are separated by `.`; a key that is empty or holds a `.` or a `"` is
/// quoted, with `\"` and `\\` inside the quotes.
///
/// ```
/// use omnisecret_core::{KeyPath, SecretValue};
///
/// let value = SecretValue::text(r#"{"db":{"port":5432,"user.name":"app"}}"#);
/// assert_eq!("db.port".parse::<KeyPath>()?.pick(&value)?.expose_str()?, "5432");
/// assert_eq!(r#"db."user.name""#.parse::<KeyPath>()?.pick(&value)?.expose_str()?, "app");
/// # Ok::<(), omnisecret_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct KeyPath(Vec<String>);

impl KeyPath {
    /// A path of these keys, verbatim.
    pub fn new(keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(keys.into_iter().map(Into::into).collect())
    }

    /// The keys, outermost first.
    pub fn keys(&self) -> &[String] {
        &self.0
    }

    /// Whether the path names the whole value.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The field that this path names; the whole value for an empty path.
    ///
    /// A JSON string comes out unescaped; anything else as the text that stands there, so that
    /// a number keeps its digits. Where a key stands twice in an object, the last one counts.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`], naming the key path, if a key is not there.
    /// [`ErrorKind::InvalidValue`] if the value is not a JSON object or array, or is nested
    /// deeper than 64 levels. Never the value, and never a part that was not asked for.
    pub fn pick(&self, value: &SecretValue) -> Result<SecretValue> {
        if self.is_empty() {
            return Ok(value.clone());
        }
        if self.0.len() > MAX_DEPTH {
            return Err(too_deep());
        }
        let text = value.expose_str().map_err(|_| not_json())?;
        if !text.trim_start_matches(JSON_BLANK).starts_with(['{', '[']) {
            return Err(not_json());
        }
        if is_deeper_than(text.as_bytes(), MAX_DEPTH) {
            return Err(too_deep());
        }
        let root: &RawValue = serde_json::from_str(text).map_err(|error| invalid_json(&error))?;
        let picked = pick(Cow::Borrowed(root.get()), &self.0)
            .map_err(|fault| fault.into_error(self))?
            .into_owned();
        unescape(Zeroizing::new(picked))
    }
}

/// What JSON calls white space.
const JSON_BLANK: [char; 4] = [' ', '\t', '\n', '\r'];

/// Why nothing was picked.
enum Fault {
    Missing,
    Invalid(Error),
}

impl Fault {
    fn into_error(self, key_path: &KeyPath) -> Error {
        match self {
            Self::Missing => {
                Error::new(ErrorKind::NotFound, format!("no such key: {:?}", key_path.to_string()))
            }
            Self::Invalid(error) => error,
        }
    }
}

/// Walks down the raw text: nothing is decoded, and nothing copied but what a list is mapped to.
fn pick<'a>(json: Cow<'a, str>, keys: &[String]) -> Result<Cow<'a, str>, Fault> {
    let Some((key, rest)) = keys.split_first() else { return Ok(json) };
    match json.trim_start_matches(JSON_BLANK).as_bytes().first() {
        Some(b'{') => pick(find_key(json, key)?, rest),
        Some(b'[') if is_index(key) => pick(find_index(json, key)?, rest),
        Some(b'[') => {
            let mut mapped = Zeroizing::new(String::from("["));
            for element in elements(&json)? {
                if mapped.len() > 1 {
                    mapped.push(',');
                }
                if is_falsy(element.get()) {
                    mapped.push_str("null");
                } else if element.get().starts_with('{') {
                    mapped.push_str(&find_key(Cow::Borrowed(element.get()), key)?);
                } else {
                    return Err(Fault::Missing);
                }
            }
            mapped.push(']');
            pick(Cow::Owned(std::mem::take(&mut *mapped)), rest)
        }
        _ => Err(Fault::Missing),
    }
}

fn find_key<'a>(json: Cow<'a, str>, key: &str) -> Result<Cow<'a, str>, Fault> {
    narrow(json, |text| {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let found = deserializer.deserialize_map(KeyFinder { key }).map_err(invalid)?;
        found.map(RawValue::get).ok_or(Fault::Missing)
    })
}

fn find_index<'a>(json: Cow<'a, str>, key: &str) -> Result<Cow<'a, str>, Fault> {
    narrow(json, |text| {
        let index: usize = key.parse().map_err(|_| Fault::Missing)?;
        elements(text)?.get(index).map(|element| element.get()).ok_or(Fault::Missing)
    })
}

/// Applies a search that borrows from the text, whoever owns it.
fn narrow<'a>(
    json: Cow<'a, str>,
    search: impl for<'t> Fn(&'t str) -> Result<&'t str, Fault>,
) -> Result<Cow<'a, str>, Fault> {
    match json {
        Cow::Borrowed(text) => search(text).map(Cow::Borrowed),
        Cow::Owned(text) => {
            let text = Zeroizing::new(text);
            search(&text).map(|found| Cow::Owned(found.to_owned()))
        }
    }
}

fn elements(json: &str) -> Result<Vec<&RawValue>, Fault> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    deserializer.deserialize_seq(Elements).map_err(invalid)
}

fn is_index(key: &str) -> bool {
    key == "0"
        || !key.starts_with('0') && !key.is_empty() && key.bytes().all(|b| b.is_ascii_digit())
}

/// What Python calls false, read off the raw text.
fn is_falsy(json: &str) -> bool {
    match json.as_bytes() {
        b"null" | b"false" | b"\"\"" => true,
        [b'[', inner @ .., b']'] | [b'{', inner @ .., b'}'] => {
            inner.iter().all(|byte| byte.is_ascii_whitespace())
        }
        _ => json.parse::<f64>().is_ok_and(|number| number == 0.0),
    }
}

/// A picked string without its quotes, anything else as it stands.
fn unescape(picked: Zeroizing<String>) -> Result<SecretValue> {
    let text = picked.trim_matches(JSON_BLANK);
    if !text.starts_with('"') {
        return Ok(SecretValue::text(text));
    }
    // Without an escape the string can be borrowed, which spares a copy in the parser's scratch.
    serde_json::from_str::<&str>(text)
        .map(SecretValue::text)
        .or_else(|_| serde_json::from_str::<String>(text).map(SecretValue::text))
        .map_err(|error| invalid_json(&error))
}

/// Whether brackets nest deeper than this, judged before any of them is descended into.
fn is_deeper_than(json: &[u8], limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

fn invalid(error: serde_json::Error) -> Fault {
    Fault::Invalid(invalid_json(&error))
}

/// The position alone: the text of a `serde_json` error can quote the value.
pub(crate) fn invalid_json(error: &serde_json::Error) -> Error {
    Error::new(
        ErrorKind::InvalidValue,
        format!(
            "the value is not the JSON expected: line {}, column {}",
            error.line(),
            error.column()
        ),
    )
}

fn not_json() -> Error {
    Error::new(ErrorKind::InvalidValue, "the value is not a JSON object or array")
        .with_action("ask for it without a key")
}

fn too_deep() -> Error {
    Error::new(ErrorKind::InvalidValue, "the JSON is nested deeper than 64 levels")
        .with_action("ask for it without a key")
}

/// Finds one key of an object and skips the values of all others.
struct KeyFinder<'k> {
    key: &'k str,
}

impl<'de> Visitor<'de> for KeyFinder<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<KeyText>()? {
            if key.0 == self.key {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// An object's key, borrowed where it has no escapes.
struct KeyText<'de>(Cow<'de, str>);

impl<'de> serde_core::Deserialize<'de> for KeyText<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = KeyText<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(KeyText(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(KeyText(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element()? {
            elements.push(element);
        }
        Ok(elements)
    }
}

impl std::str::FromStr for KeyPath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut keys = Vec::new();
        let mut rest = text;
        while !rest.is_empty() || !keys.is_empty() {
            let (key, behind) = parse_key(rest)?;
            keys.push(key);
            match behind.strip_prefix('.') {
                Some(next) => rest = next,
                None if behind.is_empty() => break,
                None => return Err(bad_key_path("a quoted key goes on after its quote")),
            }
        }
        Ok(Self(keys))
    }
}

/// The first key, and the text behind it.
fn parse_key(text: &str) -> Result<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find('.').unwrap_or(text.len());
        let (key, behind) = text.split_at(end);
        return match key {
            "" => Err(bad_key_path("a key is empty")),
            _ if key.contains('"') => Err(bad_key_path("a quote stands inside a key")),
            _ => Ok((key.to_owned(), behind)),
        };
    };
    let mut key = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Ok((key, &quoted[at + 1..])),
            '\\' => match chars.next() {
                Some((_, escaped @ ('"' | '\\'))) => key.push(escaped),
                _ => return Err(bad_key_path(r#"a backslash escapes neither " nor \"#)),
            },
            _ => key.push(char),
        }
    }
    Err(bad_key_path("a quote is not closed"))
}

fn bad_key_path(reason: &str) -> Error {
    Error::new(ErrorKind::InvalidPath, format!("not a key path: {reason}"))
        .with_action(r#"write keys as a.b, and quote one that holds a dot: a."b.c""#)
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, key) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            if key.is_empty() || key.contains(['.', '"']) {
                write!(f, "\"{}\"", key.replace('\\', r"\\").replace('"', r#"\""#))?;
            } else {
                f.write_str(key)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document of s1crets' recorded cases.
    const APP: &str = r#"{"user": "u", "password": "p", "level1": {"level2": 3},
        "list": [{"n": 1}, {"n": 2}, {}], "empty": {}, "zero": 0, "nil": null, "false": false}"#;

    fn picked(json: &str, keys: &[&str]) -> Result<String> {
        let value = KeyPath::new(keys.iter().copied()).pick(&SecretValue::text(json))?;
        Ok(value.expose_str()?.to_owned())
    }

    fn kind(json: &str, keys: &[&str]) -> ErrorKind {
        picked(json, keys).expect_err("nothing should be picked").kind()
    }

    #[test]
    fn keys_pick_what_s1crets_picks() {
        assert_eq!(picked(APP, &["user"]).unwrap(), "u");
        assert_eq!(picked(APP, &["level1", "level2"]).unwrap(), "3");
        assert_eq!(picked(APP, &["list", "n"]).unwrap(), "[1,2,null]");
        assert_eq!(picked(APP, &["nil"]).unwrap(), "null");
        assert_eq!(picked(APP, &["false"]).unwrap(), "false");
        assert_eq!(picked(APP, &[]).unwrap(), APP);
    }

    #[test]
    fn a_missing_key_is_not_found_and_names_the_key_path() {
        let error = picked(APP, &["level1", "no.pe"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.message(), r#"no such key: "level1.\"no.pe\"""#);
    }

    #[test]
    fn a_falsy_value_on_the_way_does_not_restart_at_the_root() {
        for falsy in ["empty", "zero", "nil", "false"] {
            assert_eq!(kind(APP, &[falsy, "user"]), ErrorKind::NotFound);
        }
        assert_eq!(kind(APP, &["user", "x"]), ErrorKind::NotFound);
        assert_eq!(kind(r#"[{"a":1},{"b":2}]"#, &["a"]), ErrorKind::NotFound);
    }

    #[test]
    fn a_number_over_a_list_is_an_index() {
        assert_eq!(picked(APP, &["list", "1", "n"]).unwrap(), "2");
        assert_eq!(kind(APP, &["list", "3"]), ErrorKind::NotFound);
        assert_eq!(picked(r#"{"0":"zero"}"#, &["0"]).unwrap(), "zero");
        assert_eq!(picked(r#"[[1,2],[3,4]]"#, &["1", "0"]).unwrap(), "3");
    }

    #[test]
    fn what_is_not_an_object_or_an_array_is_an_invalid_value() {
        for plain in ["topsecret", "12345", "\"abc\"", "null", "", "{", "{\"a\":1} x", "[1,"] {
            assert_eq!(kind(plain, &["a"]), ErrorKind::InvalidValue, "{plain}");
        }
        let binary = KeyPath::new(["a"]).pick(&SecretValue::binary(*b"{\"a\":1}"));
        assert_eq!(binary.unwrap_err().kind(), ErrorKind::InvalidValue);
    }

    #[test]
    fn values_keep_their_text() {
        let json = r#" {"big": 12345678901234567890123, "f": 1.10, "s": "a\n\u00e9\"", "o": { "x" : 1 }, "o": {"y": 2}} "#;
        assert_eq!(picked(json, &["big"]).unwrap(), "12345678901234567890123");
        assert_eq!(picked(json, &["f"]).unwrap(), "1.10");
        assert_eq!(picked(json, &["s"]).unwrap(), "a\né\"");
        assert_eq!(picked(json, &["o"]).unwrap(), r#"{"y": 2}"#);
    }

    #[test]
    fn depth_is_refused_before_descending() {
        let deep = "[".repeat(20_000) + &"]".repeat(20_000);
        assert_eq!(kind(&deep, &["0"]), ErrorKind::InvalidValue);
        let keys = vec!["0"; 65];
        assert_eq!(kind("[]", &keys), ErrorKind::InvalidValue);
        let brackets_in_a_string = format!(r#"{{"a":"{}"}}"#, "[".repeat(100));
        assert!(picked(&brackets_in_a_string, &["a"]).is_ok());
    }

    #[test]
    fn no_error_quotes_the_value() {
        for json in [r#"{"a": hunter2}"#, r#"{"a":"hunter2"#, "hunter2", r#"{"hunter2" 1}"#] {
            let error = picked(json, &["b"]).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn the_text_form_round_trips() {
        for keys in [&["a"][..], &["a", "b"], &["a.b", ""], &["q\"", "b\\s", "0"], &["\\"]] {
            let key_path = KeyPath::new(keys.iter().copied());
            assert_eq!(key_path.to_string().parse::<KeyPath>().unwrap(), key_path, "{key_path}");
        }
        assert!("".parse::<KeyPath>().unwrap().is_empty());
        for bad in [".", "a.", ".a", "a..b", "\"a", "\"a\"b", "a\"b", "\"\\n\""] {
            let error = bad.parse::<KeyPath>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidPath, "{bad}");
        }
    }
}
