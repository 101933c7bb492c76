//! From a value of the tree to what `get` answers.

use omnisecret_core::{Error, ErrorKind, Result, SecretValue};
use zeroize::Zeroizing;

use crate::tree::{Value, dict, float_text};
use crate::wiped::WipedBytes;

/// A text as it is, bytes that are not UTF-8 as they are, and anything else as compact JSON.
///
/// Map keys are what [`Value::key_text`] says. JSON has no infinity and no "not a number": the
/// first becomes `1e999`, which reads back as infinity, the second the text `NaN`.
///
/// # Errors
/// [`ErrorKind::InvalidValue`] if there is something inside that JSON has no form for.
pub(crate) fn write(value: &Value) -> Result<SecretValue> {
    if let Some(text) = value.as_text() {
        return Ok(SecretValue::text(text));
    }
    let mut json = WipedBytes::default();
    write_json(&mut json, value).map_err(|fault| {
        Error::new(ErrorKind::InvalidValue, format!("the profile holds {}", fault.0))
            .with_action("take it out of the profile: acct has no text for it either")
    })?;
    Ok(SecretValue::from_bytes(json.take()))
}

/// Whether both are scalars and look the same as JSON.
pub(super) fn is_same_scalar(one: &Value, other: &Value) -> bool {
    let json = |value: &Value| match value {
        Value::List(_) | Value::Map(_) => None,
        _ => {
            let mut json = WipedBytes::default();
            write_json(&mut json, value).ok().map(|()| json)
        }
    };
    json(one).is_some_and(|one| json(other).is_some_and(|it| it.as_bytes() == one.as_bytes()))
}

/// What there is no JSON for.
struct Fault(&'static str);

fn write_json(json: &mut WipedBytes, value: &Value) -> Result<(), Fault> {
    match value {
        Value::Null => json.push("null"),
        Value::Bool(true) => json.push("true"),
        Value::Bool(false) => json.push("false"),
        Value::Int(number) => json.push(&Zeroizing::new(number.to_string())),
        Value::Float32(number) => write_float(json, f64::from(*number)),
        Value::Float(number) => write_float(json, *number),
        Value::Text(_) | Value::Bytes(_) => {
            write_text(json, value.as_text().ok_or(Fault("bytes that are not UTF-8"))?)?;
        }
        Value::Timestamp(_) => return Err(Fault("a msgpack timestamp")),
        Value::List(list) => {
            json.push("[");
            for (at, value) in list.iter().enumerate() {
                json.push(if at > 0 { "," } else { "" });
                write_json(json, value)?;
            }
            json.push("]");
        }
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| {
                let name = key.key_text().ok_or(Fault("a key that is not UTF-8 text"))?;
                Ok((name, value))
            });
            json.push("{");
            for (at, (name, value)) in
                dict(entries.collect::<Result<Vec<_>, _>>()?).iter().enumerate()
            {
                json.push(if at > 0 { "," } else { "" });
                write_text(json, name)?;
                json.push(":");
                write_json(json, value)?;
            }
            json.push("}");
        }
    }
    Ok(())
}

fn write_float(json: &mut WipedBytes, number: f64) {
    if number.is_nan() {
        json.push("\"NaN\"");
    } else if number.is_infinite() {
        json.push(if number > 0.0 { "1e999" } else { "-1e999" });
    } else {
        json.push(&Zeroizing::new(float_text(number)));
    }
}

fn write_text(json: &mut WipedBytes, text: &str) -> Result<(), Fault> {
    serde_json::to_writer(json, text).map_err(|_| Fault("text that cannot be written"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    fn written(value: &Value) -> String {
        write(value).unwrap().expose_str().unwrap().to_owned()
    }

    #[test]
    fn every_kind_has_its_json() {
        let list = Value::List(vec![
            Value::Null,
            Value::Bool(true),
            Value::Int(i128::from(u64::MAX)),
            Value::Int(i128::from(i64::MIN)),
            Value::Float(1e16),
            Value::Float32(1.5),
            text("a\"\n\u{1}é🔑"),
            Value::Bytes(b"bytes".to_vec()),
            Value::Map(vec![]),
            Value::List(vec![]),
        ]);
        let json = "[null,true,18446744073709551615,-9223372036854775808,1e+16,1.5,\
            \"a\\\"\\n\\u0001é🔑\",\"bytes\",{},[]]";
        assert_eq!(written(&list), json);
    }

    #[test]
    fn numbers_that_json_does_not_have_stay_readable() {
        let numbers = [f64::INFINITY, f64::NEG_INFINITY, f64::NAN].map(Value::Float);
        let json = written(&Value::List(numbers.into()));
        assert_eq!(json, r#"[1e999,-1e999,"NaN"]"#);
        assert_eq!("1e999".parse(), Ok(f64::INFINITY));
    }

    #[test]
    fn a_key_has_the_text_that_python_gives_it_and_the_last_of_equal_ones_counts() {
        let keys = [Value::Bool(true), Value::Null, Value::Int(2), Value::Float(1.5), text("true")];
        let entries = keys.into_iter().zip((0..).map(Value::Int)).collect();
        assert_eq!(written(&Value::Map(entries)), r#"{"true":4,"null":1,"2":2,"1.5":3}"#);
    }

    #[test]
    fn a_text_is_no_json_string_and_other_scalars_are_json() {
        assert_eq!(written(&text("\"quoted\"")), "\"quoted\"");
        assert_eq!(written(&Value::Bytes(b"text".to_vec())), "text");
        assert_eq!(written(&Value::Bool(false)), "false");
    }

    #[test]
    fn what_has_no_text_is_refused() {
        let bytes = || Value::Bytes(vec![0xff]);
        for value in [
            bytes(),
            Value::List(vec![bytes()]),
            Value::Map(vec![(bytes(), Value::Null)]),
            Value::Timestamp(vec![0; 4]),
        ] {
            assert_eq!(write(&value).unwrap_err().kind(), ErrorKind::InvalidValue);
        }
    }
}
