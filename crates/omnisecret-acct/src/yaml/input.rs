//! From bytes to the text that the parser is given.

use omnisecret_core::Result;
use zeroize::Zeroizing;

use super::faulty;

/// UTF-8, or UTF-16 behind its byte order mark, as libyaml tells them apart. Wiped where it is a
/// copy.
///
/// # Errors
/// For bytes that are neither, and for characters that YAML does not have.
pub(super) fn decode(bytes: &[u8]) -> Result<Text<'_>> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => Text::Copied(utf16(rest, u16::from_le_bytes)?),
        [0xfe, 0xff, rest @ ..] => Text::Copied(utf16(rest, u16::from_be_bytes)?),
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            let text = str::from_utf8(bytes).map_err(|error| {
                faulty(format!("it is not UTF-8 at byte {}", error.valid_up_to()))
            })?;
            Text::Borrowed(text)
        }
    };
    match text.char_indices().find(|(_, char)| !is_allowed(*char)) {
        None => Ok(text),
        Some((at, _)) => {
            let line = text[..at].matches('\n').count() + 1;
            Err(faulty(format!("a character that YAML does not have, in line {line}")))
        }
    }
}

pub(super) enum Text<'a> {
    Borrowed(&'a str),
    Copied(Zeroizing<String>),
}

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Copied(text) => text,
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Zeroizing<String>> {
    let (pairs, rest) = bytes.as_chunks();
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 3 / 2));
    let units = pairs.iter().map(|pair| unit(*pair));
    for char in char::decode_utf16(units) {
        text.push(char.map_err(|_| faulty("it is not UTF-16"))?);
    }
    if rest.is_empty() { Ok(text) } else { Err(faulty("it is not UTF-16")) }
}

fn is_allowed(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}
