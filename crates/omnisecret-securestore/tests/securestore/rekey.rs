//! Another key for all of a vault, and vaults of versions 1 and 2.

use std::fs;

use omnisecret_core::{ErrorKind, SecretProvider};
use omnisecret_securestore::{KeySource, Vault};

use crate::{copy, data, store};

fn base_key() -> KeySource {
    KeySource::key_file(data("negative/base.key"))
}

/// All values, as text where they are.
fn values(vault: &Vault<'_>) -> Vec<(String, Vec<u8>)> {
    let read = |(name, value): (&str, omnisecret_core::Result<omnisecret_core::SecretValue>)| {
        (name.to_owned(), value.unwrap().expose_bytes().to_vec())
    };
    vault.iter().map(read).collect()
}

#[test]
fn every_secret_is_sealed_anew_and_reads_the_same() {
    let (_folder, path) = copy("vault50.json");
    let old = KeySource::key_file(data("vault50.key"));
    let before = Vault::open(&path, &old).unwrap();
    let mut vault = before.clone();
    for new in [KeySource::password("a new one"), KeySource::generate().unwrap()] {
        let text = fs::read_to_string(&path).unwrap();
        vault.rekey(&new).unwrap();
        vault.save().unwrap();
        let vault = Vault::open(&path, &new).unwrap();
        assert_eq!(values(&vault), values(&before));
        assert_eq!(Vault::open(&path, &old).unwrap_err().kind(), ErrorKind::Corrupt);
        let kept: Vec<_> = fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
        let sealed = |line: &str| line.contains("\"iv\": ") || line.contains("\"payload\": ");
        assert!(!text.lines().any(|line| sealed(line) && kept.iter().any(|it| it == line)));
    }
}

#[test]
fn a_password_and_its_exported_key_both_open() {
    let (_folder, path) = copy("negative/base.json");
    let password = KeySource::password("a new one");
    Vault::update(&path, &base_key(), |vault| vault.rekey(&password)).unwrap();
    let vault = Vault::open(&path, &KeySource::password("a new one")).unwrap();
    let key = KeySource::key_text(vault.export_key());
    assert_eq!(values(&Vault::open(&path, &key).unwrap()), values(&vault));
}

#[test]
fn what_others_wrote_is_rekeyed_too() {
    let (_folder, path) = copy("negative/base.json");
    let mut ours = Vault::open(&path, &base_key()).unwrap();
    Vault::update(&path, &base_key(), |vault| vault.set("theirs", "x")).unwrap();
    let new = KeySource::generate().unwrap();
    ours.set("ours", "y").unwrap();
    ours.rekey(&new).unwrap();
    ours.remove("a").unwrap();
    ours.save().unwrap();
    let vault = Vault::open(&path, &new).unwrap();
    assert!(vault.names().eq(["b", "ours", "theirs"]));
    values(&vault);
}

