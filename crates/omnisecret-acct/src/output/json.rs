//! `json.dumps(indent=4)`.

use omnisecret_core::Result;

use super::cannot_show;
use crate::tree::Value;
use crate::wiped::WipedBytes;

/// Writes it, with the `NaN` and `Infinity` that Python writes and JSON does not have.
pub(super) fn write(out: &mut WipedBytes, value: &Value) -> Result<()> {
    write_at(out, value, 0)
}

fn write_at(out: &mut WipedBytes, value: &Value, level: usize) -> Result<()> {
    match value {
        Value::Text(text) => write_text(out, text),
        Value::List(list) if !list.is_empty() => {
            for (at, element) in list.iter().enumerate() {
                begin(out, "[", at, level);
                write_at(out, element, level + 1)?;
            }
            end(out, "]", level);
        }
        Value::List(_) => out.push("[]"),
        Value::Map(map) if !map.is_empty() => {
            for (at, (key, value)) in map.iter().enumerate() {
                begin(out, "{", at, level);
                let name = key.key_text().ok_or_else(|| cannot_show("bytes that are no text"))?;
                write_text(out, &name);
                out.push(": ");
                write_at(out, value, level + 1)?;
            }
            end(out, "}", level);
        }
        Value::Map(_) => out.push("{}"),
        // These look the same as a key and as a value.
        scalar => {
            let text = scalar.key_text().ok_or_else(|| cannot_show("bytes that are no text"))?;
            out.push(&text);
        }
    }
    Ok(())
}

fn begin(out: &mut WipedBytes, bracket: &str, at: usize, level: usize) {
    out.push(if at == 0 { bracket } else { "," });
    out.push("\n");
    out.push(&"    ".repeat(level + 1));
}

fn end(out: &mut WipedBytes, bracket: &str, level: usize) {
    out.push("\n");
    out.push(&"    ".repeat(level));
    out.push(bracket);
}

fn write_text(out: &mut WipedBytes, text: &str) {
    out.push("\"");
    for char in text.chars() {
        match char {
            '"' => out.push("\\\""),
            '\\' => out.push("\\\\"),
            '\n' => out.push("\\n"),
            '\r' => out.push("\\r"),
            '\t' => out.push("\\t"),
            '\u{8}' => out.push("\\b"),
            '\u{c}' => out.push("\\f"),
            ' '..='~' => out.push_char(char),
            _ => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    out.push(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push("\"");
}
