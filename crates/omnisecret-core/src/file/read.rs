//! Opening and reading a file that somebody else may have put there.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;
use zeroize::Zeroizing;

use super::MAX_KEY_BYTES;
use crate::{Error, ErrorKind, Result};

/// The bytes of a regular file of at most `limit` bytes, wiped when they drop.
///
/// # Errors
/// [`ErrorKind::InvalidConfig`] if there is no such file, it is a folder, a pipe or a device, or
/// it is too large; [`ErrorKind::PermissionDenied`] if it may not be read.
pub fn read(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>> {
    let (file, metadata) = open_regular(path)?;
    let mut bytes = Zeroizing::default();
    read_open(path, &file, &metadata, limit, &mut bytes)?;
    Ok(bytes)
}

/// The same of a file whose bytes are no secret, because they are encrypted: wiping megabytes of
/// them byte for byte takes longer than to read them.
///
/// # Errors
/// As [`read`].
pub fn read_sealed(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let (file, metadata) = open_regular(path)?;
    let mut bytes = Vec::new();
    read_open(path, &file, &metadata, limit, &mut bytes)?;
    Ok(bytes)
}

/// A regular file of at most `limit` bytes, opened to be read a part at a time.
///
/// # Errors
/// As [`read`].
pub fn open(path: &Path, limit: u64) -> Result<File> {
    let (file, metadata) = open_regular(path)?;
    if metadata.len() > limit { Err(too_large(path, limit)) } else { Ok(file) }
}

/// The text of a password file or of a key in text form: UTF-8, less one final LF or CRLF.
///
/// # Errors
/// As [`read`], and [`ErrorKind::InvalidConfig`] if it is not UTF-8.
pub fn read_text(path: &Path) -> Result<Zeroizing<String>> {
    let mut bytes = read(path, MAX_KEY_BYTES)?;
    trim_line_end(&mut bytes);
    String::from_utf8(std::mem::take(&mut *bytes)).map(Zeroizing::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        Error::new(ErrorKind::InvalidConfig, format!("the file {path:?} is not UTF-8 text"))
    })
}

fn trim_line_end(bytes: &mut Vec<u8>) {
    if bytes.ends_with(b"\n") {
        bytes.pop();
        if bytes.ends_with(b"\r") {
            bytes.pop();
        }
    }
}

/// Opens without waiting for a pipe's other end, and accepts a regular file alone.
pub(super) fn open_regular(path: &Path) -> Result<(File, Metadata)> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(|error| {
        match fs::metadata(path) {
            // A socket, or a device that nobody is at: these do not even open.
            Ok(metadata) if !metadata.is_file() => not_regular(path),
            _ => io_error(path, "opened", &error),
        }
    })?;
    let metadata = file.metadata().map_err(|error| io_error(path, "read", &error))?;
    if metadata.is_file() { Ok((file, metadata)) } else { Err(not_regular(path)) }
}

fn not_regular(path: &Path) -> Error {
    let message = format!("{path:?} is not a regular file");
    Error::new(ErrorKind::InvalidConfig, message).with_action("name a regular file")
}

pub(super) fn read_open(
    path: &Path,
    mut file: &File,
    metadata: &Metadata,
    limit: u64,
    bytes: &mut Vec<u8>,
) -> Result<()> {
    let too_large = || too_large(path, limit);
    let size = metadata.len();
    if size > limit {
        return Err(too_large());
    }
    // One byte more than the file has, so that reading to the end moves nothing.
    let capacity = usize::try_from(size).map_err(|_| too_large())?.saturating_add(1);
    bytes.reserve_exact(capacity);
    file.by_ref()
        .take(limit + 1)
        .read_to_end(bytes)
        .map_err(|error| io_error(path, "read", &error))?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(())
}

fn too_large(path: &Path, limit: u64) -> Error {
    let message = format!("the file {path:?} is larger than {limit} bytes");
    Error::new(ErrorKind::InvalidConfig, message).with_action("name a smaller file")
}

/// What the operating system said, as a kind and a text with the file's name in it.
pub(super) fn io_error(path: &Path, done: &str, error: &io::Error) -> Error {
    use io::ErrorKind as Io;

    let cannot = |kind, reason: &str| {
        Error::new(kind, format!("the file {path:?} cannot be {done}: {reason}"))
            .with_retryable(false)
    };
    let (kind, reason) = match error.kind() {
        Io::StorageFull | Io::QuotaExceeded => {
            return cannot(ErrorKind::Unavailable, &error.kind().to_string())
                .with_action("free some space; the file is as it was");
        }
        Io::NotFound => {
            let message = format!("the file {path:?} does not exist");
            return Error::new(ErrorKind::InvalidConfig, message)
                .with_action("correct the path, or create the file");
        }
        Io::PermissionDenied => (ErrorKind::PermissionDenied, "permission denied".to_owned()),
        Io::ReadOnlyFilesystem => {
            (ErrorKind::PermissionDenied, "the file system is read-only".to_owned())
        }
        Io::NotADirectory | Io::InvalidFilename | Io::InvalidInput | Io::IsADirectory => {
            (ErrorKind::InvalidConfig, error.kind().to_string())
        }
        _ if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            (ErrorKind::InvalidConfig, "its symbolic links lead in a circle".to_owned())
        }
        other => {
            return cannot(ErrorKind::Unavailable, &other.to_string())
                .with_action("see to the disk");
        }
    };
    cannot(kind, &reason)
}
