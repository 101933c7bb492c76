//! `vault create` and `vault export-key`.

use std::path::Path;

use omnisecret::securestore::{Document, Vault};
use omnisecret::{Error, ErrorKind, Result, SecretValue, file};

use super::args::{Create, ExportKey};
use super::ignore;
use super::keys::Keys;

pub(super) fn create(args: &Create, keys: &Keys<'_>) -> Result<()> {
    let store = args.path.clone().unwrap_or_else(|| keys.store());
    // Before a key is made or a password typed for nothing.
    refuse_existing(&store)?;
    if let Some(path) = &args.export_key {
        refuse_existing(path)?;
    }
    let key = keys.new_key()?;
    let vault = key.put_to_use(args.no_vcs, |key| Vault::create(&store, key))?;
    match &args.export_key {
        Some(path) => write_key(path, &vault.export_key(), args.no_vcs),
        None => Ok(()),
    }
}

pub(super) fn export_key(args: &ExportKey, keys: &Keys<'_>) -> Result<()> {
    if !args.force {
        refuse_existing(&args.path)?;
    }
    let bytes = file::read_sealed(&keys.store(), file::MAX_STORE_BYTES)?;
    let key = Document::from_slice(&bytes)?.unlock(&keys.key()?)?.export_key();
    if args.force {
        file::create_private(&args.path, key.expose_bytes())?;
        if !args.no_vcs {
            ignore::key_file(&args.path);
        }
        return Ok(());
    }
    write_key(&args.path, &key, args.no_vcs)
}

pub(super) fn write_key(path: &Path, key: &SecretValue, no_vcs: bool) -> Result<()> {
    file::create_new(path, key.expose_bytes())?;
    if !no_vcs {
        ignore::key_file(path);
    }
    Ok(())
}

pub(super) fn refuse_existing(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Conflict, format!("the file {path:?} is there already"))
        .with_action("name another file, or remove this one"))
}
