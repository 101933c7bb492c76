//! The configuration files that the user has looked at: each with the hash of what was seen.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use omnisecret::{Error, ErrorKind, Result, file};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Canonical paths and the SHA-256 of the files, in base64.
type Records = BTreeMap<String, String>;

/// Whether the file with these bytes is one that was trusted as it is.
pub(crate) fn is_trusted(path: &Path, bytes: &[u8]) -> Result<bool> {
    let records_path = records_path()?;
    if !records_path.exists() {
        return Ok(false);
    }
    let records = parse(&records_path, &file::read(&records_path, file::MAX_CONFIG_BYTES)?)?;
    Ok(records.get(&name_of(path)) == Some(&hash_of(bytes)))
}

/// Trusts the file as it is now.
pub(crate) fn trust(path: &Path) -> Result<()> {
    let path = fs::canonicalize(path).map_err(|error| {
        let message = format!("the file {path:?} cannot be found: {}", error.kind());
        Error::new(ErrorKind::InvalidConfig, message)
    })?;
    let mut hash = String::new();
    // What is recorded must be a configuration, or the mistake shows much later.
    omnisecret::Config::load_found(&path, |bytes| {
        hash = hash_of(bytes);
        Ok(true)
    })?;
    let name = name_of(&path);
    let records_path = records_path()?;
    create(&records_path)?;
    file::update(&records_path, file::MAX_CONFIG_BYTES, |bytes| {
        let mut records = parse(&records_path, bytes)?;
        records.insert(name.clone(), hash.clone());
        let json = serde_json::to_vec_pretty(&records)
            .map_err(|_| Error::new(ErrorKind::Unexpected, "the records are not JSON"))?;
        Ok((Zeroizing::new(json), ()))
    })
}

/// Makes an empty file, unless there is one: another process may trust something just now.
fn create(records_path: &Path) -> Result<()> {
    let folder = records_path.parent().unwrap_or(Path::new("/"));
    let cannot = |place: &Path, error: io::Error| {
        let message = format!("{place:?} cannot be made: {}", error.kind());
        Error::new(ErrorKind::PermissionDenied, message)
            .with_action("set XDG_CONFIG_HOME or HOME to a folder of yours")
    };
    fs::create_dir_all(folder).map_err(|error| cannot(folder, error))?;
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(records_path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(cannot(records_path, error))
        }
        _ => Ok(()),
    }
}

/// The canonical path, escaped so that two which are not UTF-8 stay two.
fn name_of(path: &Path) -> String {
    format!("{path:?}")
}

fn hash_of(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Records> {
    if bytes.is_empty() {
        return Ok(Records::new());
    }
    serde_json::from_slice(bytes).map_err(|_| {
        let message = format!("the file {path:?} is not the list of trusted files");
        Error::new(ErrorKind::InvalidConfig, message).with_action("remove it and trust again")
    })
}

fn records_path() -> Result<PathBuf> {
    let folder = env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
        .or_else(|| env::home_dir().map(|home| home.join(".config")));
    folder.map(|folder| folder.join("omnisecret/trusted.json")).ok_or_else(|| {
        Error::new(ErrorKind::InvalidConfig, "there is no folder for the user's configuration")
            .with_action("set XDG_CONFIG_HOME or HOME")
    })
}