#[test]
fn a_save_into_a_vault_that_was_rekeyed_is_a_conflict() {
    let (_folder, path) = copy("negative/base.json");
    let mut late = Vault::open(&path, &base_key()).unwrap();
    let new = KeySource::generate().unwrap();
    Vault::update(&path, &base_key(), |vault| vault.rekey(&new)).unwrap();
    let before = fs::read(&path).unwrap();
    late.set("late", "x").unwrap();
    assert_eq!(late.save().unwrap_err().kind(), ErrorKind::Conflict);
    late.rekey(&base_key()).unwrap();
    assert_eq!(late.save().unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_rekey_that_would_lose_a_value_is_refused() {
    for case in ["tampered-hmac", "b64-nopad", "padding-00-valid-hmac"] {
        let (_folder, path) = copy(&format!("negative/{case}.json"));
        let before = fs::read(&path).unwrap();
        let new = KeySource::generate().unwrap();
        let error = Vault::update(&path, &base_key(), |vault| vault.rekey(&new)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{case}");
        assert!(error.to_string().contains("\"a\""), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before, "{case}");
    }
}

#[test]
fn a_wrong_key_rekeys_nothing() {
    let (_folder, path) = copy("negative/base.json");
    let before = fs::read(&path).unwrap();
    let new = KeySource::generate().unwrap();
    for wrong in [KeySource::password("no"), KeySource::key([7; 32])] {
        let error = Vault::update(&path, &wrong, |vault| vault.rekey(&new)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_password_that_was_typed_at_ssclients_prompt_is_mended() {
    let (_folder, path) = copy("typed-utf8-password.json");
    let fixture = crate::json("typed-utf8-password.expected.json");
    let typed = fixture["typed"].as_str().unwrap();
    let before = values(&Vault::open(&path, &KeySource::password(typed)).unwrap());
    let key = KeySource::password(typed);
    Vault::update(&path, &key, |vault| vault.rekey(&key)).unwrap();
    assert_eq!(values(&Vault::open(&path, &KeySource::password(typed)).unwrap()), before);
    let effective = fixture["effective_password"].as_str().unwrap();
    assert!(Vault::open(&path, &KeySource::password(effective)).is_err());
}

const OLD: [&str; 3] = ["v1", "v2", "v2-without-sentinel"];

fn old_keys() -> [KeySource; 2] {
    [KeySource::key_file(data("legacy/legacy.key")), KeySource::password("old p\u{e4}ssword")]
}

/// What `make.py` put in.
fn old_values(version: &str) -> Vec<(String, Vec<u8>)> {
    let mut values = vec![
        ("a", &b"value of a"[..]),
        ("digits", b"0123"),
        ("empty", b""),
        ("quoted", "say \"h\u{e9}\"\n".as_bytes()),
        ("\u{e9}", "\u{fc}".as_bytes()),
    ];
    if version == "v1" {
        values.extend([("object", &br#"{"user": "me", "port": 5432}"#[..]), ("number", b"12")]);
    } else {
        values.push(("binary", &[0xff, 0]));
    }
    values.sort_unstable();
    values.into_iter().map(|(name, value)| (name.to_owned(), value.to_vec())).collect()
}

#[test]
fn vaults_of_versions_1_and_2_are_read_and_not_written() {
    for (version, key) in OLD.iter().flat_map(|version| old_keys().map(|key| (version, key))) {
        let (_folder, path) = copy(&format!("legacy/{version}.json"));
        let before = fs::read(&path).unwrap();
        let mut vault = Vault::open(&path, &key).unwrap();
        assert_eq!(values(&vault), old_values(version));
        assert_eq!(vault.document().version(), if *version == "v1" { 1 } else { 2 });
        assert_eq!(vault.set("a", "x").unwrap_err().kind(), ErrorKind::Unsupported);
        assert_eq!(vault.remove("a").unwrap_err().kind(), ErrorKind::Unsupported);
        vault.save().unwrap();
        assert_eq!(fs::read(&path).unwrap(), before);
        for wrong in [KeySource::password("no"), KeySource::key([7; 32])] {
            assert_eq!(Vault::open(&path, &wrong).unwrap_err().kind(), ErrorKind::Corrupt);
        }
    }
}

#[test]
fn an_upgrade_writes_version_3_under_the_same_key() {
    for (version, key) in OLD.iter().flat_map(|version| old_keys().map(|key| (version, key))) {
        let (_folder, path) = copy(&format!("legacy/{version}.json"));
        assert!(Vault::update(&path, &key, |vault| vault.upgrade(&key)).unwrap());
        let vault = Vault::open(&path, &key).unwrap();
        assert_eq!((vault.document().version(), values(&vault)), (3, old_values(version)));
        assert!(vault.verify().is_empty());
        assert!(!Vault::update(&path, &key, |vault| vault.upgrade(&key)).unwrap());
        // Nothing of the old shape is left.
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("Payload") && text.starts_with("{\n  \"version\": 3,"), "{text}");
    }
}

#[tokio::test]
async fn the_provider_refuses_old_versions() {
    for version in OLD {
        let store = store(data(&format!("legacy/{version}.json")), old_keys()[0].clone());
        let error = store.get("a").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.action().contains("vault upgrade"), "{}", error.action());
        let error = store.update("a", &"x".into()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
}
