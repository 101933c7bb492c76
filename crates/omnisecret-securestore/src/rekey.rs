//! Another key for all of a vault, and a vault of an older version made new.

use omnisecret_core::{Error, ErrorKind, Result};

use crate::crypto::{MasterKey, new_salt};
use crate::document::VERSION;
use crate::vault::{Before, damaged, open};
use crate::{Document, KeySource, Vault};

impl Vault<'_> {
    /// Seals every secret anew under another key: a new password, a key file, or a
    /// [generated](KeySource::generate) key; for both a password and a key file give the password,
    /// and export the key. The salt, the sentinel and every iv are new. In memory:
    /// [`save`](Self::save) writes it. A vault of version 1 or 2 becomes one of version 3.
    ///
    /// Each new entry is opened again and compared. No other program of this format can do this.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`], naming the secret, if one cannot be read: it would be lost;
    /// [`ErrorKind::InvalidConfig`] if the source gives no key. The vault is unchanged then.
    ///
    /// # Security
    /// Older copies of the file, in a version control system say, stay open to the old key: who
    /// had it and has them knows the old values.
    pub fn rekey(&mut self, key: &KeySource) -> Result<()> {
        let salt = new_salt()?;
        let new = key.for_new(&salt)?;
        let mut document = self.document.clone();
        reseal(&mut document, &self.key, &new)?;
        document.iv = Document::empty(&salt).iv;
        document.sentinel = Some(new.new_sentinel()?);
        let version = std::mem::replace(&mut self.document, document).version;
        let old = std::mem::replace(&mut self.key, new);
        // Of two in a row the file knows the first.
        self.changes.rekeyed_from.get_or_insert(Before { key: old, version });
        Ok(())
    }

    /// Makes a vault of version 1 or 2 one of version 3, under what opens it now: a password is
    /// stretched by 256,000 rounds in place of 10,000 and a salt of 16 bytes in place of 8, and the
    /// JSON in which version 1 wraps a value is taken off. In memory; [`save`](Self::save) writes
    /// it. False if there is nothing to do.
    ///
    /// # Errors
    /// As [`rekey`](Self::rekey).
    pub fn upgrade(&mut self, key: &KeySource) -> Result<bool> {
        if self.document.version == VERSION {
            return Ok(false);
        }
        self.rekey(key).map(|()| true)
    }
}

/// Seals all entries for another key, in version 3, and makes sure that each one opens.
pub(crate) fn reseal(document: &mut Document<'_>, from: &MasterKey, to: &MasterKey) -> Result<()> {
    for (name, entry) in &mut document.secrets {
        let damaged = || damaged().with_path(&**name);
        let value = open(document.version, from, entry).ok_or_else(damaged)?;
        let mut sealed = to.seal(&value)?;
        if to.open(&sealed).as_ref() != Some(&value) {
            let message = "a secret that was sealed anew does not open";
            return Err(Error::new(ErrorKind::Unexpected, message).with_path(&**name));
        }
        sealed.unknown = std::mem::take(&mut entry.unknown);
        *entry = sealed;
    }
    document.version = VERSION;
    Ok(())
}
