//! A file's content in the forms that `acct decrypt --output` has, to the byte.

mod json;
mod nested;
mod python;
mod text;
#[cfg(feature = "yaml")]
mod yaml;

use std::borrow::Cow;
use std::collections::HashSet;
use std::str::FromStr;

use omnisecret_core::{Error, ErrorKind, Result, SecretValue};
#[cfg(feature = "jinja")]
use zeroize::Zeroizing;

use crate::tree::Value;
use crate::tree::keys::Keys;
use crate::wiped::WipedBytes;

#[cfg(feature = "jinja")]
pub(crate) use self::python::float;

/// A form of a whole file, by the name that acct's `--output` has for it. Each ends with a line
/// end, where `print` puts one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Form {
    /// Block YAML with sorted keys, as PyYAML writes it, and an empty line behind it.
    #[cfg(feature = "yaml")]
    Yaml,
    /// JSON in file order, indented by four, ASCII.
    Json,
    /// An outline in colours.
    Nested,
    /// Python's `pprint`.
    Pretty,
    /// Python's `str`.
    Raw,
}

impl Form {
    /// Every form.
    pub const ALL: &'static [Self] = &[
        #[cfg(feature = "yaml")]
        Self::Yaml,
        Self::Json,
        Self::Nested,
        Self::Pretty,
        Self::Raw,
    ];

    /// The name that acct's `--output` takes.
    pub const fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "yaml")]
            Self::Yaml => "yaml",
            Self::Json => "json",
            Self::Nested => "nested",
            Self::Pretty => "pretty",
            Self::Raw => "raw",
        }
    }
}

impl FromStr for Form {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.iter().copied().find(|form| form.name() == name).ok_or_else(|| {
            let known = Self::ALL.iter().map(|form| form.name()).collect::<Vec<_>>().join(", ");
            Error::new(ErrorKind::InvalidConfig, format!("not a form; known are {known}"))
                .with_action(format!("name one of {known}"))
        })
    }
}

/// The content as acct prints it.
///
/// # Errors
/// [`ErrorKind::InvalidValue`] if it holds what the form cannot show.
pub(crate) fn show(content: &Value, form: Form) -> Result<SecretValue> {
    let content = decoded(content)?;
    let mut text = WipedBytes::default();
    match form {
        #[cfg(feature = "yaml")]
        Form::Yaml => yaml::write(&mut text, &content, yaml::Style::Dumped)?,
        Form::Json => json::write(&mut text, &content, Some(4))?,
        Form::Nested => nested::write(&mut text, &content),
        Form::Pretty => python::pretty(&mut text, &content),
        Form::Raw => python::raw(&mut text, &content),
    }
    text.push("\n");
    Ok(SecretValue::from_bytes(text.take()))
}

/// The content as YAML to be edited.
///
/// # Errors
/// As [`show`].
#[cfg(feature = "yaml")]
pub(crate) fn to_text(content: &Value) -> Result<SecretValue> {
    let (content, mut text) = (decoded(content)?, WipedBytes::default());
    yaml::write(&mut text, &content, yaml::Style::Edited)?;
    Ok(SecretValue::from_bytes(text.take()))
}

/// The same, without a copy where nothing is to be changed.
fn decoded(content: &Value) -> Result<Cow<'_, Value>> {
    if is_decoded(content) {
        Ok(Cow::Borrowed(content))
    } else {
        as_decoded(content).map(Cow::Owned)
    }
}

/// Whether [`as_decoded`] would change nothing.
fn is_decoded(value: &Value) -> bool {
    const FEW: usize = 8;

    let is_text = |entry: &(Value, Value)| matches!(entry.0, Value::Text(_));
    match value {
        Value::Float32(_) | Value::Bytes(_) | Value::Timestamp(_) => false,
        Value::List(list) => list.iter().all(is_decoded),
        Value::Map(map) => {
            let is_new = |(at, (key, _)): (usize, &(Value, Value))| {
                map[..at].iter().all(|(other, _)| other.as_text() != key.as_text())
            };
            map.iter().all(|entry| is_text(entry) && is_decoded(&entry.1))
                && (map.len() <= FEW && map.iter().enumerate().all(is_new)
                    || map.len() > FEW && has_new_names(map))
        }
        _ => true,
    }
}

fn has_new_names(map: &[(Value, Value)]) -> bool {
    let mut names = HashSet::with_capacity(map.len());
    map.iter().all(|(key, _)| names.insert(key.as_text()))
}

/// The content as acct has it after `decode_dict`: bytes are texts, and of equal keys the first
/// stays with the last value.
pub(crate) fn as_decoded(value: &Value) -> Result<Value> {
    Ok(match value {
        Value::Float32(number) => Value::Float((*number).into()),
        Value::Bytes(_) => match value.as_text() {
            Some(text) => Value::Text(text.to_owned()),
            None => value.clone(),
        },
        Value::Timestamp(_) => return Err(cannot_show("a msgpack timestamp")),
        Value::List(list) => Value::List(list.iter().map(as_decoded).collect::<Result<_>>()?),
        Value::Map(map) => {
            let (mut entries, mut keys) = (Vec::with_capacity(map.len()), Keys::default());
            for (key, value) in map {
                let (key, value) = (as_decoded(key)?, as_decoded(value)?);
                match keys.insert(&entries, &key) {
                    Some(at) => entries[at].1 = value,
                    None => entries.push((key, value)),
                }
            }
            Value::Map(entries)
        }
        value => value.clone(),
    })
}

/// What `json.dumps` writes: in one line, or in lines with so many spaces more at each level.
///
/// # Errors
/// As [`show`].
#[cfg(feature = "jinja")]
pub(crate) fn dumps(content: &Value, indent: Option<usize>) -> Result<Zeroizing<String>> {
    let mut text = WipedBytes::default();
    json::write(&mut text, content, indent)?;
    let text = String::from_utf8(text.take());
    Ok(text.map_err(|_| cannot_show("bytes that are no text"))?.into())
}

fn cannot_show(what: &str) -> Error {
    Error::new(ErrorKind::InvalidValue, format!("the file holds {what}, which has no such form"))
        .with_action("take another form, or get its profiles one by one")
}

/// Python's `repr` of a scalar, as the recorded answers have it.
#[cfg(all(test, feature = "yaml"))]
pub(crate) fn repr(value: &Value) -> String {
    let mut text = WipedBytes::default();
    python::raw(&mut text, value);
    String::from_utf8(text.take()).unwrap_or_default()
}
