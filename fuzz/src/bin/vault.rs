//! The file of a SecureStore vault, with the keys of the vaults in the corpus.

#![cfg_attr(fuzzing, no_main)]

use std::path::Path;

use omnisecret_core::{ErrorKind, Result};
use omnisecret_securestore::{Document, KeySource, Vault};

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

const KEY: &str = include_str!("../../../crates/omnisecret-securestore/tests/data/keyonly.key");
const OLD_KEY: &[u8] =
    include_bytes!("../../../crates/omnisecret-securestore/tests/data/legacy/legacy.key");

pub(crate) fn run(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("vault.json");
    std::fs::write(&path, data).expect("a temporary file");

    let parsed = Document::from_slice(data);
    both_readers_say_the_same(data, &parsed);
    let names = Document::names_in(&path).map(|names| names.iter().map(str::to_owned).collect());
    assert_eq!(kinds(names), kinds(parsed.as_ref().map(names_of).map_err(Clone::clone)));

    let Ok(document) = parsed else { return };
    assert!(names_of(&document).is_sorted_by(|a, b| a < b));
    assert_eq!(names_of(&document).len(), document.len());
    if document.version() != 1 {
        what_is_written_is_read(&document);
    }
    for key in [KeySource::key_text(KEY), KeySource::key(OLD_KEY)] {
        match document.clone().unlock(&key) {
            Ok(vault) => opened(vault, &path, &key),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Corrupt),
        }
    }
}

/// A blank in front takes a file out of ssclient's layout, which has a reader of its own, and is
/// nothing to JSON.
fn both_readers_say_the_same(data: &[u8], parsed: &Result<Document<'_>>) {
    let shifted = [b" ", data].concat();
    let shown = |parsed: &Result<Document<'_>>| match parsed {
        Ok(document) => Ok((document.version(), format!("{document:?}"))),
        Err(error) => Err(error.kind()),
    };
    assert_eq!(shown(parsed), shown(&Document::from_slice(&shifted)));
}

fn what_is_written_is_read(document: &Document<'_>) {
    let bytes = document.to_bytes();
    let again = Document::from_slice(&bytes).expect("our own vault");
    assert_eq!(again.to_bytes(), bytes);
    assert_eq!(names_of(&again), names_of(document));
    let mut merged = document.clone();
    match merged.merge(Some(document), document) {
        Ok(clashes) => assert_eq!((clashes.len(), merged.to_bytes()), (0, bytes)),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Unsupported),
    }
}

fn opened(mut vault: Vault<'_>, path: &Path, key: &KeySource) {
    let values = |vault: &Vault<'_>| -> Vec<_> {
        let bytes = |(name, value): (&str, Result<_>)| (name.to_owned(), value.map(exposed));
        vault.iter().map(bytes).map(|(name, value)| (name, kinds(value))).collect()
    };
    let before = values(&vault);
    for (name, value) in before.iter().take(4) {
        assert_eq!(&kinds(Vault::read(path, key, name).map(exposed)), value, "{name:?}");
    }
    // How much is found depends on the file; that nothing is missed on what is no damage.
    if vault.verify().iter().all(|finding| !finding.is_damage()) {
        assert!(before.iter().all(|(_, value)| value.is_ok()));
    }

    match vault.set("fuzz", "a value") {
        Err(error) => assert_eq!(error.kind(), ErrorKind::Unsupported),
        Ok(()) => {
            let bytes = vault.to_bytes();
            let again = Vault::from_slice(&bytes, key).expect("our own vault");
            assert_eq!(kinds(again.get("fuzz").map(exposed)), Ok(b"a value".to_vec()));
            let others = |values: Vec<_>| -> Vec<_> {
                values.into_iter().filter(|(name, _): &(String, _)| name != "fuzz").collect()
            };
            assert_eq!(others(values(&again)), others(before));
        }
    }
}

fn exposed(value: omnisecret_core::SecretValue) -> Vec<u8> {
    value.expose_bytes().to_vec()
}

fn names_of(document: &Document<'_>) -> Vec<String> {
    document.names().map(str::to_owned).collect()
}

fn kinds<T>(result: Result<T>) -> Result<T, ErrorKind> {
    result.map_err(|error| error.kind())
}
