//! The settings of a store on disk.

use std::path::PathBuf;
use std::sync::Arc;

use omnisecret_core::Result;

use crate::folder::Folder;
use crate::room::Bounds;
use crate::store::DiskStore;

/// Opens a [`DiskStore`] with bounds of its own.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it opens the store"]
pub struct DiskStoreBuilder {
    path: PathBuf,
    bounds: Bounds,
}

impl DiskStoreBuilder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, bounds: Bounds { records: 1000, bytes: 64 << 20 } }
    }

    /// How many records are kept at most. 1000 unless set.
    pub fn max_records(mut self, max_records: usize) -> Self {
        self.bounds.records = max_records;
        self
    }

    /// How many bytes all records may have together. 64 MiB unless set.
    pub fn max_bytes(mut self, max_bytes: u64) -> Self {
        self.bounds.bytes = max_bytes;
        self
    }

    /// Opens the folder, making it if it is not there. Blocks for a moment.
    ///
    /// # Errors
    /// As [`DiskStore::open`].
    pub fn open(self) -> Result<DiskStore> {
        let Self { path, bounds } = self;
        Ok(DiskStore::new(Arc::new(Folder::open(path)?), bounds))
    }
}
