//! The renderer `jinja`: a template without access to anything but itself.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minijinja::{AutoEscape, Environment, ErrorKind as Fault, UndefinedBehavior, Value, context};
use omnisecret_core::{Error, ErrorKind, Result};
use zeroize::Zeroizing;

use crate::base64::{Alphabet, decode};

/// How much a template may do: a loop in a loop in a loop ends.
const FUEL: u64 = 20_000_000;

/// Renders with acct's two filters and an empty `params`. There is no `hub`, and no file is
/// included.
///
/// # Errors
/// [`ErrorKind::InvalidValue`] with the line for a template that does not render, an unknown
/// variable among that.
pub(super) fn render(template: &str) -> Result<Zeroizing<String>> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.add_filter("b64encode", |text: &str| BASE64_STANDARD.encode(text));
    environment.add_filter("b64decode", |text: &str| {
        let bytes = decode(text.as_bytes(), Alphabet::Standard);
        bytes
            .and_then(|bytes| String::from_utf8(bytes.to_vec()).ok())
            .ok_or_else(|| minijinja::Error::new(Fault::InvalidOperation, "no base64 of a text"))
    });
    let params = BTreeMap::<&str, Value>::new();
    let rendered = environment.render_str(template, context! { params });
    rendered.map(Zeroizing::new).map_err(|error| {
        // Its own text quotes the template.
        let line = error.line().map_or_else(String::new, |line| format!(" (line {line})"));
        let message = format!("the template does not render: {}{line}", error.kind());
        Error::new(ErrorKind::InvalidValue, message).with_action("correct the template there")
    })
}
