//! Keys as a Python dict tells them apart: `1`, `True` and `1.0` are one.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::Value;

/// What a key is equal by.
#[derive(Hash, PartialEq, Eq)]
enum Identity<'a> {
    Null,
    Whole(i128),
    /// By its bits: "not a number" is one object in a document.
    Fraction(u64),
    Text(&'a str),
    Bytes(&'a [u8]),
    Other,
}

fn identity(key: &Value) -> Identity<'_> {
    let float = |number: f64| {
        let whole = number as i128;
        if whole as f64 == number && number.abs() < 1e38 {
            Identity::Whole(whole)
        } else {
            Identity::Fraction(number.to_bits())
        }
    };
    match key {
        Value::Null => Identity::Null,
        Value::Bool(truth) => Identity::Whole((*truth).into()),
        Value::Int(number) => Identity::Whole(*number),
        Value::Float32(number) => float(f64::from(*number)),
        Value::Float(number) => float(*number),
        Value::Text(text) => Identity::Text(text),
        Value::Bytes(bytes) | Value::Timestamp(bytes) => Identity::Bytes(bytes),
        Value::List(_) | Value::Map(_) => Identity::Other,
    }
}

/// The keys of a map that is being made, without copies of them.
#[derive(Default)]
pub(crate) struct Keys {
    state: RandomState,
    places: HashMap<u64, Vec<usize>>,
}

impl Keys {
    /// The place of an equal key in the map; if there is none, the key is noted as the next one.
    pub(crate) fn insert(&mut self, map: &[(Value, Value)], key: &Value) -> Option<usize> {
        let wanted = identity(key);
        let places = self.places.entry(self.state.hash_one(&wanted)).or_default();
        let found = places.iter().copied().find(|at| identity(&map[*at].0) == wanted);
        if found.is_none() {
            places.push(map.len());
        }
        found
    }
}

/// How Python compares two keys; none where it raises an error. An order of all numbers, of all
/// texts, or of all bytes.
pub(crate) fn python_order(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Text(one), Value::Text(other)) => Some(one.cmp(other)),
        (Value::Bytes(one), Value::Bytes(other)) => Some(one.cmp(other)),
        _ => match (identity(one), identity(other)) {
            (Identity::Whole(one), Identity::Whole(other)) => Some(one.cmp(&other)),
            (Identity::Whole(whole), Identity::Fraction(bits)) => against(whole, bits),
            (Identity::Fraction(bits), Identity::Whole(whole)) => {
                against(whole, bits).map(Ordering::reverse)
            }
            (Identity::Fraction(one), Identity::Fraction(other)) => {
                f64::from_bits(one).partial_cmp(&f64::from_bits(other))
            }
            _ => None,
        },
    }
}

/// A whole number against one with a fraction, or beyond any whole one.
fn against(whole: i128, bits: u64) -> Option<Ordering> {
    let number = f64::from_bits(bits);
    // Cut off at the ends of the range, which is where the order is clear anyway.
    let floor = number.floor() as i128;
    let order = if whole <= floor { Ordering::Less } else { Ordering::Greater };
    (!number.is_nan()).then_some(order)
}

/// Sorts as Python's `sorted` does; whether it does not raise an error.
#[cfg(feature = "yaml")]
pub(crate) fn sort_by_key<T>(items: &mut [T], key: impl Fn(&T) -> &Value) -> bool {
    let is_ordered = |pair: &[T]| python_order(key(&pair[0]), key(&pair[1])).is_some();
    // What can be compared with its neighbour can be with all: kinds come in three groups.
    if !items.windows(2).all(is_ordered) {
        return false;
    }
    items.sort_by(|one, other| python_order(key(one), key(other)).unwrap_or(Ordering::Equal));
    true
}
