//! Writing: what changes, what stays, and what a second writer or a crash does to it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use omnisecret_core::{ErrorKind, SecretProvider, SecretValue, UpdateOptions};
use omnisecret_securestore::KeySource;

use crate::{copy, data, store};

fn entries(path: &Path) -> serde_json::Map<String, serde_json::Value> {
    let vault: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    vault["secrets"].as_object().unwrap().clone()
}

fn base_key() -> KeySource {
    KeySource::key_file(data("negative/base.key"))
}

#[tokio::test]
async fn only_the_entry_that_is_set_changes() {
    let (_folder, path) = copy("vault50.json");
    let before = entries(&path);
    let store = store(&path, KeySource::key_file(data("vault50.key")));
    let name = before.keys().nth(7).unwrap().clone();
    store.update(&name, &SecretValue::text("new")).await.unwrap();
    store.update(&name, &SecretValue::text("new")).await.unwrap();
    let after = entries(&path);
    for (other, entry) in &before {
        assert_eq!(after[other] == *entry, *other != name, "{other:?}");
    }
    assert_eq!(store.get(&name).await.unwrap().expose_str().unwrap(), "new");
}

#[tokio::test]
async fn a_missing_name_is_created_only_when_asked_for() {
    let (_folder, path) = copy("negative/base.json");
    let before = fs::read(&path).unwrap();
    let store = store(&path, base_key());
    let error = store.update("new", &SecretValue::text("x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(fs::read(&path).unwrap(), before);
    let options = UpdateOptions::default().with_create_missing(true);
    store.update_with("new", &SecretValue::binary([0xff, 0]), &options).await.unwrap();
    assert_eq!(store.get("new").await.unwrap().expose_bytes(), [0xff, 0]);
    assert_eq!(entries(&path).len(), 3);
}

#[tokio::test]
async fn a_wrong_key_writes_nothing_with_a_sentinel_or_without() {
    for fixture in ["base", "sentinel-missing"] {
        let (_folder, path) = copy(&format!("negative/{fixture}.json"));
        let before = fs::read(&path).unwrap();
        for key in [
            KeySource::password("no"),
            KeySource::key_file(data("negative/wrong-key.key")),
            KeySource::key([7; 32]),
        ] {
            let error = store(&path, key).update("a", &SecretValue::text("x")).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{fixture}");
        }
        assert_eq!(fs::read(&path).unwrap(), before, "{fixture}");
    }
}

#[tokio::test]
async fn a_missing_sentinel_is_made_and_unknown_fields_are_kept() {
    let (_folder, path) = copy("negative/sentinel-missing.json");
    store(&path, base_key()).update("a", &SecretValue::text("x")).await.unwrap();
    let vault: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert!(vault["sentinel"]["payload"].is_string());
}

#[tokio::test]
async fn fields_that_ssclient_would_drop_are_kept() {
    for (fixture, field) in
        [("unknown-top-field", r#""comment": "hi""#), ("unknown-entry-field", r#""note": "hi""#)]
    {
        let (_folder, path) = copy(&format!("negative/{fixture}.json"));
        store(&path, base_key()).update("a", &SecretValue::text("x")).await.unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(field), "{text}");
    }
}

#[tokio::test]
async fn owner_mode_and_symbolic_link_are_kept() {
    let (folder, path) = copy("negative/base.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.path().join("link.json");
    symlink(&path, &link).unwrap();
    store(&link, base_key()).update("a", &SecretValue::text("x")).await.unwrap();
    assert!(link.is_symlink());
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o640);
    assert_eq!(store(&path, base_key()).get("a").await.unwrap().expose_str().unwrap(), "x");
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
    assert_eq!(left.len(), 3, "the vault, the link and the lock: {left:?}");
}

#[tokio::test]
async fn a_file_of_several_names_is_refused_and_untouched() {
    let (folder, path) = copy("negative/base.json");
    let before = fs::read(&path).unwrap();
    fs::hard_link(&path, folder.path().join("second.json")).unwrap();
    let error = store(&path, base_key()).update("a", &SecretValue::text("x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_at_once_lose_nothing() {
    let (_folder, path) = copy("negative/base.json");
    let options = UpdateOptions::default().with_create_missing(true);
    let tasks: Vec<_> = (0..40)
        .map(|number| {
            // A provider of its own, as another process has.
            let (store, options) = (store(&path, base_key()), options.clone());
            tokio::spawn(async move {
                let value = SecretValue::text(number.to_string());
                store.update_with(&format!("n{number}"), &value, &options).await
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(entries(&path).len(), 42);
}
