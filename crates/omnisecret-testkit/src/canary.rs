//! A value that is easy to find again, and the finder: plain, escaped, or encoded.
//!
//! ```
//! use omnisecret_core::SecretValue;
//! use omnisecret_testkit::canary::{self, CANARY, Leak};
//!
//! assert_eq!(canary::leaks(&format!("{:?}", SecretValue::text(CANARY))), None);
//! assert_eq!(canary::leaks(&format!("{:?}", CANARY.as_bytes())), Some(Leak::Decimal));
//! ```

use std::collections::HashSet;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A made-up secret value that nothing else looks like: text with characters that JSON, URLs and
/// `Debug` escape, long enough that its end outlives the reuse of its memory.
pub const CANARY: &str =
    "canary-\"7f3a\\9c\"/+& =?%41é#b5e2d8<0f>46ac\n1e93{d7:8b}20fe-c14a95d36b08e72f-yranac";

/// How a secret shows in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Leak {
    /// As it is.
    Plain,
    /// With the escapes of JSON or of Rust's `Debug`, once or twice over.
    Escaped,
    /// Percent-encoded.
    Url,
    /// As hexadecimal digits of either case, with or without something between the bytes.
    Hex,
    /// As a list of decimal numbers: the `Debug` output of bytes.
    Decimal,
    /// As base64 of either alphabet, at any alignment.
    Base64,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Escaped => "escaped",
            Self::Url => "percent-encoded",
            Self::Hex => "as hexadecimal",
            Self::Decimal => "as decimal numbers",
            Self::Base64 => "as base64",
        })
    }
}

/// Whether and how [`CANARY`], or a piece of it, shows in the text.
pub fn leaks(text: &str) -> Option<Leak> {
    leaks_of(CANARY.as_bytes(), text)
}

/// Whether and how this secret shows in the text: fifteen bytes of it, or all if it has fewer.
///
/// A secret of less than eight bytes may be found by chance; the empty one is never found.
pub fn leaks_of(secret: &[u8], text: &str) -> Option<Leak> {
    if secret.is_empty() {
        return None;
    }
    let unescaped = unescape(text.as_bytes());
    let forms = [
        (Leak::Plain, text.as_bytes().to_vec()),
        (Leak::Url, percent_decode(text.as_bytes())),
        (Leak::Escaped, unescape(&unescaped)),
        (Leak::Escaped, unescaped),
    ];
    if let Some((leak, _)) = forms.iter().find(|(_, form)| has_piece(form, &windows(secret))) {
        return Some(*leak);
    }
    let (digits, numbers) = (hex_digits(text), numbers(text));
    windows(secret).into_iter().find_map(|piece| {
        if digits.contains(&hex(piece)) {
            Some(Leak::Hex)
        } else if numbers.contains(&decimal(piece)) {
            Some(Leak::Decimal)
        } else if text.contains(&STANDARD_NO_PAD.encode(piece))
            || text.contains(&URL_SAFE_NO_PAD.encode(piece))
        {
            Some(Leak::Base64)
        } else {
            None
        }
    })
}

/// Every piece of fifteen bytes: a whole number of base64 groups, so that whatever stands before
/// the secret in the encoded bytes, some pieces begin where a group does.
fn windows(secret: &[u8]) -> Vec<&[u8]> {
    match secret.len() {
        0..3 => vec![secret],
        length @ 3..15 => secret.windows(length / 3 * 3).collect(),
        _ => secret.windows(15).collect(),
    }
}

/// Whether one of these pieces, which are of one length, is in the text: in one pass, because a log
/// has megabytes.
fn has_piece(text: &[u8], pieces: &[&[u8]]) -> bool {
    let length = pieces.first().map_or(1, |piece| piece.len());
    let pieces: HashSet<_> = pieces.iter().copied().collect();
    text.windows(length).any(|window| pieces.contains(window))
}

