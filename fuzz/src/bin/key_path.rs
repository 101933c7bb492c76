//! Fields picked out of JSON: the same as by a walk through `serde_json::Value`.
//!
//! The input is the keys, one a line, an empty line, and the JSON.

#![cfg_attr(fuzzing, no_main)]

use omnisecret_core::{ErrorKind, KeyPath, SecretValue};
use serde_json::Value;

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some((keys, json)) = text.split_once("\n\n") else { return };
    let keys: Vec<_> = keys.split('\n').collect();
    let picked = KeyPath::new(keys.iter().copied()).pick(&SecretValue::text(json));
    if let Err(error) = &picked {
        assert!(matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidValue), "{error}");
    }
    // What `Value` refuses may be picked from: it wants all numbers within the range of a float.
    let Ok(root) = serde_json::from_str::<Value>(json) else { return };
    if depth(&root) > 64 || keys.len() > 64 || !(root.is_object() || root.is_array()) {
        let kind = picked.err().map(|error| error.kind());
        return assert_eq!(kind, Some(ErrorKind::InvalidValue), "{json}");
    }
    match (picked, walk(&root, &keys)) {
        (Ok(picked), Some(expected)) => {
            let text = picked.expose_str().expect("a field is text");
            match expected {
                Value::String(expected) => assert_eq!(text, expected, "{keys:?} {json}"),
                expected => {
                    let value: Value = serde_json::from_str(text).expect("a field is JSON");
                    assert_eq!(value, expected, "{keys:?} {json}");
                }
            }
        }
        (Err(error), None) => assert_eq!(error.kind(), ErrorKind::NotFound, "{keys:?} {json}"),
        (picked, expected) => panic!("{picked:?} for {expected:?}: {keys:?} {json}"),
    }
}

fn walk(value: &Value, keys: &[&str]) -> Option<Value> {
    let Some((key, rest)) = keys.split_first() else { return Some(value.clone()) };
    match value {
        Value::Object(object) => walk(object.get(*key)?, rest),
        Value::Array(list) if is_index(key) => walk(list.get(key.parse::<usize>().ok()?)?, rest),
        Value::Array(list) => {
            let field = |element: &Value| match element {
                element if is_falsy(element) => Some(Value::Null),
                Value::Object(object) => object.get(*key).cloned(),
                _ => None,
            };
            walk(&list.iter().map(field).collect::<Option<Value>>()?, rest)
        }
        _ => None,
    }
}

fn is_index(key: &str) -> bool {
    key.parse::<u128>().is_ok_and(|number| number.to_string() == key)
        || key.len() > 38 && !key.starts_with('0') && key.bytes().all(|it| it.is_ascii_digit())
}

fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
    }
}

/// Levels of brackets.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Object(object) => 1 + object.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
