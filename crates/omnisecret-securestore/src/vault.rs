//! A vault with its key: values in and out.

use omnisecret_core::{Error, ErrorKind, Result, SecretValue};
use std::fmt;
use zeroize::Zeroizing;

use crate::crypto::{MasterKey, fill_random};
use crate::{Document, KeySource};

/// A vault whose values can be read.
///
/// ```
/// use omnisecret_securestore::{Document, KeySource};
/// # let json = include_bytes!("../tests/data/keyonly.json");
/// # let armour = include_str!("../tests/data/keyonly.key");
///
/// let vault = Document::from_slice(json)?.unlock(&KeySource::key_text(armour))?;
/// for name in vault.document().names() {
///     let _value = vault.get(name)?;
/// }
/// # Ok::<(), omnisecret_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Vault<'a> {
    document: Document<'a>,
    key: MasterKey,
}

impl<'a> Vault<'a> {
    /// Gets the key and tries it on the vault.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] if the key or password is wrong or the vault has been tampered with;
    /// [`ErrorKind::InvalidConfig`] if the source gives no key.
    pub fn unlock(document: Document<'a>, key: &KeySource) -> Result<Self> {
        let key = key.unlock(&document)?;
        Ok(Self { document, key })
    }

    /// The vault as it stands in its file: the names.
    pub fn document(&self) -> &Document<'a> {
        &self.document
    }

    /// The value of the secret with exactly this name: text if its bytes are UTF-8, else binary.
    /// The format does not tell the two apart.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is none; [`ErrorKind::Corrupt`] if its entry fails its
    /// integrity check. Other entries are not looked at.
    ///
    /// # Security
    /// The format does not bind a value to its name: two entries that somebody has swapped in
    /// the file cannot be told.
    pub fn get(&self, name: &str) -> Result<SecretValue> {
        let entry = self.document.entry(name).ok_or_else(no_such_secret)?;
        let mut bytes = self.key.open(entry).ok_or_else(|| {
            Error::new(ErrorKind::Corrupt, "the secret's entry fails its integrity check")
                .with_action("restore the vault from a copy, or set the secret anew")
        })?;
        Ok(SecretValue::from_bytes(std::mem::take(&mut *bytes)))
    }

    /// Sets a secret, in memory. The entry is sealed with a new iv; no other entry changes.
    ///
    /// # Errors
    /// [`ErrorKind::Unexpected`] if the operating system gives no random bytes.
    pub fn set(&mut self, name: &str, value: &SecretValue) -> Result<()> {
        let entry = self.key.seal(value.expose_bytes())?;
        self.document.put(name, entry);
        if self.document.sentinel.is_none() {
            let mut random = Zeroizing::new([0; 32]);
            fill_random(&mut *random)?;
            self.document.sentinel = Some(self.key.seal(&*random)?);
        }
        Ok(())
    }

    /// The bytes of the vault's file, as ssclient writes them. Fields that this crate does not
    /// know are kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.document.to_bytes()
    }
}

pub(crate) fn no_such_secret() -> Error {
    Error::new(ErrorKind::NotFound, "no such secret")
}

impl fmt::Debug for Vault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("secrets", &self.document.len()).finish_non_exhaustive()
    }
}