fn hex(piece: &[u8]) -> String {
    piece.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hexadecimal digits of the text and nothing else, so that `DE:AD`, `0xde, 0xad` and `dead`
/// are one.
fn hex_digits(text: &str) -> String {
    text.replace("0x", "").to_lowercase().chars().filter(char::is_ascii_hexdigit).collect()
}

fn decimal(piece: &[u8]) -> String {
    piece.iter().map(|byte| format!(",{byte}")).collect::<String>() + ","
}

/// The decimal numbers of the text, each between commas.
fn numbers(text: &str) -> String {
    let is_digit = |c: char| c.is_ascii_digit();
    text.split(|c| !is_digit(c))
        .filter(|number| !number.is_empty())
        .map(|number| format!(",{number}"))
        .collect::<String>()
        + ","
}

fn percent_decode(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let escape = text.get(at + 1..at + 3).and_then(hex_number);
        match (byte, escape.and_then(|number| u8::try_from(number).ok())) {
            (b'%', Some(escaped)) => {
                decoded.push(escaped);
                at += 3;
            }
            (b'+', _) => {
                decoded.push(b' ');
                at += 1;
            }
            _ => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    decoded
}

/// Undoes the escapes of JSON and of Rust; what is not one stays.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let rest = &text[at + 1..];
        let (bytes, length) = match (byte, rest.first()) {
            (b'\\', Some(b'n')) => (vec![b'\n'], 2),
            (b'\\', Some(b'r')) => (vec![b'\r'], 2),
            (b'\\', Some(b't')) => (vec![b'\t'], 2),
            (b'\\', Some(b'0')) => (vec![0], 2),
            (b'\\', Some(b'x')) => numbered(rest.get(1..3), 4),
            (b'\\', Some(b'u')) if rest.get(1) == Some(&b'{') => {
                let digits = rest[2..].iter().position(|byte| *byte == b'}').unwrap_or(0);
                numbered(rest.get(2..2 + digits), digits + 4)
            }
            (b'\\', Some(b'u')) => numbered(rest.get(1..5), 6),
            (b'\\', Some(escaped @ (b'"' | b'\'' | b'\\' | b'/'))) => (vec![*escaped], 2),
            _ => (vec![byte], 1),
        };
        decoded.extend_from_slice(&bytes);
        at += length;
    }
    decoded
}

/// The bytes that an escape with these hexadecimal digits stands for, and its whole length.
fn numbered(digits: Option<&[u8]>, length: usize) -> (Vec<u8>, usize) {
    match digits.and_then(hex_number) {
        // `\xNN` stands for a byte, `\u` for a character.
        Some(number) if length == 4 => (vec![number.to_le_bytes()[0]], length),
        Some(number) => {
            let char = char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER);
            (char.to_string().into_bytes(), length)
        }
        None => (vec![b'\\'], 1),
    }
}

fn hex_number(digits: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok()?;
    // `from_str_radix` alone would take a sign.
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_number.then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_showing_it_is_found() {
        let bytes = CANARY.as_bytes();
        let percent: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
        let spaced: String = bytes.iter().map(|byte| format!("0x{byte:02X}, ")).collect();
        let json: String = bytes.iter().map(|byte| format!("\\u{byte:04x}")).collect();
        for (text, leak) in [
            (CANARY.to_owned(), Leak::Plain),
            (format!("{CANARY:?}"), Leak::Plain),
            (format!("{:?}", format!("{CANARY:?}")), Leak::Plain),
            (CANARY.escape_unicode().to_string(), Leak::Escaped),
            (format!("{:?}", CANARY.escape_unicode().to_string()), Leak::Escaped),
            (bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect(), Leak::Escaped),
            (json, Leak::Escaped),
            (percent, Leak::Url),
            (hex(bytes), Leak::Hex),
            (hex(bytes).to_uppercase(), Leak::Hex),
            (spaced, Leak::Hex),
            (format!("{bytes:?}"), Leak::Decimal),
            (format!("{bytes:#?}"), Leak::Decimal),
            (STANDARD_NO_PAD.encode(format!("user:{CANARY}")), Leak::Base64),
            (STANDARD_NO_PAD.encode(format!("u:{CANARY}")), Leak::Base64),
            (URL_SAFE_NO_PAD.encode(format!("us:{CANARY}")), Leak::Base64),
        ] {
            assert_eq!(leaks(&format!("before {text} behind")), Some(leak), "{text}");
        }
    }

    #[test]
    fn a_piece_is_found() {
        let (head, tail) = CANARY.split_at(30);
        assert!(leaks(head).is_some());
        assert!(leaks(&tail[tail.len() - 20..]).is_some());
        assert!(leaks_of(b"\"\n\"", r#""\"\n\"""#).is_some());
        assert!(leaks_of(b"hunter2", "aHVudGVyMg").is_some());
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let text = "[REDACTED] canary \\ \\u \\u{ \\u{zz} \\x4 %4 % 1, 2, 3 é deadbeef \\ud800";
        assert_eq!(leaks(text), None);
        assert_eq!(leaks_of(b"", text), None);
        assert_eq!(leaks_of(b"hunter2", text), None);
    }
}
