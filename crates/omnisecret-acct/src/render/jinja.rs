//! The renderer `jinja`: a template without access to anything but itself.
//!
//! What minijinja writes otherwise than Jinja is put right here or taken away: a template is to be
//! refused rather than to become another document.

use std::collections::BTreeMap;
use std::thread;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{
    AutoEscape, Environment, ErrorKind as Fault, Output, State, UndefinedBehavior, Value, context,
    escape_formatter,
};
use minijinja_contrib::globals::joiner;
use minijinja_contrib::pycompat::unknown_method_callback;
use omnisecret_core::{Error, ErrorKind, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::base64::{Alphabet, decode};
use crate::output::{dumps, float};
use crate::tree::keys::sort_by_key;
use crate::tree::{MAX_DEPTH, Value as Tree};
use crate::yaml::quietly;

/// How many steps a template may take, of which a turn of a loop takes some ten.
const FUEL: u64 = 500_000;

/// What so many steps may need, in bytes: lists in lists drop and are written level by level.
const STACK: usize = 512 << 20;

/// What Python's `quote` writes as `%XX`.
const TO_QUOTE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~').remove(b'/');

type Answer<T> = std::result::Result<T, minijinja::Error>;

/// Renders with acct's two filters, Python's methods that read, and an empty `params`. There is no
/// `hub`, and no file is included.
///
/// # Errors
/// [`ErrorKind::InvalidValue`] with the line for a template that does not render, an unknown
/// variable among that; [`ErrorKind::Unavailable`] if the system gives no thread;
/// [`ErrorKind::Unexpected`] if the renderer panics.
pub(super) fn render(template: &str) -> Result<Zeroizing<String>> {
    thread::scope(|scope| {
        let renderer = thread::Builder::new().stack_size(STACK);
        // The message of a panic could quote the template.
        let work = || quietly(|| render_here(template));
        let renderer = renderer.spawn_scoped(scope, work).map_err(|error| {
            let message = format!("no thread can be started for a template: {error}");
            Error::new(ErrorKind::Unavailable, message).with_action("allow more threads or memory")
        })?;
        let rendered = renderer.join().ok().flatten();
        rendered.unwrap_or_else(|| {
            Err(Error::new(ErrorKind::Unexpected, "the template cannot be rendered"))
        })
    })
}

fn render_here(template: &str) -> Result<Zeroizing<String>> {
    let params = BTreeMap::<&str, Value>::new();
    let rendered = environment().render_str(template, context! { params });
    rendered.map(Zeroizing::new).map_err(|error| {
        // Its own text quotes the template.
        let line = error.line().map_or_else(String::new, |line| format!(" (line {line})"));
        let message = format!("the template does not render: {}{line}", error.kind());
        Error::new(ErrorKind::InvalidValue, message).with_action("correct the template there")
    })
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_formatter(write);
    environment.set_unknown_method_callback(|state, value, method, arguments| match method {
        // Fills up to any width before that costs a step.
        "format" => Err(Fault::UnknownMethod.into()),
        _ => unknown_method_callback(state, value, method, arguments),
    });
    // One that holds itself has no end when it is written.
    environment.remove_global("namespace");
    environment.add_function("joiner", joiner);
    environment.remove_filter("pprint");
    environment.add_filter("tojson", to_json);
    environment
        .add_filter("urlencode", |text: &str| utf8_percent_encode(text, TO_QUOTE).to_string());
    environment.add_filter("b64encode", |text: Option<&str>| {
        text.map_or_else(String::new, |text| BASE64_STANDARD.encode(text))
    });
    environment.add_filter("b64decode", |text: Option<&str>| {
        let bytes = decode(text.unwrap_or_default().as_bytes(), Alphabet::Standard);
        bytes
            .and_then(|bytes| String::from_utf8(bytes.to_vec()).ok())
            .ok_or_else(|| minijinja::Error::new(Fault::InvalidOperation, "no base64 of a text"))
    });
    environment
}

/// Writes what stands between `{{` and `}}`: floats as Python does.
fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Answer<()> {
    if value.kind() == ValueKind::Number && !value.is_integer() {
        return Ok(out.write_str(&float(value.clone().try_into()?))?);
    }
    escape_formatter(out, state, value)
}

/// Jinja's `tojson`: sorted, in ASCII, and without the signs that mean something in HTML.
fn to_json(value: &Value, indent: Option<u8>, options: Kwargs) -> Answer<String> {
    let indent = indent.or(options.get("indent")?);
    options.assert_all_used()?;
    let cannot = || minijinja::Error::new(Fault::InvalidOperation, "this is nothing for JSON");
    let json = dumps(&tree(value, MAX_DEPTH).ok_or_else(cannot)?, indent.map(usize::from))
        .map_err(|_| cannot())?;
    let signs = [('<', "\\u003c"), ('>', "\\u003e"), ('&', "\\u0026"), ('\'', "\\u0027")];
    Ok(signs.iter().fold(json.to_string(), |json, (sign, code)| json.replace(*sign, code)))
}

/// The value with the keys of its maps sorted; none for what JSON does not have.
fn tree(value: &Value, depth: usize) -> Option<Tree> {
    let inner = |value: &Value| tree(value, depth.checked_sub(1)?);
    Some(match value.kind() {
        ValueKind::None => Tree::Null,
        ValueKind::Bool => Tree::Bool(value.is_true()),
        ValueKind::Number if value.is_integer() => Tree::Int(value.clone().try_into().ok()?),
        ValueKind::Number => Tree::Float(value.clone().try_into().ok()?),
        ValueKind::String => Tree::Text(value.as_str()?.to_owned()),
        ValueKind::Seq => {
            Tree::List(value.try_iter().ok()?.map(|it| inner(&it)).collect::<Option<_>>()?)
        }
        ValueKind::Map => {
            let entry = |key: Value| Some((inner(&key)?, inner(&value.get_item(&key).ok()?)?));
            let mut entries = value.try_iter().ok()?.map(entry).collect::<Option<Vec<_>>>()?;
            if !sort_by_key(&mut entries, |(key, _)| key) {
                return None;
            }
            Tree::Map(entries)
        }
        _ => return None,
    })
}
