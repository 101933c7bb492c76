//! Vaults that the original tools made, read to the values that went in.

use std::collections::BTreeMap;

use omnisecret_core::{ErrorKind, GetOptions, ListOptions, SecretProvider};
use omnisecret_securestore::{Document, KeySource, Vault};

use crate::{data, json, store};

/// What a fixture holds, by name.
fn expected(fixture: &str) -> BTreeMap<String, Vec<u8>> {
    if fixture == "binary" {
        let hex = json("binary.expected-hex.json");
        let unhex = |text: &str| {
            let digits: Vec<_> = text.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
            digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
        };
        let pairs = hex.as_object().unwrap().iter();
        return pairs.map(|(name, hex)| (name.clone(), unhex(hex.as_str().unwrap()))).collect();
    }
    let values = json(&format!("{fixture}.expected.json"));
    // A vault with a password has it beside its secrets.
    let secrets = values.get("secrets").filter(|it| it.is_object()).unwrap_or(&values);
    let pairs = secrets.as_object().unwrap().iter();
    pairs.map(|(name, value)| (name.clone(), value.as_str().unwrap().into())).collect()
}

async fn reads_as_expected(vault: &str, key: KeySource, fixture: &str) {
    reads_as(vault, key, &expected(fixture)).await;
}

async fn reads_as(vault: &str, key: KeySource, expected: &BTreeMap<String, Vec<u8>>) {
    let store = store(data(vault), key);
    let all = store.get_by_path("").await.unwrap();
    assert!(all.keys().eq(expected.keys()), "{vault}: {:?}", all.keys());
    for (name, value) in expected {
        let secret = store.get(name).await.unwrap();
        assert_eq!(secret.expose_bytes(), value, "{vault}: {name:?}");
        assert!(secret.value().ct_eq(all[name].value()), "{vault}: {name:?}");
        assert_eq!(secret.value().is_text(), std::str::from_utf8(value).is_ok(), "{name:?}");
    }
    let listed = store.list("", &ListOptions::default()).await.unwrap();
    assert!(listed.iter().map(|entry| &entry.path).eq(expected.keys()), "{vault}");
}

#[tokio::test]
async fn every_vault_of_ssclient_opens_with_its_key_file() {
    for fixture in [
        "binary",
        "empty-password",
        "keyonly",
        "long-password",
        "newline-password",
        "short-password",
        "spaces-password",
        "typed-utf8-password",
        "utf8-password",
    ] {
        let key = KeySource::key_file(data(&format!("{fixture}.key")));
        reads_as_expected(&format!("{fixture}.json"), key, fixture).await;
    }
}

#[tokio::test]
async fn a_vault_of_fifty_odd_names_opens_with_each_form_of_its_key() {
    let armour = std::fs::read_to_string(data("vault50.key")).unwrap();
    let raw = std::fs::read(data("vault50.raw.key")).unwrap();
    for key in [
        KeySource::key_file(data("vault50.key")),
        KeySource::key_file(data("vault50.raw.key")),
        KeySource::key(raw),
        KeySource::key_text(armour),
        KeySource::password_file(data("vault50.password.txt")),
    ] {
        reads_as_expected("vault50.json", key, "vault50").await;
    }
}

#[tokio::test]
async fn an_order_and_escapes_of_the_dotnet_client_are_read() {
    let password = || KeySource::password_file(data("vault50.password.txt"));
    reads_as_expected("dotnet-style.json", password(), "dotnet-style").await;
    // That client has merged two names that differ in Unicode's normal form alone.
    let mut resaved = expected("vault50");
    let composed = resaved.remove("caf\u{e9}").unwrap();
    resaved.insert("cafe\u{301}".into(), composed);
    reads_as("vault50.dotnet-resaved.json", password(), &resaved).await;
}

#[tokio::test]
async fn a_password_is_taken_as_it_is() {
    for kind in ["empty", "long", "newline", "short", "spaces", "utf8"] {
        let fixture = format!("{kind}-password");
        let password = json(&format!("{fixture}.expected.json"))["password"].clone();
        let key = KeySource::password(password.as_str().unwrap());
        reads_as_expected(&format!("{fixture}.json"), key, &fixture).await;
    }
}

#[tokio::test]
async fn a_password_that_was_typed_at_ssclients_prompt_opens_the_vault() {
    let fixture = "typed-utf8-password";
    let expected = json(&format!("{fixture}.expected.json"));
    for form in ["typed", "effective_password"] {
        let key = KeySource::password(expected[form].as_str().unwrap());
        reads_as_expected(&format!("{fixture}.json"), key, fixture).await;
    }
}

#[tokio::test]
async fn an_empty_vault_has_nothing_in_it() {
    let store = store(data("empty.json"), KeySource::key_file(data("empty.key")));
    assert!(store.get_by_path("").await.unwrap().is_empty());
    assert_eq!(store.get("a").await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn names_are_listed_without_a_key() {
    let store = store(data("vault50.json"), KeySource::key_file("/nowhere"));
    assert_eq!(store.list("", &ListOptions::default()).await.unwrap().len(), 50);
    assert!(store.path_exists("db:password").await.unwrap());
    assert!(!store.path_exists("no such name").await.unwrap());
}

#[tokio::test]
async fn a_wrong_key_shows_even_where_the_name_is_missing() {
    let store = store(data("vault50.json"), KeySource::key([7; 32]));
    assert_eq!(store.get("no such name").await.unwrap_err().kind(), ErrorKind::Corrupt);
    let many = store.get_many(&["no such name"], &GetOptions::default()).await;
    assert_eq!(many[0].as_ref().unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn a_vault_comes_from_a_slice_a_reader_or_a_value() {
    let bytes = std::fs::read(data("keyonly.json")).unwrap();
    let key = KeySource::key_file(data("keyonly.key"));
    for document in [
        Document::from_slice(&bytes).unwrap(),
        Document::from_reader(&*bytes).unwrap(),
        Document::from_value(&json("keyonly.json")).unwrap(),
        Document::open(data("keyonly.json")).unwrap(),
    ] {
        let vault = document.unlock(&key).unwrap();
        assert_eq!(vault.get("foo").unwrap().expose_str().unwrap(), "bar");
        assert_eq!(vault.to_bytes(), bytes);
    }
}

#[test]
fn a_vault_in_ssclients_layout_is_written_back_to_the_byte() {
    for fixture in ["binary", "empty", "keyonly", "utf8-password", "vault50", "vector-vault"] {
        let bytes = std::fs::read(data(&format!("{fixture}.json"))).unwrap();
        let key = KeySource::key_file(data(&format!("{fixture}.key")));
        let vault = Document::from_slice(&bytes).unwrap().unlock(&key).unwrap();
        assert!(vault.to_bytes() == bytes, "{fixture}");
    }
}

#[test]
fn a_part_of_a_vault_is_read_from_any_layout() {
    let key = KeySource::key_file(data("negative/base.key"));
    for fixture in ["base", "compact", "reordered", "crlf", "sentinel-missing"] {
        let path = data(&format!("negative/{fixture}.json"));
        let names = Document::names_in(&path).unwrap();
        assert!(names.iter().eq(["a", "b"]), "{fixture}: {names:?}");
        let whole = Vault::open(&path, &key).unwrap().get("b").unwrap();
        assert!(Vault::read(&path, &key, "b").unwrap().ct_eq(&whole), "{fixture}");
        let error = Vault::read(&path, &key, "nope").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
    let error = Document::names_in(data("negative/truncated-half.json")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}
