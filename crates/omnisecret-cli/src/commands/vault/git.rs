//! `vault textconv` and `vault merge`: git sees secrets, not ciphertext.

use std::path::Path;

use omnisecret::securestore::Document;
use omnisecret::{Error, ErrorKind, Result, file};

use super::keys::Keys;
use crate::output::{Output, complain, escaped};

/// A line for each secret: a digest of name and value under the vault's key, and the name. A
/// secret that does not open, of an older key say, shows a digest of nothing.
pub(super) fn textconv(path: &Path, keys: &Keys<'_>, output: &Output) -> Result<()> {
    let bytes = file::read_sealed(path, file::MAX_STORE_BYTES)?;
    // What git gives for a side where there is no file.
    if bytes.is_empty() {
        return Ok(());
    }
    let document = Document::from_slice(&bytes)?;
    let vault = match document.clone().unlock(&keys.key()?) {
        Ok(vault) => Some(vault),
        // An older revision under an older key still shows its names.
        Err(error) if error.kind() == ErrorKind::Corrupt => None,
        Err(error) => return Err(error),
    };
    let line = |name: &str| {
        let digest = vault.as_ref().and_then(|vault| vault.digest(name).ok());
        format!("{} {}\n", digest.as_deref().unwrap_or("another key     "), escaped(name))
    };
    output.bytes(document.names().map(line).collect::<String>().as_bytes())
}

/// Where both sides have changed a secret ours stays in the file, and the answer is `Conflict`,
/// which git shows as one.
pub(super) fn merge(base: &Path, ours_path: &Path, theirs: &Path) -> Result<()> {
    let read = |path: &Path| file::read_sealed(path, file::MAX_STORE_BYTES);
    let (base, ours, theirs) = (read(base)?, read(ours_path)?, read(theirs)?);
    // Empty where both sides have made the file.
    let base = (!base.is_empty()).then(|| Document::from_slice(&base)).transpose()?;
    let theirs = Document::from_slice(&theirs)?;
    let mut merged = Document::from_slice(&ours)?;
    let clashes = merged.merge(base.as_ref(), &theirs)?;
    // A temporary file of git's: it has no other writer, and its mode is not the vault's.
    file::create_private(ours_path, &merged.to_bytes())?;
    if clashes.is_empty() {
        return Ok(());
    }
    for name in &clashes {
        complain(&format!("both sides have changed {name:?}"));
    }
    let message = format!("{} secrets were changed on both sides; ours stand", clashes.len());
    Err(Error::new(ErrorKind::Conflict, message)
        .with_action("set each to what it should be, and add the file"))
}
