//! The outline of rend's output `nested`, which salt has as well.

use super::python::float;
use super::text::lines;
use crate::tree::Value;
use crate::wiped::WipedBytes;

const CYAN: &str = "\u{1b}[36m";
const GREEN: &str = "\u{1b}[32m";
const YELLOW: &str = "\u{1b}[93m";
const RESET: &str = "\u{1b}[39m";

pub(super) fn write(out: &mut WipedBytes, value: &Value) {
    let mut outline = Outline { out, is_first: true };
    outline.value(value, 0, "");
}

struct Outline<'a> {
    out: &'a mut WipedBytes,
    is_first: bool,
}

impl Outline<'_> {
    fn value(&mut self, value: &Value, indent: usize, prefix: &str) {
        match value {
            Value::Null => self.line(indent, YELLOW, prefix, "None", ""),
            Value::Bool(true) => self.line(indent, YELLOW, prefix, "True", ""),
            Value::Bool(false) => self.line(indent, YELLOW, prefix, "False", ""),
            Value::Int(number) => self.line(indent, YELLOW, prefix, &number.to_string(), ""),
            Value::Float32(number) => {
                self.line(indent, YELLOW, prefix, &float(f64::from(*number)), "");
            }
            Value::Float(number) => self.line(indent, YELLOW, prefix, &float(*number), ""),
            Value::Text(text) => {
                for (at, line) in lines(text, false).into_iter().enumerate() {
                    let blank = " ".repeat(prefix.len());
                    self.line(indent, GREEN, if at == 0 { prefix } else { &blank }, line, "");
                }
            }
            // What has no form in it leaves no line.
            Value::Bytes(_) | Value::Timestamp(_) => {}
            Value::List(list) => {
                for element in list {
                    match element {
                        Value::List(_) | Value::Map(_) => {
                            self.line(indent, GREEN, "", "|_", "");
                            let is_map = matches!(element, Value::Map(_));
                            self.value(element, indent + 2, if is_map { "" } else { "- " });
                        }
                        _ => self.value(element, indent, "- "),
                    }
                }
            }
            Value::Map(map) => {
                if indent > 0 {
                    self.line(indent, CYAN, "", "----------", "");
                }
                for (key, value) in map {
                    self.line(indent, CYAN, prefix, &name(key), ":");
                    self.value(value, indent + 4, "");
                }
            }
        }
    }

    fn line(&mut self, indent: usize, color: &str, prefix: &str, text: &str, suffix: &str) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push("\n");
        }
        self.out.push(&" ".repeat(indent));
        for part in [color, prefix, text, RESET, suffix] {
            self.out.push(part);
        }
    }
}

/// What `str` makes of a key.
fn name(key: &Value) -> String {
    match key {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Float(number) => float(*number),
        key => key.key_text().unwrap_or_default().into_owned(),
    }
}
