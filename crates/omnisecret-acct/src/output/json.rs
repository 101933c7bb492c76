//! Python's `json.dumps`.

use omnisecret_core::Result;

use super::cannot_show;
use crate::tree::Value;
use crate::wiped::WipedBytes;

/// Writes it, with the `NaN` and `Infinity` that Python writes and JSON does not have: in one line,
/// or in lines with so many spaces more at each level.
pub(super) fn write(out: &mut WipedBytes, value: &Value, indent: Option<usize>) -> Result<()> {
    Writer { out, indent }.value(value, 0)
}

struct Writer<'a> {
    out: &'a mut WipedBytes,
    indent: Option<usize>,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, level: usize) -> Result<()> {
        match value {
            Value::Text(text) => write_text(self.out, text),
            Value::List(list) if !list.is_empty() => {
                for (at, element) in list.iter().enumerate() {
                    self.begin("[", at, level);
                    self.value(element, level + 1)?;
                }
                self.end("]", level);
            }
            Value::List(_) => self.out.push("[]"),
            Value::Map(map) if !map.is_empty() => {
                for (at, (key, value)) in map.iter().enumerate() {
                    self.begin("{", at, level);
                    let name = key.key_text();
                    let name = name.ok_or_else(|| cannot_show("bytes that are no text"))?;
                    write_text(self.out, &name);
                    self.out.push(": ");
                    self.value(value, level + 1)?;
                }
                self.end("}", level);
            }
            Value::Map(_) => self.out.push("{}"),
            // These look the same as a key and as a value.
            scalar => {
                let text = scalar.key_text();
                self.out.push(&text.ok_or_else(|| cannot_show("bytes that are no text"))?);
            }
        }
        Ok(())
    }

    fn begin(&mut self, bracket: &str, at: usize, level: usize) {
        self.out.push(if at == 0 { bracket } else { "," });
        if self.indent.is_none() && at > 0 {
            self.out.push(" ");
        }
        self.line(level + 1);
    }

    fn end(&mut self, bracket: &str, level: usize) {
        self.line(level);
        self.out.push(bracket);
    }

    fn line(&mut self, level: usize) {
        if let Some(indent) = self.indent {
            self.out.push("\n");
            self.out.push(&" ".repeat(indent * level));
        }
    }
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
