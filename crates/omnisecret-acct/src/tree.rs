//! The content of an acct file as Python has it in memory: typed, in file order, wiped on drop.

pub(crate) mod keys;
pub(crate) mod merge;

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// How deep a file may nest: provider, profile, and 98 levels below.
pub(crate) const MAX_DEPTH: usize = 100;

/// A value of a file. It has no `Debug`: anything in it may be a secret.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// From -2^63 to 2^64 - 1, which is what msgpack can hold.
    Int(i128),
    Float32(f32),
    Float(f64),
    Text(String),
    /// Bytes, which acct takes for text.
    Bytes(Vec<u8>),
    /// A msgpack timestamp, kept as it is.
    Timestamp(Vec<u8>),
    List(Vec<Self>),
    Map(Vec<(Self, Self)>),
}

impl Value {
    /// The text of a text value, or of bytes that are UTF-8.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(bytes) => str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// What this is called as a key, which is what Python's `json.dumps` makes of it. None for
    /// what Python cannot have as a key, or not as text.
    pub(crate) fn key_text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Null => "null".into(),
            Self::Bool(true) => "true".into(),
            Self::Bool(false) => "false".into(),
            Self::Int(number) => number.to_string().into(),
            Self::Float32(number) => float_key(f64::from(*number)),
            Self::Float(number) => float_key(*number),
            Self::Text(_) | Self::Bytes(_) => self.as_text()?.into(),
            Self::Timestamp(_) | Self::List(_) | Self::Map(_) => return None,
        })
    }

    /// Whether Python calls it false; acct then takes a file for empty.
    pub(crate) fn is_falsy(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(truth) => !truth,
            Self::Int(number) => *number == 0,
            Self::Float32(number) => *number == 0.0,
            Self::Float(number) => *number == 0.0,
            Self::Text(text) => text.is_empty(),
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::Timestamp(_) => false,
            Self::List(list) => list.is_empty(),
            Self::Map(map) => map.is_empty(),
        }
    }
}

fn float_key(number: f64) -> Cow<'static, str> {
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity".into() } else { "-Infinity".into() }
    } else {
        float_text(number).into()
    }
}

/// A finite number as Python writes it: the shortest digits that read back as the same number,
/// of two as near the even one, which the standard library does not see to.
pub(crate) fn float_text(number: f64) -> String {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(number);
    let (text, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |text| ("-", text));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all = format!("{whole}{fraction}");
    let zeros = all.len() - all.trim_start_matches('0').len();
    let digits = all.trim_matches('0');
    if digits.is_empty() {
        return format!("{sign}0.0");
    }
    // Where the point is: so many digits are in front of it.
    let point = whole.len() as i32 - zeros as i32 + exponent.parse::<i32>().unwrap_or_default();
    match point {
        -3..=0 => format!("{sign}0.{}{digits}", "0".repeat(point.unsigned_abs() as usize)),
        1..=16 => {
            let point = point as usize;
            if digits.len() > point {
                format!("{sign}{}.{}", &digits[..point], &digits[point..])
            } else {
                format!("{sign}{digits:0<point$}.0")
            }
        }
        _ => {
            let (first, rest) = digits.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            let (mark, exponent) = if point < 1 { ('-', 1 - point) } else { ('+', point - 1) };
            format!("{sign}{first}{dot}{rest}e{mark}{exponent:02}")
        }
    }
}

/// Entries as a Python dict keeps them: a name that comes twice stays in its first place and has
/// its last value.
pub(crate) fn dict<'a, V>(
    entries: impl IntoIterator<Item = (Cow<'a, str>, V)>,
) -> Vec<(Cow<'a, str>, V)> {
    let mut places = HashMap::<Cow<'a, str>, usize>::new();
    let mut dict = Vec::<(Cow<'a, str>, V)>::new();
    for (name, value) in entries {
        match places.entry(name) {
            Entry::Occupied(place) => dict[*place.get()].1 = value,
            Entry::Vacant(place) => {
                dict.push((place.key().clone(), value));
                place.insert(dict.len() - 1);
            }
        }
    }
    dict
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_python_writes_them() {
        for (number, text) in [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (123_456_789.123_456_79, "123456789.12345679"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (6.02e23, "6.02e+23"),
            (5e-324, "5e-324"),
            (f64::powi(2.0, -44), "5.684341886080802e-14"),
            (9_007_199_254_740_993.0, "9007199254740992.0"),
            (1e-4, "0.0001"),
            (12.5, "12.5"),
            (100.0, "100.0"),
            (-1.5e300, "-1.5e+300"),
            (f64::MAX, "1.7976931348623157e+308"),
        ] {
            assert_eq!(float_text(number), text);
        }
    }

    #[test]
    fn a_name_that_comes_twice_keeps_its_place_and_takes_the_later_value() {
        let entries = [("a", 1), ("b", 2), ("a", 3)].map(|(name, value)| (name.into(), value));
        assert_eq!(dict(entries), [("a".into(), 3), ("b".into(), 2)]);
    }
}
