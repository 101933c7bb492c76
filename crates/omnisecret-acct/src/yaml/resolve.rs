//! What a plain scalar is by PyYAML's patterns, which are not those of YAML 1.1.

use super::rest::Rest;
use super::timestamp;

/// What a node is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    Null,
    Bool,
    Int,
    Float,
    Binary,
    Timestamp,
    Omap,
    Pairs,
    Set,
    Str,
    Seq,
    Map,
    /// `<<` as a key.
    Merge,
    /// `=`, which nothing can be made of but a key.
    Default,
    /// What acct 8 alone takes for a text.
    PythonUnicode,
    /// Any other: a local one, say.
    Unknown,
}

impl Tag {
    /// The tag of this full name.
    pub(super) fn named(name: &str) -> Self {
        match name.strip_prefix("tag:yaml.org,2002:") {
            Some("null") => Self::Null,
            Some("bool") => Self::Bool,
            Some("int") => Self::Int,
            Some("float") => Self::Float,
            Some("binary") => Self::Binary,
            Some("timestamp") => Self::Timestamp,
            Some("omap") => Self::Omap,
            Some("pairs") => Self::Pairs,
            Some("set") => Self::Set,
            Some("str") => Self::Str,
            Some("seq") => Self::Seq,
            Some("map") => Self::Map,
            Some("merge") => Self::Merge,
            Some("value") => Self::Default,
            Some("python/unicode") => Self::PythonUnicode,
            _ => Self::Unknown,
        }
    }
}

/// What a plain scalar without a tag is.
pub(crate) fn of_plain(text: &str) -> Tag {
    // As Python's `$` has it, which is also before a last line end.
    let body = text.strip_suffix('\n').unwrap_or(text);
    match text.as_bytes().first() {
        None => Tag::Null,
        Some(b'-' | b'+' | b'.' | b'0'..=b'9') => of_number(body.as_bytes()),
        _ => match body {
            "~" | "null" | "Null" | "NULL" => Tag::Null,
            "<<" => Tag::Merge,
            "=" => Tag::Default,
            _ if is_bool(body) => Tag::Bool,
            _ => Tag::Str,
        },
    }
}

fn is_bool(text: &str) -> bool {
    matches!(
        text,
        "yes"
            | "Yes"
            | "YES"
            | "no"
            | "No"
            | "NO"
            | "true"
            | "True"
            | "TRUE"
            | "false"
            | "False"
            | "FALSE"
            | "on"
            | "On"
            | "ON"
            | "off"
            | "Off"
            | "OFF"
    )
}

fn of_number(text: &[u8]) -> Tag {
    if is_float(text) {
        Tag::Float
    } else if is_int(text) && text[0] != b'.' {
        Tag::Int
    } else if timestamp::is_plain(text) {
        Tag::Timestamp
    } else {
        Tag::Str
    }
}

fn is_digit_or_gap(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

fn is_float(text: &[u8]) -> bool {
    let mut rest = Rest(text);
    // Without a sign in this form, so that -.5 is a text.
    if rest.byte(b'.') && rest.one(|byte| byte.is_ascii_digit()) {
        rest.many(is_digit_or_gap);
        return rest.ends_with_exponent();
    }
    if matches!(text, b".nan" | b".NaN" | b".NAN") {
        return true;
    }
    let mut rest = Rest(text);
    rest.sign();
    if matches!(rest.0, b".inf" | b".Inf" | b".INF") {
        return true;
    }
    if !rest.one(|byte| byte.is_ascii_digit()) {
        return false;
    }
    rest.many(is_digit_or_gap);
    let mut sixties = rest;
    if sixties.sixties() && sixties.byte(b'.') {
        sixties.many(is_digit_or_gap);
        return sixties.is_at_end();
    }
    rest.byte(b'.') && {
        rest.many(is_digit_or_gap);
        rest.ends_with_exponent()
    }
}

fn is_int(text: &[u8]) -> bool {
    let mut rest = Rest(text);
    rest.sign();
    match rest.0 {
        [b'0'] => true,
        [b'0', b'b', digits @ ..] => {
            !digits.is_empty() && digits.iter().all(|it| matches!(it, b'0' | b'1' | b'_'))
        }
        [b'0', b'x', digits @ ..] => {
            !digits.is_empty() && digits.iter().all(|it| it.is_ascii_hexdigit() || *it == b'_')
        }
        [b'0', digits @ ..] => digits.iter().all(|it| matches!(it, b'0'..=b'7' | b'_')),
        [b'1'..=b'9', ..] => {
            rest.many(is_digit_or_gap);
            rest.is_at_end() || rest.sixties() && rest.is_at_end()
        }
        _ => false,
    }
}
