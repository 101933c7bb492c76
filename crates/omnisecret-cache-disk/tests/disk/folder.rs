//! The folder: who may have it, what is in it, and how much.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::time::Duration;

use omnisecret_cache_disk::DiskStore;
use omnisecret_core::ErrorKind;
use omnisecret_core::seal::CacheStore;

use crate::{LONG, folder, key, put};

#[tokio::test]
async fn folder_and_files_are_the_owner_s_alone() {
    let parent = folder();
    let path = parent.path().join("new/cache");
    let store = DiskStore::open(&path).unwrap();
    assert!(put(&store, 1, b"record", LONG).await);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(&path).unwrap().map(Result::unwrap) {
        assert_eq!(entry.metadata().unwrap().mode() & 0o777, 0o600, "{entry:?}");
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, [".lock".to_owned(), "01".repeat(32)]);
}

#[test]
fn a_folder_that_others_may_write_is_refused() {
    for mode in [0o720, 0o702, 0o777, 0o1777] {
        let folder = folder();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
        let error = DiskStore::open(folder.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{mode:o}: {error}");
    }
}

#[test]
fn a_folder_of_another_user_is_refused() {
    let folder = folder();
    if chown(folder.path(), Some(12_345), None).is_err() {
        // Only root gives folders away; the root folder is somebody else's to everybody else.
        let error = DiskStore::open("/").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        return;
    }
    let error = DiskStore::open(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
}

#[test]
fn what_is_no_folder_is_refused() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = DiskStore::open(&file).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
}

#[tokio::test]
async fn a_link_is_not_followed() {
    let folder = folder();
    let store = DiskStore::open(folder.path()).unwrap();
    symlink("/etc/passwd", folder.path().join(key(1).to_string())).unwrap();
    assert!(store.get(&key(1)).await.is_err());
}

#[tokio::test]
async fn no_more_records_are_kept_than_may_be() {
    let folder = folder();
    let store = DiskStore::builder(folder.path()).max_records(3).open().unwrap();
    fs::write(folder.path().join("notes.txt"), "somebody's").unwrap();
    for number in 1..=5 {
        let ttl = LONG + Duration::from_secs(number.into());
        assert!(put(&store, number, b"record", ttl).await);
    }
    for number in 1..=5 {
        let is_there = store.get(&key(number)).await.unwrap().is_some();
        assert_eq!(is_there, number > 2, "{number}: those with the least time left go first");
    }
    assert!(folder.path().join("notes.txt").exists(), "what is not ours stays");
}

#[tokio::test]
async fn no_more_bytes_are_kept_than_may_be() {
    let folder = folder();
    let store = DiskStore::builder(folder.path()).max_bytes(3000).open().unwrap();
    for number in 1..=5 {
        let ttl = LONG + Duration::from_secs(number.into());
        assert!(put(&store, number, &[0; 992], ttl).await);
    }
    assert_eq!(store.get(&key(2)).await.unwrap(), None);
    assert!(store.get(&key(3)).await.unwrap().is_some());
    assert!(!put(&store, 9, &[0; 3000], LONG).await, "it never fits");
}

#[tokio::test]
async fn what_is_over_is_removed() {
    let folder = folder();
    let store = DiskStore::open(folder.path()).unwrap();
    assert!(put(&store, 1, b"short", Duration::from_millis(1)).await);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(put(&store, 2, b"long", LONG).await);
    assert!(!folder.path().join(key(1).to_string()).exists());
}

#[tokio::test]
async fn what_is_no_file_is_in_nobody_s_way() {
    let folder = folder();
    let store = DiskStore::open(folder.path()).unwrap();
    for name in [key(1).to_string(), ".tmp-a".to_owned()] {
        let path = folder.path().join(name);
        fs::create_dir(&path).unwrap();
        fs::File::open(&path).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    }
    assert!(put(&store, 2, b"record", LONG).await);
}
