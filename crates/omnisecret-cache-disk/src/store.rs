//! `DiskStore`: the calls of the layer, each as a piece of blocking work on the folder.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use omnisecret_core::seal::{CacheStore, LeaseToken, Put, StoreKey};
use omnisecret_core::{Result, file};

use crate::DiskStoreBuilder;
use crate::folder::Folder;
use crate::room::{Bounds, make_room};

/// A folder of sealed records.
///
/// Cheap to clone; any number of processes may open the same folder.
#[derive(Clone)]
pub struct DiskStore {
    folder: Arc<Folder>,
    bounds: Bounds,
}

impl DiskStore {
    /// Opens the folder, making it if it is not there. Blocks for a moment.
    ///
    /// # Errors
    /// [`InvalidConfig`](omnisecret_core::ErrorKind::InvalidConfig) if the folder belongs to
    /// another user, may be written by others, or is none;
    /// [`PermissionDenied`](omnisecret_core::ErrorKind::PermissionDenied) if it cannot be made.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        Self::builder(path).open()
    }

    /// A store with other bounds than the usual ones.
    pub fn builder(path: impl Into<PathBuf>) -> DiskStoreBuilder {
        DiskStoreBuilder::new(path.into())
    }

    pub(crate) fn new(folder: Arc<Folder>, bounds: Bounds) -> Self {
        Self { folder, bounds }
    }
}

/// The stamp that stands before the record in its file.
const STAMP_BYTES: usize = 8;

fn stamp_of(content: &[u8]) -> Option<u64> {
    content.first_chunk::<STAMP_BYTES>().map(|stamp| u64::from_be_bytes(*stamp))
}

fn record_name(key: &StoreKey) -> String {
    key.to_string()
}

fn lease_name(key: &StoreKey) -> String {
    format!("{key}.lease")
}

#[async_trait]
impl CacheStore for DiskStore {
    async fn get(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        let (folder, name) = (Arc::clone(&self.folder), record_name(key));
        file::blocking(move || {
            let content = folder.read(&name, SystemTime::now())?;
            Ok(content.and_then(|content| content.get(STAMP_BYTES..).map(<[u8]>::to_vec)))
        })
        .await
    }

    async fn put(&self, key: &StoreKey, put: &Put<'_>) -> Result<bool> {
        let (folder, bounds, name) = (Arc::clone(&self.folder), self.bounds, record_name(key));
        let content = [&put.stamp.to_be_bytes(), put.record].concat();
        // The rule needs all but the bytes.
        let rule =
            Put::new(&[], put.stamp, put.ttl).with_horizon(put.horizon).with_create(put.create);
        file::blocking(move || {
            let _lock = folder.lock()?;
            let now = SystemTime::now();
            let there = folder.read(&name, now)?;
            let replaces = rule.replaces(there.as_deref().and_then(stamp_of));
            let has_room =
                replaces && make_room(&folder, &name, content.len() as u64, bounds, now)?;
            if has_room {
                folder.write(&name, &content, now, rule.ttl)?;
            }
            Ok(has_room)
        })
        .await
    }

    async fn lease(&self, key: &StoreKey, token: &LeaseToken, ttl: Duration) -> Result<bool> {
        let (folder, name, token) = (Arc::clone(&self.folder), lease_name(key), token.clone());
        file::blocking(move || {
            let _lock = folder.lock()?;
            let now = SystemTime::now();
            let is_free = folder.read(&name, now)?.is_none();
            if is_free {
                folder.write(&name, token.as_bytes(), now, ttl)?;
            }
            Ok(is_free)
        })
        .await
    }

    async fn release(&self, key: &StoreKey, token: &LeaseToken) -> Result<()> {
        let (folder, name, token) = (Arc::clone(&self.folder), lease_name(key), token.clone());
        file::blocking(move || {
            let _lock = folder.lock()?;
            match folder.read(&name, SystemTime::now())? {
                Some(held) if held == *token.as_bytes() => folder.remove(&name),
                _ => Ok(()),
            }
        })
        .await
    }
}

impl fmt::Debug for DiskStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiskStore")
            .field("folder", &self.folder.path())
            .field("bounds", &self.bounds)
            .finish()
    }
}
