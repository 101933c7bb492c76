//! Vaults in files: made, and written back without losing what others have written meanwhile.

use std::path::Path;

use omnisecret_core::{Error, ErrorKind, Result, file};

use crate::crypto::new_salt;
use crate::document::Entry;
use crate::key::admits;
use crate::rekey::reseal;
use crate::vault::Changes;
use crate::{Document, KeySource, Vault};

impl Vault<'static> {
    /// A new vault without secrets, in memory alone: version 3, with a new salt and a sentinel of
    /// 32 random bytes, as `ssclient create` makes it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if the source gives no key.
    pub fn new(key: &KeySource) -> Result<Self> {
        let salt = new_salt()?;
        let key = key.for_new(&salt)?;
        let mut document = Document::empty(&salt);
        document.sentinel = Some(key.new_sentinel()?);
        Ok(Self { document, key, path: None, changes: Changes::default() })
    }

    /// Makes the file of a new vault without secrets, mode 0600. What `key` gives becomes the
    /// vault's key; of a [generated](KeySource::generate) one nothing is kept elsewhere.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] if there is a file already; else as [`new`](Self::new) and as
    /// `file::create_new` of `omnisecret-core`.
    pub fn create(path: impl AsRef<Path>, key: &KeySource) -> Result<Self> {
        let mut vault = Self::new(key)?;
        file::create_new(path.as_ref(), &vault.to_bytes())?;
        vault.path = Some(path.as_ref().to_owned());
        Ok(vault)
    }

    /// Opens the vault in a file, or makes it where there is no file. Of two processes that do
    /// this at once, one makes it and both open it.
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`create`](Self::create).
    pub fn open_or_create(path: impl AsRef<Path>, key: &KeySource) -> Result<Self> {
        let path = path.as_ref();
        if path.symlink_metadata().is_err() {
            match Self::create(path, key) {
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                created => return created,
            }
        }
        Self::open(path, key)
    }
}

impl Vault<'_> {
    /// Opens the vault in a file, changes it and writes it back, all under the lock: for one
    /// change, the cheaper way than [`open`](Vault::open) and [`save`](Self::save). `change` runs
    /// again if a program that takes no lock has replaced the file meanwhile.
    ///
    /// # Errors
    /// As [`open`](Vault::open), what `change` answers, and as `file::update` of `omnisecret-core`
    /// for the file, which is untouched then.
    pub fn update<T>(
        path: impl AsRef<Path>,
        key: &KeySource,
        mut change: impl FnMut(&mut Vault<'_>) -> Result<T>,
    ) -> Result<T> {
        let path = path.as_ref();
        if key.is_slow() {
            // Once without the lock: a wrong password shows, it is asked for and the derivation is
            // done while nobody waits for us.
            Document::part_of(path, |_| false)?.unlock(key)?;
        }
        file::update(path, file::MAX_STORE_BYTES, |bytes| {
            let mut vault = Document::from_slice(bytes)?.unlock(key)?;
            let answer = change(&mut vault)?;
            let is_changed = !vault.changes.is_empty();
            let new = if is_changed { vault.to_bytes() } else { bytes.to_vec() };
            Ok((new, answer))
        })
    }

    /// Writes what has been changed since the vault was opened to its file, and takes up what
    /// others have written there since. Where both have changed one secret, this vault's value
    /// stands. Nothing is written if nothing was changed.
    ///
    /// The file is locked against other writers and replaced as a whole: a crash leaves the old
    /// file or the new. Owner, mode, access control list and attributes are kept. Entries that
    /// have not changed keep their bytes, in `ssclient`'s layout.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if the vault was not opened from a file;
    /// [`ErrorKind::Conflict`] if somebody has rekeyed the vault meanwhile; else as `file::update`
    /// of `omnisecret-core`. The file is untouched then, and the changes are still here.
    pub fn save(&mut self) -> Result<()> {
        let Some(path) = &self.path else {
            return Err(Error::new(ErrorKind::InvalidConfig, "the vault has no file")
                .with_action("open it from a file, or write its bytes yourself"));
        };
        if self.changes.is_empty() {
            return Ok(());
        }
        self.document = file::update(path, file::MAX_STORE_BYTES, |bytes| {
            let merged = self.merged(Document::from_slice(bytes)?)?;
            Ok((merged.to_bytes(), merged.into_owned()))
        })?;
        self.changes = Changes::default();
        Ok(())
    }

    /// The document that is in the file, with our changes.
    fn merged<'d>(&self, mut there: Document<'d>) -> Result<Document<'d>> {
        let before = self.changes.rekeyed_from.as_ref();
        let (key, version) =
            before.map_or((&self.key, self.document.version), |it| (&it.key, it.version));
        if there.version != version || !admits(&there, key) {
            let message = "the vault has got another key or version since it was opened";
            return Err(Error::new(ErrorKind::Conflict, message)
                .with_action("open it again with the new key, and make the change there"));
        }
        let ours = &self.document;
        if before.is_some() {
            for name in &self.changes.names {
                there.take(name);
            }
            reseal(&mut there, key, &self.key)?;
            there.iv = ours.iv.to_string().into();
        }
        if before.is_some() || there.sentinel.is_none() {
            there.sentinel = ours.sentinel.clone().map(Entry::into_owned);
        }
        for name in &self.changes.names {
            match ours.entry(name) {
                Some(entry) => there.put(name, entry.clone().into_owned()),
                None => drop(there.take(name)),
            }
        }
        Ok(there)
    }
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.rekeyed_from.is_none()
    }
}
