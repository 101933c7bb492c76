//! The lock of writers, held for one look and one rename.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use omnisecret_core::{Error, ErrorKind, Result};

use crate::folder::{failed, open_private};

/// How long a writer waits for another: as long as anybody waits for the store.
const PATIENCE: Duration = Duration::from_millis(250);

/// The operating system takes the lock back from a process that dies.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    pub(crate) fn acquire(path: &Path) -> Result<Self> {
        let file = open_private(path)?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                // Not `lock`, which would keep a thread for as long as the other process hangs.
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => {
                    thread::sleep(Duration::from_micros(500));
                }
                Err(TryLockError::WouldBlock) => {
                    let message = "another process does not let go of the cache folder's lock";
                    return Err(Error::new(ErrorKind::Unavailable, message));
                }
                Err(TryLockError::Error(error)) => return Err(failed(path, "locked", &error)),
            }
        }
    }
}
