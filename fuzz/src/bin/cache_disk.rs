//! The files of the second cache level on disk.

#![cfg_attr(fuzzing, no_main)]

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

use omnisecret_cache_disk::DiskStore;
use omnisecret_core::seal::{CacheStore, LeaseToken, Put, StoreKey};
use pollster::block_on;

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

const HOUR: Duration = Duration::from_secs(3600);

pub(crate) fn run(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = DiskStore::open(folder.path()).expect("a folder of our own");
    let key = StoreKey::new([7; 32]);
    put_there(&folder.path().join(key.to_string()), data);
    put_there(&folder.path().join(format!("{key}.lease")), data);

    let (stamp, record) = match data.split_first_chunk::<8>() {
        Some((stamp, record)) => (Some(u64::from_be_bytes(*stamp)), Some(record.to_vec())),
        None => (None, None),
    };
    let get = || block_on(store.get(&key)).expect("a folder of our own");
    assert_eq!(get(), record);

    // Only what is newer than the file says of itself replaces it.
    let mut expected = record;
    let mut there = stamp;
    for new in [stamp.unwrap_or(0).saturating_sub(1), stamp.unwrap_or(1), u64::MAX - 1] {
        let record = new.to_string().into_bytes();
        let put = block_on(store.put(&key, &Put::new(&record, new, HOUR)));
        let replaces = there.is_none_or(|there| there < new);
        assert_eq!(put.expect("a folder of our own"), replaces, "{new} over {there:?}");
        if replaces {
            (expected, there) = (Some(record), Some(new));
        }
        assert_eq!(get(), expected);
    }

    // Whatever is in a lease's file, it is somebody's, and nobody else gives it back.
    let token = LeaseToken::random().expect("random bytes");
    let lease = || block_on(store.lease(&key, &token, HOUR)).expect("a folder of our own");
    assert!(!lease());
    block_on(store.release(&key, &token)).expect("a folder of our own");
    assert!(!lease());
}

/// A file that ends in an hour.
fn put_there(path: &Path, bytes: &[u8]) {
    let mut file = File::create(path).expect("a temporary file");
    file.write_all(bytes).expect("a temporary file");
    file.set_modified(SystemTime::now() + HOUR).expect("a temporary file");
}
