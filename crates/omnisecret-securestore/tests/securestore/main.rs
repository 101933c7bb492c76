//! Everything that is tested on real files, in one program.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod negative;
mod positive;
mod rekey;
mod update;
mod vault;
mod verify;

use std::path::{Path, PathBuf};

use omnisecret_securestore::{KeySource, SecureStore};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn json(name: &str) -> serde_json::Value {
    let text = std::fs::read(data(name)).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn store(vault: impl Into<PathBuf>, key: KeySource) -> SecureStore {
    SecureStore::builder(vault).key(key).build().unwrap()
}

/// A copy of a fixture in a folder of its own, which it lives as long as.
fn copy(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault.json");
    std::fs::copy(data(name), &path).unwrap();
    (folder, path)
}
