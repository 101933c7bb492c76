//! The renderer `toml`, in the order of the file.

use std::str::FromStr;

use omnisecret_core::{Error, ErrorKind, Result};

use crate::tree::{MAX_DEPTH, Value};

/// Reads a document.
///
/// # Errors
/// [`ErrorKind::InvalidValue`] with the line for what is no TOML, and for a date, which acct has no
/// form for either.
pub(super) fn read(text: &str) -> Result<Value> {
    let table = toml::Table::from_str(text).map_err(|error| {
        // Its own text quotes the line.
        let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
        fault(&line.map_or_else(String::new, |line| format!(" (line {line})")))
    })?;
    value(toml::Value::Table(table), MAX_DEPTH)
}

fn fault(place: &str) -> Error {
    let message = format!("the document is not TOML that acct can hold{place}");
    Error::new(ErrorKind::InvalidValue, message).with_action("correct the document there")
}

fn value(from: toml::Value, depth: usize) -> Result<Value> {
    let below = || depth.checked_sub(1).ok_or_else(|| fault(": it nests deeper than 100 levels"));
    Ok(match from {
        toml::Value::String(text) => Value::Text(text),
        toml::Value::Integer(number) => Value::Int(number.into()),
        toml::Value::Float(number) => Value::Float(number),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Datetime(_) => return Err(fault(": it has a date, which is to be quoted")),
        toml::Value::Array(elements) => {
            let depth = below()?;
            Value::List(elements.into_iter().map(|it| value(it, depth)).collect::<Result<_>>()?)
        }
        toml::Value::Table(table) => {
            let depth = below()?;
            let entry = |(key, from)| Ok((Value::Text(key), value(from, depth)?));
            Value::Map(table.into_iter().map(entry).collect::<Result<_>>()?)
        }
    })
}
