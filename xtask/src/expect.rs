//! Comparisons whose errors point at the place where the two sides part.

use anyhow::{Result, bail};
use serde_json::Value;

pub(crate) fn equal<T: PartialEq + std::fmt::Debug>(
    what: &str,
    found: &T,
    expected: &T,
) -> Result<()> {
    if found != expected {
        bail!("{what}: found {found:?}, expected {expected:?}");
    }
    Ok(())
}

pub(crate) fn bytes(what: &str, found: &[u8], expected: &[u8]) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    let at = found.iter().zip(expected).take_while(|(a, b)| a == b).count();
    let window = |bytes: &[u8]| {
        let end = bytes.len().min(at + 40);
        bytes[at.saturating_sub(20).min(end)..end].escape_ascii().to_string()
    };
    bail!("{what}: from byte {at} on, found `{}`, expected `{}`", window(found), window(expected))
}

pub(crate) fn json(what: &str, found: &Value, expected: &Value) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    if let (Value::Object(found), Value::Object(expected)) = (found, expected) {
        for name in found.keys().chain(expected.keys()) {
            let place = format!("{what}/{name}");
            match (found.get(name), expected.get(name)) {
                (Some(found), Some(expected)) => json(&place, found, expected)?,
                (Some(_), None) => bail!("{place}: found and not expected"),
                (None, _) => bail!("{place}: expected and not found"),
            }
        }
    }
    bail!("{what}: found {found}, expected {expected}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bytes_are_shown_around_the_first_difference() {
        let error = bytes("file", &[b'a'; 100], &[b"aaa\n".as_slice(), &[b'a'; 96]].concat());
        let text = error.unwrap_err().to_string();
        assert!(text.starts_with("file: from byte 3 on, found `aaaa"), "{text}");
        assert!(text.contains(r"expected `aaa\na"), "{text}");
        assert!(bytes("file", b"ab", b"abc").unwrap_err().to_string().contains("byte 2"));
    }

    #[test]
    fn json_names_the_field_that_differs_or_is_gone() {
        let (found, expected) = (json!({ "a": { "b": 1 } }), json!({ "a": { "b": 2, "c": 3 } }));
        let text = json("root", &found, &expected).unwrap_err().to_string();
        assert_eq!(text, "root/a/b: found 1, expected 2");
        let text = json("root", &json!({}), &expected).unwrap_err().to_string();
        assert_eq!(text, "root/a: expected and not found");
    }
}
