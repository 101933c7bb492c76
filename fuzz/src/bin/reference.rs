//! References in text, and the key paths in them.

#![cfg_attr(fuzzing, no_main)]

use omnisecret_core::{ErrorKind, KeyPath, MAX_PATH_BYTES, Reference, VersionSelector};

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    what_is_parsed_is_written_and_parsed_again(text);
    what_is_made_of_parts_is_written_and_parsed(text);
}

fn what_is_parsed_is_written_and_parsed_again(text: &str) {
    match text.parse::<Reference>() {
        Ok(reference) => {
            assert!(reference.path().len() <= MAX_PATH_BYTES);
            assert_same(&reference);
        }
        Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidPath),
    }
    match text.parse::<KeyPath>() {
        Ok(key_path) => {
            let again: KeyPath = key_path.to_string().parse().expect("our own text");
            assert_eq!(again, key_path);
        }
        Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidPath),
    }
}

/// Any path, version and keys have a text form: the parts stand on lines of their own.
fn what_is_made_of_parts_is_written_and_parsed(text: &str) {
    let mut parts = text.split('\n');
    let (path, version) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let Ok(reference) = Reference::new("a.b-c_9", path) else {
        return assert!(path.len() > MAX_PATH_BYTES);
    };
    let version = match version.split_at_checked(1) {
        Some(("s", stage)) if !stage.is_empty() => VersionSelector::Stage(stage.to_owned()),
        Some((_, id)) if !id.is_empty() => VersionSelector::Id(id.to_owned()),
        _ => VersionSelector::Current,
    };
    let reference = reference.with_version(version).with_key_path(KeyPath::new(parts));
    assert_same(&reference);
}

fn assert_same(reference: &Reference) {
    let again: Reference = reference.to_string().parse().expect("our own text");
    assert_eq!(&again, reference);
}
