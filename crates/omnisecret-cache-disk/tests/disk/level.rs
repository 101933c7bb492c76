//! The layer on a folder: what a restart finds, and what somebody who looks into it finds.

use std::fs;
use std::path::Path;

use omnisecret_cache_disk::DiskStore;
use omnisecret_core::seal::{Keyring, Namespace, Shared};
use omnisecret_core::{Memory, Origin, SecretProvider, SecretValue};
use omnisecret_testkit::canary::{CANARY, leaks_of};

use crate::folder;

const KEY: &[u8] = b"8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92";
const PATH: &str = "prod/database/of-the-canary";

fn start(folder: &Path, provider: Memory) -> Shared<Memory> {
    let namespace = Namespace::new("memory")
        .with_account("an-account-to-be-found")
        .with_region("")
        .with_endpoint("")
        .with_role_chain([""; 0]);
    let store = DiskStore::open(folder).unwrap();
    Shared::builder(provider, store, Keyring::parse(KEY).unwrap(), namespace).build().unwrap()
}

#[tokio::test]
async fn a_restart_finds_what_was_fetched() {
    let folder = folder();
    let before = start(folder.path(), Memory::from_iter([("a", SecretValue::binary(*b"\0\xff"))]));
    before.get("a").await.unwrap();
    drop(before);
    let after = start(folder.path(), Memory::new()).get("a").await.unwrap();
    assert_eq!((after.origin(), after.expose_bytes()), (Origin::Cache, &b"\0\xff"[..]));
    assert!(!after.value().is_text());
}

#[tokio::test]
async fn neither_names_nor_contents_of_files_say_anything() {
    let folder = folder();
    let shared = start(folder.path(), Memory::from_iter([(PATH, CANARY)]));
    shared.get(PATH).await.unwrap();
    shared.update(PATH, &CANARY.into()).await.unwrap();
    shared.get(PATH).await.unwrap();
    let mut all = format!("{shared:?}");
    for entry in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        all += &format!("{:?} {:?}", entry.file_name(), fs::read(entry.path()).unwrap());
    }
    assert!(all.len() > 500, "there is something to look at");
    for secret in [CANARY, PATH, "an-account-to-be-found"] {
        assert_eq!(leaks_of(secret.as_bytes(), &all), None, "{secret}");
    }
}
