//! What a cached answer is an answer to.

use std::hash::{Hash, Hasher};

use moka::Equivalent;

use crate::{GetOptions, VersionSelector};

/// A path and every option that changes the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    path: Box<str>,
    version: VersionSelector,
    decrypt: bool,
}

/// The same, borrowed: a hit allocates nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyRef<'a> {
    path: &'a str,
    version: &'a VersionSelector,
    decrypt: bool,
}

impl<'a> KeyRef<'a> {
    pub(super) fn new(path: &'a str, options: &'a GetOptions) -> Self {
        // Destructured, so that a later option cannot be left out of the key. Freshness says how
        // to get the answer, not which.
        let GetOptions { version, freshness: _, decrypt } = options;
        Self { path, version, decrypt: *decrypt }
    }

    pub(super) fn to_key(self) -> Key {
        let Self { path, version, decrypt } = self;
        Key { path: path.into(), version: version.clone(), decrypt }
    }

    pub(super) fn path(self) -> &'a str {
        self.path
    }
}

impl Key {
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn borrow(&self) -> KeyRef<'_> {
        let Self { path, version, decrypt } = self;
        KeyRef { path, version, decrypt: *decrypt }
    }
}

// The two hash alike by construction.
impl Hash for KeyRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { path, version, decrypt } = self;
        path.hash(state);
        version.hash(state);
        decrypt.hash(state);
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.borrow().hash(state);
    }
}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self == key.borrow()
    }
}
