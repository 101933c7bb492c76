//! A vault with its key: values in and out.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use omnisecret_core::{Error, ErrorKind, Result, SecretValue};
use zeroize::Zeroizing;

use crate::armour::to_armour;
use crate::crypto::MasterKey;
use crate::document::Entry;
use crate::{Document, KeySource, legacy};

/// A vault whose values can be read and written.
///
/// Changes are made in memory; [`save`](Self::save) writes them to the file that the vault was
/// opened from. Names need no key: [`Document`] lists them without one. The format is the one of
/// `ssclient` 2.0.1 and of the Rust crate `securestore` 0.100.3, whose sources are its only
/// description; each method says what it takes from there.
///
/// ```
/// use omnisecret_securestore::{KeySource, Vault};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("secrets.json");
/// let key = KeySource::generate()?;
/// let mut vault = Vault::create(&path, &key)?;
/// vault.set("db:password", "not-a-real-password")?;
/// vault.save()?;
///
/// let vault = Vault::open(&path, &key)?;
/// for (name, value) in vault.iter() {
///     assert_eq!((name, value?.expose_str()?), ("db:password", "not-a-real-password"));
/// }
/// # Ok::<(), omnisecret_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Vault<'a> {
    pub(crate) document: Document<'a>,
    pub(crate) key: MasterKey,
    pub(crate) path: Option<PathBuf>,
    pub(crate) changes: Changes,
}

/// What has been done to a vault since it was read, to be done to the file as it is then.
#[derive(Clone, Default)]
pub(crate) struct Changes {
    /// Secrets that were set or removed.
    pub(crate) names: BTreeSet<String>,
    /// What the file is sealed with, if the vault has been rekeyed.
    pub(crate) rekeyed_from: Option<Before>,
}

#[derive(Clone)]
pub(crate) struct Before {
    pub(crate) key: MasterKey,
    pub(crate) version: u32,
}

impl Vault<'static> {
    /// Opens the vault in a file, of at most 256 MiB.
    ///
    /// # Errors
    /// As [`Document::open`] and [`unlock`](Vault::unlock).
    pub fn open(path: impl AsRef<Path>, key: &KeySource) -> Result<Self> {
        let mut vault = Document::open(&path)?.unlock(key)?;
        vault.path = Some(path.as_ref().to_owned());
        Ok(vault)
    }

    /// One secret of the vault in a file, without the others in memory: cheaper than
    /// [`open`](Self::open) and [`get`](Vault::get) where there are many.
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`get_bytes`](Vault::get_bytes).
    pub fn read(path: impl AsRef<Path>, key: &KeySource, name: &str) -> Result<SecretValue> {
        Document::part_of(path.as_ref(), |it| it == name)?.unlock(key)?.get(name)
    }

    /// Opens a vault that comes from a reader: it has no file to be saved to.
    ///
    /// # Errors
    /// As [`Document::from_reader`] and [`unlock`](Vault::unlock).
    pub fn from_reader(reader: impl Read, key: &KeySource) -> Result<Self> {
        Document::from_reader(reader)?.unlock(key)
    }

    /// Opens a vault that is part of a larger JSON document: it has no file to be saved to.
    ///
    /// # Errors
    /// As [`Document::from_value`] and [`unlock`](Vault::unlock).
    pub fn from_value(value: &serde_json::Value, key: &KeySource) -> Result<Self> {
        Document::from_value(value)?.unlock(key)
    }
}

impl<'a> Vault<'a> {
    /// Opens a vault from the bytes of its file, and borrows from them.
    ///
    /// # Errors
    /// As [`Document::from_slice`] and [`unlock`](Vault::unlock).
    pub fn from_slice(bytes: &'a [u8], key: &KeySource) -> Result<Self> {
        Document::from_slice(bytes)?.unlock(key)
    }

    /// Gets the key and tries it on the vault: on its sentinel, a sealed value that is there for
    /// this, or where there is none on the entries.
    ///
    /// A password is stretched by PBKDF2-HMAC-SHA1, 256,000 rounds with the vault's `iv` as the
    /// salt (10,000 in versions 1 and 2), to 32 bytes: the AES key and the HMAC key. A key file
    /// holds these 32 bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] if the key or password is wrong or the vault has been tampered with;
    /// [`ErrorKind::InvalidConfig`] if the source gives no key.
    pub fn unlock(document: Document<'a>, key: &KeySource) -> Result<Self> {
        let key = key.unlock(&document)?;
        Ok(Self { document, key, path: None, changes: Changes::default() })
    }

