//! Writers that are killed while they write: the record is the old one or a new one, never torn.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use omnisecret_cache_disk::DiskStore;
use omnisecret_core::seal::{CacheStore, Put};

use crate::{LONG, folder, key};

/// The folder that the writer below writes to; set by the test that starts it.
const FOLDER: &str = "OMNISECRET_TEST_CACHE_FOLDER";

/// How long the first writer may take to begin.
const PATIENCE: Duration = Duration::from_secs(20);

const SIZE: usize = 256 * 1024;

#[tokio::test]
async fn a_killed_writer_leaves_the_old_record_or_a_new_one() {
    let folder = folder();
    let store = DiskStore::open(folder.path()).unwrap();
    let mut found = 0;
    for round in 0..20 {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::writes_until_it_is_killed", "--ignored"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // On a busy machine a writer takes longer to begin than to write.
        let start = Instant::now();
        while store.get(&key(1)).await.unwrap().is_none() && start.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(30 + 7 * round)).await;
        // SIGKILL: nothing is cleaned up.
        writer.kill().unwrap();
        writer.wait().unwrap();
        if let Some(record) = store.get(&key(1)).await.unwrap() {
            assert_eq!(record.len(), SIZE);
            assert!(record.iter().all(|byte| *byte == record[0]), "two records in one");
            found += 1;
        }
    }
    assert!(found > 0, "no writer has written anything");
    // And the lock is free.
    let newest = Put::new(b"newest", u64::MAX, LONG);
    assert!(store.put(&key(1), &newest).await.unwrap());
}

#[tokio::test]
#[ignore = "started and killed by another test"]
async fn writes_until_it_is_killed() {
    let folder = std::env::var_os(FOLDER).expect("the folder, from the test that starts this");
    let store = DiskStore::open(folder).unwrap();
    let base = std::time::UNIX_EPOCH.elapsed().unwrap().as_micros();
    for count in 0.. {
        let record = vec![u8::try_from(count % 256).unwrap(); SIZE];
        let put = Put::new(&record, u64::try_from(base + count).unwrap(), LONG);
        store.put(&key(1), &put).await.unwrap();
    }
}
