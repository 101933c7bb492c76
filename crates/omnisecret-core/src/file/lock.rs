//! The lock of writers: a file beside the target, because the target itself is replaced.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

use super::read::io_error;
use crate::{Error, ErrorKind, Result};

/// How long a writer waits for another.
const PATIENCE: Duration = Duration::from_secs(10);

/// Held by one writer of a file at a time, of this process or another. Readers take no lock.
///
/// The file stays when the lock goes: deleting it would let two writers lock two files of one name.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Locks `.NAME.lock` beside the target, which has its symbolic links resolved.
    pub(super) fn acquire(target: &Path, of_target: &Metadata) -> Result<Self> {
        let path = beside(target, ".lock");
        let file = open(&path, of_target)?;
        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => {
                    thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(50));
                }
                Err(TryLockError::WouldBlock) => {
                    let message = format!("another writer has held {path:?} for 10 seconds");
                    return Err(Error::new(ErrorKind::Conflict, message)
                        .with_action("try again when the other writer is done"));
                }
                Err(TryLockError::Error(error)) => return Err(io_error(&path, "locked", &error)),
            }
        }
    }
}

fn open(path: &Path, of_target: &Metadata) -> Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags(flags);
    let created = options.clone().create_new(true).mode(0o600).open(path);
    let file = match created {
        Ok(file) => {
            // Whoever may write the target may lock it.
            if (of_target.uid(), of_target.gid()) != owner_of(&file, path)? {
                // Best effort: a user who is not root makes a lock file of their own.
                drop(fchown(&file, Some(of_target.uid()), Some(of_target.gid())));
            }
            let mode = fs::Permissions::from_mode(of_target.mode() & 0o666);
            file.set_permissions(mode).map_err(|error| io_error(path, "given its mode", &error))?;
            file
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => options
            .open(path)
            .or_else(|_| OpenOptions::new().read(true).custom_flags(flags).open(path))
            .map_err(|error| match fs::symlink_metadata(path) {
                Ok(metadata) if !metadata.is_file() => not_a_lock(path),
                _ => io_error(path, "opened", &error)
                    .with_action("see that you may read the lock file, or remove it"),
            })?,
        Err(error) => return Err(cannot_write_folder(path, &error)),
    };
    let metadata = file.metadata().map_err(|error| io_error(path, "read", &error))?;
    if metadata.is_file() { Ok(file) } else { Err(not_a_lock(path)) }
}

/// A link that would have us make or lock a file elsewhere, or anything else but a file.
fn not_a_lock(path: &Path) -> Error {
    Error::new(ErrorKind::InvalidConfig, format!("{path:?} is not a regular file"))
        .with_action("remove it: the lock file goes there")
}

fn owner_of(file: &File, path: &Path) -> Result<(u32, u32)> {
    let metadata = file.metadata().map_err(|error| io_error(path, "read", &error))?;
    Ok((metadata.uid(), metadata.gid()))
}

/// A file is replaced by renaming another over it, which takes the right to write its folder.
pub(super) fn cannot_write_folder(path: &Path, error: &std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        let folder = path.parent().unwrap_or(path);
        let message = format!("the folder {folder:?} does not exist");
        return Error::new(ErrorKind::InvalidConfig, message)
            .with_action("correct the path, or make the folder");
    }
    io_error(path, "created", error)
        .with_action("make the folder writable: the file is replaced as a whole, never in place")
}

/// `.NAME` with this ending, in the target's folder.
pub(super) fn beside(target: &Path, ending: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(ending);
    target.with_file_name(name)
}
