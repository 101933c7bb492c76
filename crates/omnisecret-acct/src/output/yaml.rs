//! `yaml.safe_dump`: libyaml's emitter, under PyYAML's rules for what has to be quoted.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use libyaml_safer::{Emitter, Encoding, Event, MappingStyle, ScalarStyle, SequenceStyle};
use omnisecret_core::{Error, ErrorKind, Result};
use zeroize::Zeroizing;

use super::python::float;
use crate::tree::Value;
use crate::tree::keys::sort_by_key;
use crate::wiped::WipedBytes;
use crate::yaml::{Tag, of_plain, quietly};

/// For whom it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// As PyYAML dumps it: keys sorted, ASCII, lines folded.
    Dumped,
    /// For people: in file order, any script, texts of several lines as they are.
    Edited,
}

/// The longest line before a text is folded.
const NEVER: i32 = -1;

pub(super) fn write(out: &mut WipedBytes, value: &Value, style: Style) -> Result<()> {
    let written = quietly(|| {
        let mut emitter = Emitter::new();
        emitter.set_output(out);
        if style == Style::Edited {
            emitter.set_unicode(true);
            emitter.set_width(NEVER);
        }
        emitter.emit(Event::stream_start(Encoding::Utf8))?;
        emitter.emit(Event::document_start(None, &[], true))?;
        emit(&mut emitter, value, style)?;
        emitter.emit(Event::document_end(true))?;
        emitter.emit(Event::stream_end())
    });
    match written {
        Some(Ok(())) => Ok(()),
        _ => Err(Error::new(ErrorKind::Unexpected, "the content cannot be written as YAML")),
    }
}

fn emit(
    emitter: &mut Emitter<'_>,
    value: &Value,
    style: Style,
) -> Result<(), libyaml_safer::Error> {
    match value {
        Value::Null => scalar(emitter, Tag::Null, "null"),
        Value::Bool(truth) => scalar(emitter, Tag::Bool, if *truth { "true" } else { "false" }),
        Value::Int(number) => scalar(emitter, Tag::Int, &number.to_string()),
        Value::Float32(number) => scalar(emitter, Tag::Float, &float_in_yaml((*number).into())),
        Value::Float(number) => scalar(emitter, Tag::Float, &float_in_yaml(*number)),
        Value::Text(text) if style == Style::Edited && is_better_literal(text) => {
            styled(emitter, Tag::Str, text, ScalarStyle::Literal)
        }
        Value::Text(text) => scalar(emitter, Tag::Str, text),
        Value::Bytes(bytes) | Value::Timestamp(bytes) => {
            let base64 = Zeroizing::new(BASE64_STANDARD.encode(bytes));
            scalar(emitter, Tag::Binary, &base64)
        }
        Value::List(list) => {
            emitter.emit(Event::sequence_start(None, None, true, SequenceStyle::Block))?;
            list.iter().try_for_each(|element| emit(emitter, element, style))?;
            emitter.emit(Event::sequence_end())
        }
        Value::Map(map) => {
            emitter.emit(Event::mapping_start(None, None, true, MappingStyle::Block))?;
            let mut entries: Vec<_> = map.iter().collect();
            // Where they have no order they stay in the one they have.
            if style == Style::Dumped {
                sort_by_key(&mut entries, |(key, _)| key);
            }
            for (key, value) in entries {
                emit(emitter, key, style)?;
                emit(emitter, value, style)?;
            }
            emitter.emit(Event::mapping_end())
        }
    }
}

/// Whether it is lines of printable text, which a block shows as they are.
fn is_better_literal(text: &str) -> bool {
    let is_plain = |line: &str| {
        !line.ends_with(' ')
            && !line.chars().any(|char| char.is_control() || char.is_whitespace() && char != ' ')
    };
    text.trim_end_matches('\n').contains('\n')
        && !text.starts_with([' ', '\n'])
        && text.split('\n').all(is_plain)
}

fn scalar(emitter: &mut Emitter<'_>, tag: Tag, text: &str) -> Result<(), libyaml_safer::Error> {
    styled(emitter, tag, text, ScalarStyle::Any)
}

fn styled(
    emitter: &mut Emitter<'_>,
    tag: Tag,
    text: &str,
    style: ScalarStyle,
) -> Result<(), libyaml_safer::Error> {
    // Whether it would be read as the same without a tag: plain, and in quotes. Bytes alone need one.
    let (plain, quoted) = (of_plain(text) == tag, tag == Tag::Str);
    let name = (tag == Tag::Binary).then_some("tag:yaml.org,2002:binary");
    emitter.emit(Event::scalar(None, name, text, plain, quoted, style))
}

fn float_in_yaml(number: f64) -> String {
    let text = match float(number) {
        text if text == "nan" => return ".nan".into(),
        text if text.ends_with("inf") => return text.replace("inf", ".inf"),
        text => text,
    };
    // 1e16 would be a text.
    if text.contains('.') { text } else { text.replacen('e', ".0e", 1) }
}
