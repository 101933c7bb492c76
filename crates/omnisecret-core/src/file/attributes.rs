//! Owner, mode, access control list and extended attributes: what a replaced file keeps.

use std::fs::{File, Metadata};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

use rustix::fs::{XattrFlags, fgetxattr, fgetxattr_query, flistxattr, flistxattr_query, fsetxattr};
use rustix::io::Errno;

use super::read::io_error;
use crate::{Error, ErrorKind, Result};

/// Gives the new file what the old one has, or refuses.
pub(super) fn copy(path: &Path, from: &File, of_from: &Metadata, to: &File) -> Result<()> {
    let of_to = to.metadata().map_err(|error| io_error(path, "read", &error))?;
    if (of_from.uid(), of_from.gid()) != (of_to.uid(), of_to.gid()) {
        fchown(to, Some(of_from.uid()), Some(of_from.gid())).map_err(|error| {
            io_error(path, "given back to its owner", &error)
                .with_action("run this as the file's owner")
        })?;
    }
    // Access control lists are extended attributes; they come first, because setting the mode
    // last leaves the one that was there.
    for name in names(path, from)? {
        copy_one(path, from, to, &name)?;
    }
    let mode = std::fs::Permissions::from_mode(of_from.mode() & 0o7777);
    to.set_permissions(mode).map_err(|error| io_error(path, "given its mode", &error))
}

fn names(path: &Path, file: &File) -> Result<Vec<Vec<u8>>> {
    let list = match grown(|| flistxattr_query(file), |buffer| flistxattr(file, buffer)) {
        Ok(list) => list,
        Err(Errno::NOTSUP | Errno::NOSYS) => Vec::new(),
        Err(error) => return Err(io_error(path, "read", &error.into())),
    };
    Ok(list.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect())
}

fn copy_one(path: &Path, from: &File, to: &File, name: &[u8]) -> Result<()> {
    let get =
        |file: &File| grown(|| fgetxattr_query(file, name), |buffer| fgetxattr(file, name, buffer));
    let value = match get(from) {
        Ok(value) => value,
        // Removed since it was listed.
        Err(Errno::NODATA) => return Ok(()),
        Err(error) => return Err(io_error(path, "read", &error.into())),
    };
    let Err(error) = fsetxattr(to, name, &value, XattrFlags::empty()) else { return Ok(()) };
    // A label that the system gives to every file of the folder is there already.
    if get(to).is_ok_and(|there| there == value) {
        return Ok(());
    }
    let name = String::from_utf8_lossy(name);
    let message = format!("the attribute {name:?} of {path:?} cannot be kept: {error}");
    Err(Error::new(ErrorKind::PermissionDenied, message)
        .with_action("run this as a user who may set the attribute, or remove it"))
}

/// Asks for the size, then for the bytes, until they fit.
fn grown(
    query: impl Fn() -> Result<usize, Errno>,
    read: impl Fn(&mut [u8]) -> Result<usize, Errno>,
) -> Result<Vec<u8>, Errno> {
    loop {
        let mut buffer = vec![0; query()?];
        match read(&mut buffer) {
            Ok(size) if size <= buffer.len() => {
                buffer.truncate(size);
                return Ok(buffer);
            }
            Ok(_) | Err(Errno::RANGE) => {}
            Err(error) => return Err(error),
        }
    }
}
