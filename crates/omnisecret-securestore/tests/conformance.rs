//! The rules that every provider keeps, on a vault in a file.

use std::fs;
use std::path::PathBuf;

use omnisecret_core::{SecretProvider, SecretValue, UpdateOptions};
use omnisecret_securestore::{KeySource, SecureStore};
use omnisecret_testkit::{Harness, Seed};

/// An empty vault that ssclient has made, and the key that opens it.
const EMPTY: &str = include_str!("data/empty.json");
const KEY: &str = include_str!("data/empty.key");

struct VaultHarness(tempfile::TempDir);

impl VaultHarness {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder for vaults"))
    }

    fn store(path: PathBuf) -> SecureStore {
        let builder = SecureStore::builder(path).key(KeySource::key_text(KEY));
        builder.build().expect("the settings are complete")
    }
}

impl Harness for VaultHarness {
    type Provider = SecureStore;

    async fn seeded(&self, seeds: &[Seed]) -> SecureStore {
        let (_, path) = tempfile::NamedTempFile::new_in(&self.0)
            .expect("a file in the folder")
            .keep()
            .expect("the file stays");
        fs::write(&path, EMPTY).expect("a vault is written");
        let store = Self::store(path);
        let options = UpdateOptions::default().with_create_missing(true);
        for (name, value) in seeds {
            store.update_with(name, value, &options).await.expect("a secret is seeded");
        }
        store
    }

    async fn change_outside(&self, provider: &SecureStore, path: &str, value: &SecretValue) {
        let other = Self::store(provider.path().to_owned());
        other.update(path, value).await.expect("another handle writes");
    }

    fn credentials(&self) -> Vec<SecretValue> {
        vec![KEY.into()]
    }
}

omnisecret_testkit::conformance! {
    harness: VaultHarness::new(),
    capabilities: [list, update, create, binary],
    with: [outside],
    skip: { binary_that_is_utf8_stays_binary: "a vault keeps bytes alone" },
}
