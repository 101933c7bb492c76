//! What `omnisecret vault import` takes: a letter for the form, and the text.
//!
//! The modules are the program's own, which has no library.

#![cfg_attr(fuzzing, no_main)]

use std::collections::BTreeMap;
use std::ops::Deref;

use omnisecret::{ErrorKind, Result, SecretValue};

/// What the modules find above them in the program.
type Secrets = Vec<(String, SecretValue)>;

#[path = "../../../crates/omnisecret-cli/src/commands/variables/dotenv.rs"]
mod dotenv;
#[path = "../../../crates/omnisecret-cli/src/commands/vault/json.rs"]
mod json;
#[path = "../../../crates/omnisecret-cli/src/commands/vault/text.rs"]
mod text;

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

pub(crate) fn run(data: &[u8]) {
    let Some((form, input)) = data.split_first() else { return };
    match (form, std::str::from_utf8(input)) {
        (b'j', _) => json_comes_back(input),
        (b't', Ok(input)) => lines_come_back(input),
        (b'd', Ok(input)) => assignments_come_back(input, dotenv::parse_dotenv, dotenv::dotenv),
        (b's', Ok(input)) => assignments_come_back(input, dotenv::parse_shell, dotenv::shell),
        _ => {}
    }
}

fn json_comes_back(input: &[u8]) {
    let Some(secrets) = accepted(json::parse(input)) else { return };
    let array = json::array(&secrets).expect("secrets are JSON");
    assert_same(&json::parse(array.as_bytes()).expect("our own array"), &secrets);
    let object = json::object(&secrets).expect("secrets are JSON");
    // An object has each name once, and in order.
    let once: BTreeMap<_, _> = secrets.into_iter().collect();
    assert_same(
        &json::parse(object.as_bytes()).expect("our own object"),
        &once.into_iter().collect(),
    );
}

fn lines_come_back(input: &str) {
    let Some(secrets) = accepted(text::parse(input)) else { return };
    // Nothing is escaped, so the one line end that a line can hold is taken for a part of its own.
    if secrets.iter().all(|(_, value)| !value.expose_bytes().ends_with(b"\r")) {
        assert_same(&text::parse(&text::lines(&secrets)).expect("our own lines"), &secrets);
    }
    for (_, value) in &secrets {
        assert!(!text::printable(value).contains('\n'));
    }
}

fn assignments_come_back<W: Deref<Target = String>>(
    input: &str,
    parse: fn(&str) -> Result<Secrets>,
    write: fn(&str, &str) -> Result<W>,
) {
    // Any text is a value, unless there is no way to write it down.
    if let Some(written) = accepted(write("NAME", input)) {
        let one = parse(&written).expect("our own assignment");
        assert_same(&one, &vec![("NAME".to_owned(), SecretValue::text(input))]);
    }

    let Some(mut secrets) = accepted(parse(input)) else { return };
    // What no export writes is not held to come back.
    let mut written = String::new();
    secrets.retain(|(name, value)| {
        let text = value.expose_str().expect("assignments are text");
        let line = accepted(write(name, text)).filter(|_| is_variable(name));
        line.inspect(|line| written.push_str(line)).is_some()
    });
    assert_same(&parse(&written).expect("our own assignments"), &secrets);
}

fn is_variable(name: &str) -> bool {
    name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
        && name.starts_with(|first: char| !first.is_ascii_digit())
}

fn accepted<T>(parsed: Result<T>) -> Option<T> {
    parsed.map_err(|error| assert_eq!(error.kind(), ErrorKind::InvalidValue)).ok()
}

fn assert_same(one: &Secrets, other: &Secrets) {
    let shown = |secrets: &Secrets| -> Vec<_> {
        let bytes = |(name, value): &(String, SecretValue)| {
            (name.clone(), value.is_text(), value.expose_bytes().to_vec())
        };
        secrets.iter().map(bytes).collect()
    };
    assert_eq!(shown(one), shown(other));
}