    /// The vault as it stands in its file: the names.
    pub fn document(&self) -> &Document<'a> {
        &self.document
    }

    /// The names of all secrets, sorted by their bytes, as they stand in the file. They are in the
    /// clear: [`Document::names`] gives them without a key.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.document.names()
    }

    /// Whether there is a secret of exactly this name. Names are compared byte by byte.
    pub fn contains(&self, name: &str) -> bool {
        self.document.contains(name)
    }

    /// How many secrets there are; the sentinel is none.
    pub fn len(&self) -> usize {
        self.document.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.document.is_empty()
    }

    /// The value of the secret with exactly this name: text if its bytes are UTF-8, else binary.
    /// The format does not tell the two apart.
    ///
    /// # Errors
    /// As [`get_bytes`](Self::get_bytes).
    ///
    /// # Security
    /// The format does not bind a value to its name: two entries that somebody has swapped in
    /// the file cannot be told.
    pub fn get(&self, name: &str) -> Result<SecretValue> {
        Ok(SecretValue::from_bytes(std::mem::take(&mut *self.get_bytes(name)?)))
    }

    /// The bytes of the secret with exactly this name, wiped when they drop.
    ///
    /// An entry is an `iv`, AES-128-CBC of the value with PKCS#7 padding, and the HMAC-SHA1 of
    /// both, which is checked first and in constant time.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is none; [`ErrorKind::Corrupt`] if its entry fails its
    /// integrity check. Other entries are not looked at.
    pub fn get_bytes(&self, name: &str) -> Result<Zeroizing<Vec<u8>>> {
        let entry = self.document.entry(name).ok_or_else(no_such_secret)?;
        open(self.document.version, &self.key, entry).ok_or_else(damaged)
    }

    /// Every secret, sorted by the bytes of the names. Each is decrypted when its turn comes; one
    /// that is damaged is an error of its own.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Result<SecretValue>)> {
        self.names().map(|name| (name, self.get(name)))
    }

    /// Sets a secret, in memory. The entry is sealed with a new random iv, even if the value is
    /// the one that is there; no other entry changes. A vault without a sentinel gets one.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] if the vault is of version 1 or 2, which has to be
    /// [upgraded](Self::upgrade) first; [`ErrorKind::Unexpected`] if the operating system gives no
    /// random bytes.
    pub fn set(&mut self, name: &str, value: impl Into<SecretValue>) -> Result<()> {
        self.document.require_current()?;
        let entry = self.key.seal(value.into().expose_bytes())?;
        self.document.put(name, entry);
        self.changes.names.insert(name.to_owned());
        if self.document.sentinel.is_none() {
            self.document.sentinel = Some(self.key.new_sentinel()?);
        }
        Ok(())
    }

    /// Removes a secret, in memory. Older copies of the file still hold it.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is none; [`ErrorKind::Unsupported`] as for
    /// [`set`](Self::set).
    pub fn remove(&mut self, name: &str) -> Result<()> {
        self.document.require_current()?;
        if !self.document.take(name) {
            return Err(no_such_secret());
        }
        self.changes.names.insert(name.to_owned());
        Ok(())
    }

    /// The key of the vault as the text of a key file, the one that `ssclient export-key` writes
    /// for it. It opens this vault as the password does, until the vault is rekeyed.
    ///
    /// # Security
    /// Write it with `file::create_new` of `omnisecret-core`, which keeps it from other users;
    /// `ssclient` leaves it readable for all.
    pub fn export_key(&self) -> SecretValue {
        to_armour(&self.key).into()
    }

    /// A short digest of a secret's name and value under the vault's key: equal for equal secrets
    /// of vaults with the same key, and no help in guessing a value to who does not have that key.
    /// It is no part of the format.
    ///
    /// # Errors
    /// As [`get_bytes`](Self::get_bytes).
    pub fn digest(&self, name: &str) -> Result<String> {
        let digest = self.key.digest(name, &self.get_bytes(name)?);
        Ok(digest[..8].iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The bytes of the vault's file, as ssclient writes them. Fields that this crate does not
    /// know are kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.document.to_bytes()
    }
}

/// Opens an entry to the value that the secret has, in each version of the format.
pub(crate) fn open(version: u32, key: &MasterKey, entry: &Entry<'_>) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = key.open(entry)?;
    if version == 1 { legacy::value_of(bytes) } else { Some(bytes) }
}

pub(crate) fn no_such_secret() -> Error {
    Error::new(ErrorKind::NotFound, "no such secret")
}

pub(crate) fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "the secret's entry fails its integrity check")
        .with_action("restore the vault from a copy, or set the secret anew")
}

impl fmt::Debug for Vault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("path", &self.path)
            .field("secrets", &self.document.len())
            .finish_non_exhaustive()
    }
}
