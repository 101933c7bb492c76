//! Secrets as JSON: in the two shapes that the programs of this format print.

use omnisecret::{Error, ErrorKind, Result, SecretValue};
use serde_json::{Map, Value, json};

use super::Secrets;

/// An array of objects, as `ssclient get --all` prints it.
pub(super) fn array(secrets: &Secrets) -> Result<String> {
    let entry = |(name, value): &(String, SecretValue)| json!({ "key": name, "value": of(value) });
    pretty(&secrets.iter().map(entry).collect())
}

/// One object, as the .NET client prints it.
pub(super) fn object(secrets: &Secrets) -> Result<String> {
    let entries = secrets.iter().map(|(name, value)| (name.clone(), of(value)));
    pretty(&Value::Object(entries.collect::<Map<_, _>>()))
}

/// Either of the two.
pub(super) fn parse(text: &[u8]) -> Result<Secrets> {
    let value: Value = serde_json::from_slice(text).map_err(|error| {
        // The parser's own words quote values.
        let place = format!("line {}, column {}", error.line(), error.column());
        invalid(format!("the input is not JSON ({place})"))
    })?;
    match value {
        Value::Object(entries) => {
            entries.into_iter().map(|(name, value)| named(name, &value)).collect()
        }
        Value::Array(entries) => entries.iter().enumerate().map(entry).collect(),
        _ => Err(invalid("the input is neither an array nor an object".into())),
    }
}

fn entry((at, entry): (usize, &Value)) -> Result<(String, SecretValue)> {
    match (entry["key"].as_str(), entry.get("value")) {
        (Some(name), Some(value)) => named(name.to_owned(), value),
        _ => Err(invalid(format!("element {at} has no key or no value"))),
    }
}

fn named(name: String, value: &Value) -> Result<(String, SecretValue)> {
    let value = match value {
        Value::String(text) => Some(SecretValue::text(text)),
        Value::Array(numbers) => bytes(numbers).map(SecretValue::from_bytes),
        _ => None,
    };
    match value {
        Some(value) => Ok((name, value)),
        None => {
            Err(invalid("a value is neither a string nor an array of bytes".into()).with_path(name))
        }
    }
}

fn bytes(numbers: &[Value]) -> Option<Vec<u8>> {
    numbers.iter().map(|number| number.as_u64()?.try_into().ok()).collect()
}

/// What is not UTF-8 is an array of bytes.
fn of(value: &SecretValue) -> Value {
    match value.expose_str() {
        Ok(text) => text.into(),
        Err(_) => value.expose_bytes().into(),
    }
}

fn pretty(value: &Value) -> Result<String> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|_| Error::new(ErrorKind::Unexpected, "the secrets are not JSON"))?;
    Ok(text + "\n")
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidValue, message)
        .with_action("give what `vault export --as json` prints")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shapes_come_back() {
        let secrets = vec![
            ("a".to_owned(), SecretValue::text("1\n\"")),
            ("b".to_owned(), SecretValue::binary([0xff, 0])),
        ];
        for text in [array(&secrets).unwrap(), object(&secrets).unwrap()] {
            let parsed = parse(text.as_bytes()).unwrap();
            let same = |(a, b): (&(String, SecretValue), &(String, SecretValue))| {
                a.0 == b.0 && a.1.ct_eq(&b.1)
            };
            assert!(parsed.len() == 2 && parsed.iter().zip(&secrets).all(same), "{text}");
        }
    }

    #[test]
    fn an_error_quotes_nothing() {
        for text in ["hunter2", "[\"hunter2\"]", "{\"a\": {\"hunter2\": 1}}", "{\"a\":[256]}", "3"]
        {
            let error = parse(text.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidValue);
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
