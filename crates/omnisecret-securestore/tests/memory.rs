//! What a secret leaves in the memory of the process, in a process of its own.

#![cfg(target_os = "linux")]

use std::fs;

use omnisecret_core::{SecretProvider, SecretValue, UpdateOptions};
use omnisecret_securestore::{KeySource, SecureStore, Vault};
use omnisecret_testkit::memory::{canary, copies};

#[tokio::test]
async fn no_copy_outlives_the_last_handle() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault.json");
    fs::write(&path, include_str!("data/empty.json")).unwrap();
    let key = KeySource::key_text(include_str!("data/empty.key"));
    let store = SecureStore::builder(&path).key(key).build().unwrap();

    let text = canary();
    let binary = SecretValue::binary([b"\xff", text.expose_bytes()].concat());
    assert!(copies().unwrap() >= 2, "the scan sees what is there");
    let create = UpdateOptions::default().with_create_missing(true);
    store.update_with("text", &text, &create).await.unwrap();
    store.update_with("binary", &binary, &create).await.unwrap();
    drop((text, binary));
    assert_eq!(copies().unwrap(), 0, "after update");

    let all = store.get_by_path("").await.unwrap();
    let one = store.get("text").await.unwrap();
    assert!(copies().unwrap() >= 3);
    drop((all, one));
    assert_eq!(copies().unwrap(), 0, "after get");

    let old = KeySource::key_text(include_str!("data/empty.key"));
    let mut vault = Vault::open(&path, &old).unwrap();
    vault.rekey(&KeySource::generate().unwrap()).unwrap();
    vault.save().unwrap();
    assert!(vault.verify().is_empty() && vault.digest("text").is_ok());
    assert_eq!(copies().unwrap(), 0, "after rekey");
    let all: Vec<_> = vault.iter().collect();
    assert!(copies().unwrap() >= 2);
    drop(all);
    assert_eq!(copies().unwrap(), 0, "after iter");
}
