//! What a cached answer is an answer to.

use std::hash::{Hash, Hasher};

use moka::Equivalent;

use crate::{Freshness, GetOptions, ListOptions, VersionSelector};

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
}

impl Key {
    pub(super) fn new(path: &str, options: &GetOptions) -> Self {
        KeyRef::new(path, options).to_key()
    }

    /// The options that this key was made of.
    pub(super) fn options(&self, freshness: Freshness) -> GetOptions {
        let Self { path: _, version, decrypt } = self;
        GetOptions { version: version.clone(), freshness, decrypt: *decrypt }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn is(&self, key: &KeyRef<'_>) -> bool {
        self.borrow() == *key
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
        key.is(self)
    }
}

/// A prefix and every option that changes what is listed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ListKey {
    prefix: Box<str>,
    recursive: bool,
    decrypt: bool,
}

impl ListKey {
    pub(super) fn new(prefix: &str, options: &ListOptions) -> Self {
        let ListOptions { recursive, freshness: _, decrypt } = options;
        Self { prefix: prefix.into(), recursive: *recursive, decrypt: *decrypt }
    }

    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The options that this key was made of.
    pub(super) fn options(&self, freshness: Freshness) -> ListOptions {
        let Self { prefix: _, recursive, decrypt } = self;
        ListOptions { recursive: *recursive, freshness, decrypt: *decrypt }
    }

    /// The options by which one of the secrets is read as it is in the listing.
    pub(super) fn options_of_each(&self) -> GetOptions {
        let Self { prefix: _, recursive: _, decrypt } = self;
        GetOptions::default().with_decrypt(*decrypt)
    }
}
