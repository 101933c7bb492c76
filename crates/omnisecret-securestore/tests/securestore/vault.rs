//! The vault as an API of its own: made, changed, saved beside other writers.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;

use omnisecret_core::{ErrorKind, SecretValue};
use omnisecret_securestore::{Document, KeySource, Vault};

use crate::{copy, data, json};

fn base_key() -> KeySource {
    KeySource::key_file(data("negative/base.key"))
}

fn text(vault: &Vault<'_>, name: &str) -> String {
    vault.get(name).unwrap().expose_str().unwrap().to_owned()
}

fn new_vault(key: &KeySource) -> (tempfile::TempDir, Vault<'static>, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault.json");
    let vault = Vault::create(&path, key).unwrap();
    (folder, vault, path)
}

#[test]
fn a_new_vault_is_an_empty_one_of_ssclients_layout_that_only_its_owner_reads() {
    let (_folder, vault, path) = new_vault(&KeySource::password("hunter2"));
    assert!(vault.is_empty());
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    let like = fs::read_to_string(data("empty.json")).unwrap();
    let without_values = |text: &str| {
        let lines = text.lines().map(|line| match line.split_once("\": \"") {
            Some((field, value)) => format!("{field} {}", value.len()),
            None => line.to_owned(),
        });
        lines.collect::<Vec<_>>()
    };
    assert_eq!(without_values(&text), without_values(&like));
    assert!(Vault::open(&path, &KeySource::password("hunter2")).is_ok());
    assert!(Vault::open(&path, &KeySource::password("hunter3")).is_err());
}

#[test]
fn a_vault_that_is_there_is_not_made_again() {
    let key = KeySource::generate().unwrap();
    let (_folder, mut vault, path) = new_vault(&key);
    vault.set("a", "x").unwrap();
    vault.save().unwrap();
    let error = Vault::create(&path, &KeySource::generate().unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(text(&Vault::open_or_create(&path, &key).unwrap(), "a"), "x");
    fs::remove_file(&path).unwrap();
    assert!(Vault::open_or_create(&path, &key).unwrap().is_empty());
}

#[test]
fn values_go_in_and_come_out_and_go() {
    let key = KeySource::generate().unwrap();
    let (_folder, mut vault, path) = new_vault(&key);
    let binary = [0xff, 0];
    vault.set("text", "é\n").unwrap();
    vault.set("binary", SecretValue::binary(binary)).unwrap();
    vault.set("", "").unwrap();
    vault.save().unwrap();
    let mut vault = Vault::open(&path, &key).unwrap();
    assert!(vault.names().eq(["", "binary", "text"]));
    assert_eq!((vault.len(), vault.contains("text"), vault.contains("Text")), (3, true, false));
    assert_eq!(*vault.get_bytes("binary").unwrap(), binary);
    assert!(!vault.get("binary").unwrap().is_text());
    let all: Vec<_> = vault.iter().map(|(name, value)| (name, value.unwrap())).collect();
    assert_eq!((all[2].0, all[2].1.expose_str().unwrap()), ("text", "é\n"));
    vault.remove("").unwrap();
    assert_eq!(vault.remove("").unwrap_err().kind(), ErrorKind::NotFound);
    vault.save().unwrap();
    assert!(Vault::open(&path, &key).unwrap().names().eq(["binary", "text"]));
}

#[test]
fn a_vault_comes_from_bytes_a_reader_or_a_value_and_has_no_file_then() {
    let bytes = fs::read(data("negative/base.json")).unwrap();
    for mut vault in [
        Vault::from_slice(&bytes, &base_key()).unwrap(),
        Vault::from_reader(&*bytes, &base_key()).unwrap(),
        Vault::from_value(&json("negative/base.json"), &base_key()).unwrap(),
    ] {
        assert_eq!(text(&vault, "a"), "value of a");
        vault.set("a", "new").unwrap();
        assert_eq!(vault.save().unwrap_err().kind(), ErrorKind::InvalidConfig);
        let again = vault.to_bytes();
        assert_eq!(text(&Vault::from_slice(&again, &base_key()).unwrap(), "a"), "new");
    }
}

#[test]
fn a_save_takes_up_what_others_have_written() {
    let (_folder, path) = copy("negative/base.json");
    let open = || Vault::open(&path, &base_key()).unwrap();
    let (mut ours, mut theirs) = (open(), open());
    theirs.set("theirs", "1").unwrap();
    theirs.set("both", "theirs").unwrap();
    theirs.remove("a").unwrap();
    theirs.save().unwrap();
    ours.set("ours", "2").unwrap();
    ours.set("both", "ours").unwrap();
    ours.remove("b").unwrap();
    ours.save().unwrap();
    for vault in [ours, open()] {
        assert!(vault.names().eq(["both", "ours", "theirs"]), "{vault:?}");
        assert_eq!(text(&vault, "both"), "ours");
    }
}

#[test]
fn a_save_without_changes_writes_nothing() {
    let (_folder, path) = copy("negative/compact.json");
    let before = fs::metadata(&path).unwrap().ino();
    Vault::open(&path, &base_key()).unwrap().save().unwrap();
    Vault::update(&path, &base_key(), |vault| vault.get("a")).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().ino(), before);
}

#[test]
fn a_failed_change_leaves_the_file_alone() {
    let (_folder, path) = copy("negative/base.json");
    let before = fs::read(&path).unwrap();
    let failed = Vault::update(&path, &base_key(), |vault| {
        vault.set("a", "new")?;
        vault.remove("no such name")
    });
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn an_exported_key_is_the_text_that_ssclient_exports() {
    for fixture in ["vault50", "binary", "utf8-password"] {
        let key = KeySource::key_file(data(&format!("{fixture}.key")));
        let vault = Vault::open(data(&format!("{fixture}.json")), &key).unwrap();
        let exported = vault.export_key();
        assert_eq!(exported.expose_bytes(), fs::read(data(&format!("{fixture}.key"))).unwrap());
        assert!(!format!("{exported:?} {vault:?}").contains("PRIVATE"));
    }
}

#[test]
fn a_digest_tells_equal_secrets_and_nothing_else() {
    let bytes = fs::read(data("negative/base.json")).unwrap();
    let mut vault = Vault::from_slice(&bytes, &base_key()).unwrap();
    let before = vault.digest("a").unwrap();
    vault.set("a", "value of a").unwrap();
    vault.set("b", "value of a").unwrap();
    assert_eq!(vault.digest("a").unwrap(), before, "sealed anew, and the same secret");
    assert_ne!(vault.digest("b").unwrap(), before, "under another name");
    vault.set("a", "another").unwrap();
    assert_ne!(vault.digest("a").unwrap(), before);
    assert_eq!(before.len(), 16);
}

#[test]
fn writers_at_once_make_one_vault_and_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault.json");
    let key = KeySource::generate().unwrap();
    thread::scope(|scope| {
        for writer in 0..4 {
            let (path, key) = (&path, &key);
            scope.spawn(move || {
                let mut vault = Vault::open_or_create(path, key).unwrap();
                for number in 0..10 {
                    vault.set(&format!("{writer}/{number}"), "x").unwrap();
                    vault.save().unwrap();
                }
            });
        }
    });
    assert_eq!(Document::open(Path::new(&path)).unwrap().len(), 40);
}
