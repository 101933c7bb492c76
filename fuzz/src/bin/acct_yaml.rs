//! A document of acct: `6` or `8` for the dialect, and YAML. What is read is written, and that is read
//! as the same.

#![cfg_attr(fuzzing, no_main)]

use omnisecret_acct::{Dialect, Form, Render};
use omnisecret_core::ErrorKind;

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

pub(crate) fn run(data: &[u8]) {
    let Some((dialect, text)) = data.split_first() else { return };
    let dialect = if *dialect == b'6' { Dialect::Acct6 } else { Dialect::Acct8 };
    let render = Render::default().dialect(dialect);
    let document = match render.read(text) {
        Ok(document) => document,
        // A pipe that a first line names and this build does not have is unsupported.
        Err(error) => {
            let kinds = [ErrorKind::InvalidValue, ErrorKind::Unsupported];
            return assert!(kinds.contains(&error.kind()), "{error}");
        }
    };
    let edited = document.to_text().expect("what was read is written");
    let again = render.read(edited.expose_bytes()).expect("what was written is read");
    assert!(again.shows_same(&document), "to be edited: {text:?}");
    let dumped = document.show(Form::Yaml).expect("what was read is shown");
    let again = render.read(dumped.expose_bytes()).expect("what was shown is read");
    // In another order, which no other form shows.
    let pretty = |it: &omnisecret_acct::Document| it.show(Form::Pretty).expect("it is shown");
    assert!(pretty(&again).ct_eq(&pretty(&document)), "dumped: {text:?}");
}
