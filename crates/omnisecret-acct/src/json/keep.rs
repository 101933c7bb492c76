//! What a new value leaves as it was: kinds that JSON cannot tell apart.

use std::collections::HashMap;
use std::mem::swap;

use super::write::is_same_scalar;
use crate::tree::Value;

/// Puts parts of the old value into the new one where JSON shows the same of both: a key that is
/// a number, bytes for a text, a float of 32 bits. So an update changes what it says, no more.
pub(crate) fn keep(old: &mut Value, new: &mut Value) {
    match (old, new) {
        (Value::Map(old), Value::Map(new)) => {
            for (at, (key, value)) in places(old, new).into_iter().zip(new) {
                if let Some((old_key, old_value)) = at.and_then(|at| old.get_mut(at)) {
                    keep(old_value, value);
                    swap(old_key, key);
                }
            }
        }
        (Value::List(old), Value::List(new)) => {
            old.iter_mut().zip(new).for_each(|(old, new)| keep(old, new));
        }
        (old, new) if is_same_scalar(old, new) => swap(old, new),
        _ => {}
    }
}

/// Where the old map has each name of the new one, which has no name twice.
fn places(old: &[(Value, Value)], new: &[(Value, Value)]) -> Vec<Option<usize>> {
    let places: HashMap<_, _> =
        old.iter().enumerate().filter_map(|(at, (key, _))| Some((key.key_text()?, at))).collect();
    new.iter().map(|(key, _)| places.get(&key.key_text()?).copied()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::json::{read, write};
    use crate::msgpack::{decode, encode};

    fn packed(value: &Value) -> Vec<u8> {
        encode(value).unwrap().to_vec()
    }

    fn any_scalar() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            any::<Option<bool>>().prop_map(|truth| packed(&truth.map_or(Value::Null, Value::Bool))),
            any::<i64>().prop_map(|number| packed(&Value::Int(number.into()))),
            any::<u64>().prop_map(|number| packed(&Value::Int(number.into()))),
            any::<f64>().prop_map(|number| packed(&Value::Float(number))),
            any::<f32>().prop_map(|number| packed(&Value::Float32(number))),
            any::<String>().prop_map(|text| packed(&Value::Text(text))),
            any::<String>().prop_map(|text| packed(&Value::Bytes(text.into_bytes()))),
        ]
    }

    /// A key of one of several kinds, which no other place has.
    fn key(kind: u8, place: u8) -> Vec<u8> {
        packed(&match kind {
            0 => Value::Int(place.into()),
            1 => Value::Float(f64::from(place) + 0.5),
            2 => Value::Float32(f32::from(place) + 0.25),
            3 => Value::Bytes(format!("bytes {place}").into_bytes()),
            _ => Value::Text(format!("text {place}")),
        })
    }

    fn any_value() -> impl Strategy<Value = Vec<u8>> {
        any_scalar().prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..5).prop_map(|list| [
                    vec![0x90 | list.len() as u8],
                    list.concat()
                ]
                .concat()),
                vec((0..5_u8, inner), 0..5).prop_map(|map| {
                    let entries = (0..).zip(&map);
                    let entries =
                        entries.map(|(at, (kind, value))| [&*key(*kind, at), value].concat());
                    [vec![0x80 | map.len() as u8], entries.collect::<Vec<_>>().concat()].concat()
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_and_read_unchanged_is_the_same_value(value in any_value()) {
            // In a list, because a text alone is not written as JSON.
            let bytes = [&[0x91], &*value].concat();
            let mut old = decode(&bytes).unwrap();
            let mut new = read(write(&old).unwrap().expose_str().unwrap()).unwrap();
            keep(&mut old, &mut new);
            prop_assert_eq!(packed(&new), bytes);
        }
    }
}
