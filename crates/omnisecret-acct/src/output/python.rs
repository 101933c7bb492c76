//! Python's `repr` and `pprint`.

use zeroize::Zeroizing;

use super::text::{is_printable, is_space, lines};
use crate::tree::keys::python_order;
use crate::tree::{Value, float_text};
use crate::wiped::WipedBytes;

/// How wide `pprint` writes.
const WIDTH: isize = 80;

/// What `str` makes of it.
pub(super) fn raw(out: &mut WipedBytes, value: &Value) {
    repr(out, value, false);
}

/// What `pprint.pformat` makes of it.
pub(super) fn pretty(out: &mut WipedBytes, value: &Value) {
    format(out, value, 0, 0);
}

fn repr(out: &mut WipedBytes, value: &Value, is_sorted: bool) {
    match value {
        Value::Null => out.push("None"),
        Value::Bool(true) => out.push("True"),
        Value::Bool(false) => out.push("False"),
        Value::Int(number) => out.push(&number.to_string()),
        Value::Float32(number) => out.push(&float(f64::from(*number))),
        Value::Float(number) => out.push(&float(*number)),
        Value::Text(text) => repr_text(out, text),
        Value::Bytes(bytes) | Value::Timestamp(bytes) => repr_bytes(out, bytes),
        Value::List(list) => {
            out.push("[");
            for (at, element) in list.iter().enumerate() {
                out.push(if at > 0 { ", " } else { "" });
                repr(out, element, is_sorted);
            }
            out.push("]");
        }
        Value::Map(map) => {
            out.push("{");
            let entries = if is_sorted { sorted(map) } else { map.iter().collect() };
            for (at, (key, value)) in entries.into_iter().enumerate() {
                out.push(if at > 0 { ", " } else { "" });
                repr(out, key, is_sorted);
                out.push(": ");
                repr(out, value, is_sorted);
            }
            out.push("}");
        }
    }
}

/// A number as Python writes it, infinite ones too.
pub(crate) fn float(number: f64) -> String {
    if number.is_nan() {
        "nan".into()
    } else if number.is_infinite() {
        if number > 0.0 { "inf".into() } else { "-inf".into() }
    } else {
        float_text(number)
    }
}

fn repr_text(out: &mut WipedBytes, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push_char(quote);
    for char in text.chars() {
        match char {
            '\\' => out.push("\\\\"),
            '\n' => out.push("\\n"),
            '\r' => out.push("\\r"),
            '\t' => out.push("\\t"),
            _ if char == quote => {
                out.push("\\");
                out.push_char(char);
            }
            _ if is_printable(char) => out.push_char(char),
            '\0'..='\u{ff}' => out.push(&format!("\\x{:02x}", u32::from(char))),
            '\u{100}'..='\u{ffff}' => out.push(&format!("\\u{:04x}", u32::from(char))),
            _ => out.push(&format!("\\U{:08x}", u32::from(char))),
        }
    }
    out.push_char(quote);
}

fn repr_bytes(out: &mut WipedBytes, bytes: &[u8]) {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    out.push("b");
    out.push_char(quote);
    for byte in bytes {
        match byte {
            b'\\' => out.push("\\\\"),
            b'\n' => out.push("\\n"),
            b'\r' => out.push("\\r"),
            b'\t' => out.push("\\t"),
            _ if char::from(*byte) == quote => {
                out.push("\\");
                out.push_char(quote);
            }
            b' '..=b'~' => out.push_char(char::from(*byte)),
            _ => out.push(&format!("\\x{byte:02x}")),
        }
    }
    out.push_char(quote);
}

