//! Two changes of one vault made one, without its key.

use std::collections::BTreeSet;

use omnisecret_core::{Error, ErrorKind, Result};

use crate::Document;
use crate::document::Entry;

impl<'a> Document<'a> {
    /// Takes up what `theirs` has changed since `base`, by the names of the secrets, and gives the
    /// names that both have changed: ours stand there.
    ///
    /// An entry gets a new iv with every set, so that one which has not changed is the same to the
    /// byte and no key is needed. Without a `base`, where two sides have made the file, every
    /// secret counts as changed.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] if the two are not under the same key: one was rekeyed.
    /// [`ErrorKind::Unsupported`] if one is of version 1 or 2.
    pub fn merge(&mut self, base: Option<&Document<'_>>, theirs: &Self) -> Result<Vec<String>> {
        self.require_current()?;
        theirs.require_current()?;
        if !self.has_key_of(theirs) {
            return Err(Error::new(ErrorKind::Conflict, "one side was rekeyed since they parted")
                .with_action("take one side whole, and make the other's changes in it anew"));
        }
        let base_names = base.into_iter().flat_map(Document::names);
        let names: BTreeSet<_> = base_names.chain(theirs.names()).map(str::to_owned).collect();
        let mut clashes = Vec::new();
        for name in names {
            let before = base.and_then(|base| base.entry(&name));
            let (ours, their) = (self.entry(&name), theirs.entry(&name));
            if is_same(their, before) || is_same(their, ours) {
                continue;
            }
            if !is_same(ours, before) {
                clashes.push(name);
                continue;
            }
            match their {
                Some(entry) => self.put(&name, entry.clone()),
                None => drop(self.take(&name)),
            }
        }
        if self.sentinel.is_none() {
            self.sentinel.clone_from(&theirs.sentinel);
        }
        Ok(clashes)
    }

    /// Salt and sentinel are new with every key, and with nothing else.
    fn has_key_of(&self, other: &Document<'_>) -> bool {
        let (ours, theirs) = (self.sentinel.as_ref(), other.sentinel.as_ref());
        self.iv == other.iv && (ours.is_none() || theirs.is_none() || is_same(ours, theirs))
    }
}

fn is_same(one: Option<&Entry<'_>>, other: Option<&Entry<'_>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            one.iv == other.iv && one.hmac == other.hmac && one.payload == other.payload
        }
        (one, other) => one.is_none() && other.is_none(),
    }
}
