//! A document of acct that goes through jinja first. Each `$` may be shown nowhere.

#![cfg_attr(fuzzing, no_main)]

#[path = "../marker.rs"]
mod marker;

use omnisecret_acct::{Render, RenderPipe};
use omnisecret_core::ErrorKind;

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

pub(crate) fn run(data: &[u8]) {
    let text = marker::planted(data);
    let mut pipe = RenderPipe::default();
    pipe.jinja = true;
    let rendered = Render::default().pipe(pipe).read(&text);
    if let Err(error) = &rendered {
        // A pipe that a first line names and this build does not have is unsupported.
        let kinds = [ErrorKind::InvalidValue, ErrorKind::Unsupported];
        assert!(kinds.contains(&error.kind()), "{error}");
        marker::assert_quotes_nothing(error);
    }
    // Nothing to render: the document, without its last line end.
    let text: Vec<u8> = text.into_iter().filter(|byte| *byte != b'\r').collect();
    let marks: [&[u8]; 3] = [b"{{", b"{%", b"{#"];
    let has = |mark: &&[u8]| text.windows(2).any(|two| two == *mark);
    if text.starts_with(b"#!") || str::from_utf8(&text).is_err() || marks.iter().any(has) {
        return;
    }
    let read = Render::default().read(text.strip_suffix(b"\n").unwrap_or(&text));
    match (rendered, read) {
        (Ok(rendered), Ok(read)) => assert!(rendered.shows_same(&read), "{text:?}"),
        (Err(_), Err(_)) => {}
        (rendered, read) => panic!("{text:?}: {:?} and {:?}", rendered.err(), read.err()),
    }
}