/// As `pprint` has it: on one line if that fits behind `indent` and before `allowance`.
fn format(out: &mut WipedBytes, value: &Value, indent: isize, allowance: isize) {
    let mut line = WipedBytes::default();
    repr(&mut line, value, true);
    if width(&line) <= WIDTH - indent - allowance {
        return out.push(str::from_utf8(line.as_bytes()).unwrap_or_default());
    }
    match value {
        Value::Map(map) if !map.is_empty() => {
            out.push("{");
            let last = map.len() - 1;
            for (at, (key, value)) in sorted(map).into_iter().enumerate() {
                let mut name = WipedBytes::default();
                repr(&mut name, key, true);
                out.push(str::from_utf8(name.as_bytes()).unwrap_or_default());
                out.push(": ");
                let allowance = if at == last { allowance + 1 } else { 1 };
                format(out, value, indent + 1 + width(&name) + 2, allowance);
                if at < last {
                    break_line(out, ",", indent + 1);
                }
            }
            out.push("}");
        }
        Value::List(list) if !list.is_empty() => {
            out.push("[");
            let last = list.len() - 1;
            for (at, element) in list.iter().enumerate() {
                let allowance = if at == last { allowance + 1 } else { 1 };
                format(out, element, indent + 1, allowance);
                if at < last {
                    break_line(out, ",", indent + 1);
                }
            }
            out.push("]");
        }
        Value::Text(text) => format_text(out, text, indent, allowance),
        _ => out.push(str::from_utf8(line.as_bytes()).unwrap_or_default()),
    }
}

/// A text over several lines: a piece for each of its own, and those too long by words.
fn format_text(out: &mut WipedBytes, text: &str, indent: isize, allowance: isize) {
    let wide = WIDTH - indent;
    let lines = lines(text, true);
    let mut pieces: Vec<Zeroizing<String>> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let is_last = at + 1 == lines.len();
        if repr_width(line) <= wide - if is_last { allowance } else { 0 } {
            pieces.push(Zeroizing::new((*line).to_owned()));
            continue;
        }
        let words = words(line);
        let mut current = Zeroizing::new(String::with_capacity(line.len()));
        for (at, word) in words.iter().enumerate() {
            let is_end = is_last && at + 1 == words.len();
            let candidate = Zeroizing::new([&**current, word].concat());
            if repr_width(&candidate) > wide - if is_end { allowance } else { 0 } {
                if !current.is_empty() {
                    pieces.push(current);
                }
                current = Zeroizing::new((*word).to_owned());
            } else {
                current = candidate;
            }
        }
        if !current.is_empty() {
            pieces.push(current);
        }
    }
    for (at, piece) in pieces.iter().enumerate() {
        if at > 0 {
            break_line(out, "", indent);
        }
        repr_text(out, piece);
    }
}

/// What `\S*\s*` finds.
fn words(line: &str) -> Vec<&str> {
    let (mut words, mut rest) = (Vec::new(), line);
    while !rest.is_empty() {
        let space = rest.find(is_space).unwrap_or(rest.len());
        let after = rest[space..].find(|char| !is_space(char)).map_or(rest.len(), |it| space + it);
        words.push(&rest[..after]);
        rest = &rest[after..];
    }
    words
}

fn break_line(out: &mut WipedBytes, end: &str, indent: isize) {
    out.push(end);
    out.push("\n");
    out.push(&" ".repeat(indent.unsigned_abs()));
}

fn repr_width(text: &str) -> isize {
    let mut repr = WipedBytes::default();
    repr_text(&mut repr, text);
    width(&repr)
}

/// In characters.
fn width(text: &WipedBytes) -> isize {
    // Bytes that go on with a character start none.
    text.as_bytes().iter().filter(|byte| **byte & 0xc0 != 0x80).count().cast_signed()
}

/// Entries in the order that `pprint` gives them: by key, and by the name of its type where two
/// keys cannot be compared. Put in one by one, because that is no order of all.
fn sorted(map: &[(Value, Value)]) -> Vec<&(Value, Value)> {
    let mut sorted: Vec<&(Value, Value)> = map.iter().collect();
    if map.iter().all(|(key, _)| matches!(key, Value::Text(_))) {
        sorted.sort_by(|one, other| text_of(&one.0).cmp(text_of(&other.0)));
        return sorted;
    }
    sorted.clear();
    for entry in map {
        let at = sorted.partition_point(|there| !is_less(&entry.0, &there.0));
        sorted.insert(at, entry);
    }
    sorted
}

fn text_of(key: &Value) -> &str {
    key.as_text().unwrap_or_default()
}

fn is_less(one: &Value, other: &Value) -> bool {
    let type_name = |value: &Value| match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Bytes(_) | Value::Timestamp(_) => "bytes",
        Value::Float32(_) | Value::Float(_) => "float",
        Value::Int(_) => "int",
        Value::Text(_) => "str",
        Value::List(_) => "list",
        Value::Map(_) => "dict",
    };
    match python_order(one, other) {
        Some(order) => order.is_lt(),
        None => type_name(one) < type_name(other),
    }
}
