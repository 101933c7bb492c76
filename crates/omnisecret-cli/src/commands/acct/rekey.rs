//! `acct rekey`.

use std::path::{Path, PathBuf};

use omnisecret::acct::{Document, FileKey};
use omnisecret::{Error, ErrorKind, Result, file};

use super::args::{Acct, Rekey};
use super::keys::{self, NewKey};
use super::of_file;
use crate::output::Output;

/// All files are opened and sealed anew before the first is replaced, so a wrong key or a damaged
/// file leaves all as they were. A file that the new key opens is done: a rekey that was killed
/// goes on where it was.
pub(super) fn rekey(args: &Rekey, acct: &Acct, output: &Output) -> Result<()> {
    let named;
    let files = if args.files.is_empty() {
        named = [acct.file(None)?];
        &named[..]
    } else {
        &args.files
    };
    // That a file is not there shows before anybody types a key.
    files.iter().try_for_each(|path| read(path).map(drop))?;
    let old_key = keys::key(acct)?;
    let old = FileKey::new(acct.crypto_plugin, &old_key)?;
    let new_key = match &args.new_key_file {
        Some(path) => NewKey::in_file(path, acct.crypto_plugin)?,
        None => NewKey::printed(acct.crypto_plugin)?,
    };
    if new_key.is(&old_key) {
        return Err(Error::new(ErrorKind::InvalidConfig, "the new key is the one that files have")
            .with_action("name another file by --new-key-file"));
    }
    let mut is_used = false;
    let result = seal_all(files, &old, &new_key, acct, output, &mut is_used);
    if result.is_err() && !is_used {
        new_key.discard();
    }
    result
}

fn seal_all(
    files: &[PathBuf],
    old: &FileKey,
    new_key: &NewKey,
    acct: &Acct,
    output: &Output,
    is_used: &mut bool,
) -> Result<()> {
    let new = new_key.key(acct.crypto_plugin)?;
    for path in files {
        let sealed = sealed_anew(&read(path)?, old, &new);
        // Under another key the file may be one that was done before.
        *is_used |= sealed.map_err(|error| of_file(error, path))?.is_none();
    }
    new_key.announce(output)?;
    for path in files {
        file::update(path, file::MAX_STORE_BYTES, |sealed| {
            let anew = sealed_anew(sealed, old, &new)?;
            Ok((anew.unwrap_or_else(|| sealed.to_vec()), ()))
        })
        .map_err(|error| of_file(error, path))?;
        *is_used = true;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    file::read_sealed(path, file::MAX_STORE_BYTES)
}

/// The bytes under the new key, which have been opened and looked at; none if they are that
/// already.
fn sealed_anew(sealed: &[u8], old: &FileKey, new: &FileKey) -> Result<Option<Vec<u8>>> {
    let document = match Document::decrypt(old, sealed) {
        Ok(document) => document,
        Err(_) if Document::decrypt(new, sealed).is_ok() => return Ok(None),
        Err(error) => return Err(error),
    };
    let anew = document.encrypt(new)?;
    if !Document::decrypt(new, &anew)?.is_same(&document)? {
        return Err(Error::new(ErrorKind::Unexpected, "what was sealed anew is not the same"));
    }
    Ok(Some(anew))
}
