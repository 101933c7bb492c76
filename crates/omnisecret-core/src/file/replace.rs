//! Replacing a file as a whole: the old bytes or the new ones, whatever happens in between.

use std::fs::{self, File, Metadata};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::attributes;
use super::lock::{Lock, beside, cannot_write_folder};
use super::read::{io_error, open_regular, read_open};
use crate::{Error, ErrorKind, Result};

/// The end of a temporary file's name, by which a leftover of a killed process is known.
const TEMPORARY: &str = ".omnisecret-tmp";

/// How often a change is made anew because somebody without the lock was faster.
const ATTEMPTS: usize = 10;

/// Replaces a file's bytes by what `change` makes of them, and returns what it answers beside.
///
/// Writers who call this are locked against each other (`.NAME.lock` beside the file, 10 seconds
/// at most). Against those who take no lock the file is looked at again right before it is
/// replaced, and if it is another then `change` runs again on the new bytes: nothing is lost.
/// Symbolic links are followed first, so that the link stays. Owner, mode, access control list
/// and extended attributes are kept. Where `change` gives back the same bytes, nothing is written.
///
/// # Security
/// The old bytes are not wiped, because what is in such a file is encrypted; what is made of them is
/// `change`'s to wipe.
///
/// # Errors
/// As [`read`](super::read()) for the file; [`ErrorKind::Conflict`] if another writer does not
/// let go; [`ErrorKind::InvalidConfig`] if the file has several hard links or is a mount point;
/// [`ErrorKind::InvalidValue`] if it would be larger than `limit`, so that nobody could read it;
/// [`ErrorKind::PermissionDenied`] if the folder cannot be written or an attribute cannot be
/// kept; what `change` answers. The file is untouched then.
pub fn update<T, B: AsRef<[u8]>>(
    path: &Path,
    limit: u64,
    mut change: impl FnMut(&[u8]) -> Result<(B, T)>,
) -> Result<T> {
    let target = fs::canonicalize(path).map_err(|error| io_error(path, "opened", &error))?;
    let (_, metadata) = open_regular(&target)?;
    let _lock = Lock::acquire(&target, &metadata)?;
    remove_leftovers(&target);
    for _ in 0..ATTEMPTS {
        let (file, metadata) = open_regular(&target)?;
        if metadata.nlink() > 1 {
            let message = format!("the file {path:?} has several hard links");
            return Err(Error::new(ErrorKind::InvalidConfig, message).with_action(
                "make it a file of its own: replacing it would leave the others old",
            ));
        }
        // What is in such a file is encrypted, and wiping it would take longer than all the rest.
        let mut old = Vec::new();
        read_open(&target, &file, &metadata, limit, &mut old)?;
        let (new, answer) = change(&old)?;
        let new = new.as_ref();
        if new.len() as u64 > limit {
            let message = format!("the file {path:?} would be larger than {limit} bytes");
            return Err(
                Error::new(ErrorKind::InvalidValue, message).with_action("store less in it")
            );
        }
        if new == old || replace(&target, &file, &metadata, new)? {
            return Ok(answer);
        }
    }
    Err(Error::new(ErrorKind::Conflict, format!("the file {path:?} changes all the time"))
        .with_action("try again when the other writer is done"))
}

/// Writes a file that only its owner may read, replacing one that is there.
///
/// # Errors
/// [`ErrorKind::InvalidConfig`] if the folder is not there or the path is not a regular file;
/// [`ErrorKind::PermissionDenied`] if the folder cannot be written, or if the path is a link that
/// another user has put into a folder that all may write, such as `/tmp`.
pub fn create_private(path: &Path, bytes: &[u8]) -> Result<()> {
    refuse_planted(path)?;
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&target).is_ok_and(|metadata| !metadata.is_file()) {
        let message = format!("{path:?} is not a regular file");
        return Err(Error::new(ErrorKind::InvalidConfig, message).with_action("name a file"));
    }
    remove_leftovers(&target);
    let temporary = write_temporary(&target, bytes)?;
    sync(&temporary, &target)?;
    persist(temporary, &target)
}

/// Writes a file that only its owner may read, where there is none yet.
///
/// It appears whole or not at all, and of two who make it at once one gets the error.
///
/// # Errors
/// [`ErrorKind::Conflict`] if something of that name is there; else as [`create_private`].
pub fn create_new(path: &Path, bytes: &[u8]) -> Result<()> {
    remove_leftovers(path);
    let temporary = write_temporary(path, bytes)?;
    sync(&temporary, path)?;
    temporary.persist_noclobber(path).map_err(|failed| {
        if failed.error.kind() == std::io::ErrorKind::AlreadyExists {
            let message = format!("the file {path:?} is there already");
            return Error::new(ErrorKind::Conflict, message)
                .with_action("name another file, or remove this one");
        }
        io_error(path, "created", &failed.error)
    })?;
    sync_folder(path);
    Ok(())
}

