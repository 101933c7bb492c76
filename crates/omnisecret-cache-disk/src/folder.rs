//! The folder: private, with files that are replaced as a whole and end at a time.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind as Io, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use omnisecret_core::{Error, ErrorKind, Result};
use rustix::fs::OFlags;

use crate::lock::Lock;

/// How the name of a file begins that is not in its place yet.
pub(crate) const TEMPORARY: &str = ".tmp-";

/// No record is larger: more is somebody else's file.
pub(crate) const MAX_BYTES: u64 = 16 << 20;

/// Longer than anybody keeps anything, and no overflow when the time of day is added.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn open(path: PathBuf) -> Result<Self> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(|error| failed(&path, "made", &error).with_action("name another folder"))?;
        let path = fs::canonicalize(&path).map_err(|error| failed(&path, "opened", &error))?;
        let metadata = fs::metadata(&path).map_err(|error| failed(&path, "opened", &error))?;
        let refused = |reason: &str, action: &'static str| {
            let message = format!("the cache folder {path:?} {reason}");
            Err(Error::new(ErrorKind::InvalidConfig, message).with_action(action))
        };
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            return refused("belongs to another user", "name a folder of your own");
        }
        if metadata.mode() & 0o022 != 0 {
            return refused("may be written by others", "make its mode 0700");
        }
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Keeps other writers out until it drops.
    pub(crate) fn lock(&self) -> Result<Lock> {
        Lock::acquire(&self.0.join(".lock"))
    }

    /// The content of a file, unless there is none or its time is over.
    pub(crate) fn read(&self, name: &str, now: SystemTime) -> Result<Option<Vec<u8>>> {
        let path = self.0.join(name);
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let file = match OpenOptions::new().read(true).custom_flags(flags).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == Io::NotFound => return Ok(None),
            Err(error) => return Err(failed(&path, "opened", &error)),
        };
        let read = || -> io::Result<Option<Vec<u8>>> {
            let metadata = file.metadata()?;
            if !metadata.is_file() || metadata.len() > MAX_BYTES || metadata.modified()? <= now {
                return Ok(None);
            }
            let mut content = Vec::new();
            (&file).take(MAX_BYTES).read_to_end(&mut content)?;
            Ok(Some(content))
        };
        read().map_err(|error| failed(&path, "read", &error))
    }

    /// Puts a file in its place, old content or new at every moment. It ends at its time of
    /// modification, `ttl` from now. Nothing is synced: what a power failure tears does not open.
    pub(crate) fn write(
        &self,
        name: &str,
        content: &[u8],
        now: SystemTime,
        ttl: Duration,
    ) -> Result<()> {
        let (path, end) = (self.0.join(name), now + ttl.min(LONGEST));
        let write = || -> io::Result<()> {
            // Mode 0600, under a name that is not there.
            let mut temporary = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(&self.0)?;
            temporary.write_all(content)?;
            temporary.as_file().set_modified(end)?;
            temporary.persist(&path)?;
            Ok(())
        };
        write().map_err(|error| failed(&path, "written", &error))
    }

    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        let path = self.0.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != Io::NotFound => Err(failed(&path, "removed", &error)),
            _ => Ok(()),
        }
    }
}

pub(crate) fn failed(path: &Path, done: &str, error: &io::Error) -> Error {
    let kind = match error.kind() {
        Io::PermissionDenied | Io::ReadOnlyFilesystem => ErrorKind::PermissionDenied,
        Io::NotADirectory | Io::AlreadyExists => ErrorKind::InvalidConfig,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, format!("{path:?} cannot be {done}: {}", error.kind())).with_retryable(false)
}

/// Opens a file of ours for locking, making it if it is not there.
pub(crate) fn open_private(path: &Path) -> Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags)
        .open(path)
        .map_err(|error| failed(path, "opened", &error))
}
