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

pub(super) fn write(out: &mut WipedBytes, value: &Value) -> Result<()> {
    let written = quietly(|| {
        let mut emitter = Emitter::new();
        emitter.set_output(out);
        emitter.emit(Event::stream_start(Encoding::Utf8))?;
        emitter.emit(Event::document_start(None, &[], true))?;
        emit(&mut emitter, value)?;
        emitter.emit(Event::document_end(true))?;
        emitter.emit(Event::stream_end())
    });
    match written {
        Some(Ok(())) => Ok(()),
        _ => Err(Error::new(ErrorKind::Unexpected, "the content cannot be written as YAML")),
    }
}

fn emit(emitter: &mut Emitter<'_>, value: &Value) -> Result<(), libyaml_safer::Error> {
    match value {
        Value::Null => scalar(emitter, Tag::Null, "null"),
        Value::Bool(truth) => scalar(emitter, Tag::Bool, if *truth { "true" } else { "false" }),
        Value::Int(number) => scalar(emitter, Tag::Int, &number.to_string()),
        Value::Float32(number) => scalar(emitter, Tag::Float, &float_in_yaml((*number).into())),
        Value::Float(number) => scalar(emitter, Tag::Float, &float_in_yaml(*number)),
        Value::Text(text) => scalar(emitter, Tag::Str, text),
        Value::Bytes(bytes) | Value::Timestamp(bytes) => {
            let base64 = Zeroizing::new(BASE64_STANDARD.encode(bytes));
            scalar(emitter, Tag::Binary, &base64)
        }
        Value::List(list) => {
            let style = SequenceStyle::Block;
            emitter.emit(Event::sequence_start(None, Some(libyaml_safer::SEQ_TAG), true, style))?;
            list.iter().try_for_each(|element| emit(emitter, element))?;
            emitter.emit(Event::sequence_end())
        }
        Value::Map(map) => {
            let style = MappingStyle::Block;
            emitter.emit(Event::mapping_start(None, Some(libyaml_safer::MAP_TAG), true, style))?;
            let mut entries: Vec<_> = map.iter().collect();
            // Where they have no order they stay in the one they have.
            sort_by_key(&mut entries, |(key, _)| key);
            for (key, value) in entries {
                emit(emitter, key)?;
                emit(emitter, value)?;
            }
            emitter.emit(Event::mapping_end())
        }
    }
}

fn scalar(emitter: &mut Emitter<'_>, tag: Tag, text: &str) -> Result<(), libyaml_safer::Error> {
    let name = match tag {
        Tag::Null => libyaml_safer::NULL_TAG,
        Tag::Bool => libyaml_safer::BOOL_TAG,
        Tag::Int => libyaml_safer::INT_TAG,
        Tag::Float => libyaml_safer::FLOAT_TAG,
        Tag::Binary => "tag:yaml.org,2002:binary",
        _ => libyaml_safer::STR_TAG,
    };
    // Whether it would be read as the same without a tag: plain, and in quotes.
    let (plain, quoted) = (of_plain(text) == tag, tag == Tag::Str);
    emitter.emit(Event::scalar(None, Some(name), text, plain, quoted, ScalarStyle::Any))
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
