//! The store on disk: its rules, its folder, and what a killed writer leaves.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod folder;
mod killed;
mod level;

use std::sync::Arc;
use std::time::Duration;

use omnisecret_cache_disk::DiskStore;
use omnisecret_core::seal::{CacheStore, Put, StoreKey};
use omnisecret_testkit::check_store;

const LONG: Duration = Duration::from_secs(60);

fn key(number: u8) -> StoreKey {
    StoreKey::new([number; 32])
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

async fn put(store: &DiskStore, number: u8, record: &[u8], ttl: Duration) -> bool {
    store.put(&key(number), &Put::new(record, 1, ttl)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_a_store() {
    let folder = folder();
    let open = || Arc::new(DiskStore::open(folder.path()).unwrap());
    check_store(open(), open()).await;
}
