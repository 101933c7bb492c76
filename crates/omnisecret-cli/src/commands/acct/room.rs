//! A folder for a text in the clear: its owner's alone, in memory where there is one, and removed.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{ErrorKind as Io, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use omnisecret::{Error, ErrorKind, Result};
use tempfile::TempDir;

use crate::output::complain;

/// By which the folder of a killed process is known.
const PREFIX: &str = "omnisecret-edit-";
/// Of a folder that is left on purpose.
const KEPT: &str = "omnisecret-kept-";

pub(super) struct Room {
    folder: TempDir,
    /// The folder, locked for as long as it is in use. The lock is on the folder itself: a lock
    /// file would be missing in one whose maker, or remover, was killed at the wrong moment.
    _lock: File,
}

impl Room {
    pub(super) fn new() -> Result<Self> {
        let base = match base() {
            Some(base) => base,
            None => {
                let base = std::env::temp_dir();
                complain(&format!(
                    "there is no folder in memory; the text is below {base:?} while it is edited"
                ));
                base
            }
        };
        sweep(&base);
        loop {
            let folder = folder(&base, PREFIX)?;
            // Before it is locked somebody may take it for a leftover.
            let lock = match File::open(folder.path()) {
                Err(error) if error.kind() == Io::NotFound => continue,
                opened => opened.map_err(|error| cannot(&base, &error))?,
            };
            if lock.try_lock().is_ok() && folder.path().exists() {
                return Ok(Self { folder, _lock: lock });
            }
        }
    }

    /// A file in the folder, for its owner alone.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        write(&self.folder.path().join(name), bytes)
    }

    /// Keeps a file in a folder beside this one, which nobody takes for a leftover.
    pub(super) fn keep(self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let base = self.folder.path().parent().unwrap_or_else(|| self.folder.path());
        let kept = folder(base, KEPT)?;
        let path = write(&kept.path().join(name), bytes)?;
        let _ = kept.keep();
        Ok(path)
    }
}

fn folder(base: &Path, prefix: &str) -> Result<TempDir> {
    tempfile::Builder::new()
        .prefix(prefix)
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(base)
        .map_err(|error| cannot(base, &error))
}

fn write(path: &Path, bytes: &[u8]) -> Result<PathBuf> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| cannot(path, &error))?;
    Ok(path.to_owned())
}

fn cannot(path: &Path, error: &std::io::Error) -> Error {
    let kind = match error.kind() {
        Io::PermissionDenied => ErrorKind::PermissionDenied,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, format!("{path:?} cannot be written: {}", error.kind()))
        .with_action("make room there, or set TMPDIR to another folder")
}

/// A folder whose files are never on a disk, unless the system swaps.
fn base() -> Option<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    runtime
        .into_iter()
        .chain([PathBuf::from("/dev/shm"), std::env::temp_dir()])
        .find(|folder| folder.is_absolute() && is_in_memory(folder) && is_writable(folder))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_in_memory(folder: &Path) -> bool {
    // tmpfs; its number there.
    rustix::fs::statfs(folder).is_ok_and(|of| matches!(of.f_type, 0x0102_1994))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_in_memory(_: &Path) -> bool {
    false
}

fn is_writable(folder: &Path) -> bool {
    use rustix::fs::Access;

    rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

/// Removes what processes of this user have left that were killed.
fn sweep(base: &Path) {
    let user = rustix::process::geteuid().as_raw();
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry.metadata().is_ok_and(|of| of.is_dir() && of.uid() == user);
        if is_ours
            && let Ok(lock) = File::open(entry.path())
            && lock.try_lock().is_ok()
        {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}