/// Linux follows no such link (`fs.protected_symlinks`), but it is we who follow here.
fn refuse_planted(path: &Path) -> Result<()> {
    const STICKY_AND_OPEN: u32 = 0o1002;
    // What cannot be looked at is for the writing to complain about.
    let Ok(link) = fs::symlink_metadata(path) else { return Ok(()) };
    let Ok(around) = fs::metadata(folder(path)) else { return Ok(()) };
    let is_open = around.mode() & STICKY_AND_OPEN == STICKY_AND_OPEN;
    let is_ours = [rustix::process::geteuid().as_raw(), around.uid()].contains(&link.uid());
    if !link.is_symlink() || !is_open || is_ours {
        return Ok(());
    }
    let message = format!("{path:?} is a link that another user has put there");
    Err(Error::new(ErrorKind::PermissionDenied, message).with_action("name another file"))
}

/// Puts the new bytes in the old ones' place; false if the file is no longer what was read.
fn replace(target: &Path, old: &File, of_old: &Metadata, bytes: &[u8]) -> Result<bool> {
    let temporary = write_temporary(target, bytes)?;
    attributes::copy(target, old, of_old, temporary.as_file())?;
    sync(&temporary, target)?;
    let now = fs::symlink_metadata(target).map_err(|error| io_error(target, "read", &error))?;
    if identity(&now) != identity(of_old) {
        return Ok(false);
    }
    persist(temporary, target)?;
    Ok(true)
}

fn identity(of: &Metadata) -> [i128; 7] {
    [
        of.dev().into(),
        of.ino().into(),
        of.size().into(),
        of.mtime().into(),
        of.mtime_nsec().into(),
        of.ctime().into(),
        of.ctime_nsec().into(),
    ]
}

/// A file beside the target with these bytes, mode 0600, not synced yet, and locked for as long as its
/// writer lives.
fn write_temporary(target: &Path, bytes: &[u8]) -> Result<NamedTempFile> {
    let mut temporary = loop {
        let temporary = tempfile::Builder::new()
            .prefix(&temporary_prefix(target))
            .suffix(TEMPORARY)
            .tempfile_in(folder(target))
            .map_err(|error| cannot_write_folder(target, &error))?;
        // Before it was locked, somebody may have taken it for a leftover.
        if temporary.as_file().try_lock().is_ok() && temporary.path().exists() {
            break temporary;
        }
    };
    temporary.write_all(bytes).map_err(|error| io_error(target, "written", &error))?;
    Ok(temporary)
}

/// The bytes and what else the file has by now.
fn sync(temporary: &NamedTempFile, target: &Path) -> Result<()> {
    temporary.as_file().sync_all().map_err(|error| io_error(target, "written", &error))
}

fn persist(temporary: NamedTempFile, target: &Path) -> Result<()> {
    temporary.persist(target).map_err(|failed| {
        if failed.error.kind() == std::io::ErrorKind::ResourceBusy {
            let message = format!("the file {target:?} is a mount point and cannot be replaced");
            return Error::new(ErrorKind::InvalidConfig, message)
                .with_action("mount its folder instead");
        }
        io_error(target, "replaced", &failed.error)
    })?;
    sync_folder(target);
    Ok(())
}

/// The file is in place; a folder that cannot be synced (some network file systems) is no loss
/// that the caller could act on.
fn sync_folder(target: &Path) {
    if let Ok(folder) = File::open(folder(target)) {
        drop(folder.sync_all());
    }
}

fn folder(target: &Path) -> PathBuf {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn temporary_prefix(target: &Path) -> std::ffi::OsString {
    beside(target, ".").file_name().unwrap_or_default().to_owned()
}

/// Removes the temporaries of killed writers: those that nobody has locked.
fn remove_leftovers(target: &Path) {
    let prefix = temporary_prefix(target);
    let Ok(entries) = fs::read_dir(folder(target)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let random = name
            .as_encoded_bytes()
            .strip_prefix(prefix.as_encoded_bytes())
            .and_then(|rest| rest.strip_suffix(TEMPORARY.as_bytes()));
        // With a dot in between it belongs to `NAME.more`, whose writers have another lock.
        if random.is_some_and(|random| !random.contains(&b'.'))
            && let Ok((file, _)) = open_regular(&entry.path())
            && file.try_lock().is_ok()
        {
            // What cannot be removed does no harm but take room.
            drop(fs::remove_file(entry.path()));
        }
    }
}
