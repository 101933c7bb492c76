//! What is flown for: a secret, the secrets below a prefix, the names below a prefix.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::flight::{Board, Line};
use super::key::{Key, ListKey};
use super::store::{Asked, Gate, Store};
use crate::{Freshness, Origin, Result, Secret, SecretEntry, SecretProvider};

/// One secret.
pub(super) struct Gets;

impl Line for Gets {
    type Key = Key;
    type Answer = Secret;

    fn board(gate: &mut Gate) -> &mut Board<Self> {
        &mut gate.gets
    }

    fn is_about(key: &Key, path: &str) -> bool {
        key.path() == path
    }

    fn kept(store: &Store, key: &Key) -> Option<Secret> {
        store.kept(&key.borrow())
    }

    async fn call<P: SecretProvider>(
        provider: &P,
        key: &Key,
        freshness: Freshness,
    ) -> Result<Secret> {
        provider.get_with(key.path(), &key.options(freshness)).await
    }

    fn keep(
        store: &Store,
        gate: &mut Gate,
        key: &Key,
        asked: Asked,
        result: &Result<Secret>,
        held_off: Option<Duration>,
    ) {
        match result {
            // Past its time already, in a cache behind this one.
            Ok(secret) if secret.origin() == Origin::Stale => {}
            Ok(secret) => store.fill(gate, key, asked, secret),
            Err(error) => store.refuse(gate, key, asked, error, held_off),
        }
    }
}

/// The secrets below a prefix.
pub(super) struct Maps;

impl Line for Maps {
    type Key = ListKey;
    type Answer = Arc<BTreeMap<String, Secret>>;

    fn board(gate: &mut Gate) -> &mut Board<Self> {
        &mut gate.maps
    }

    fn is_about(_: &ListKey, _: &str) -> bool {
        true
    }

    // The names are kept here, and the secrets elsewhere.
    fn kept(_: &Store, _: &ListKey) -> Option<Self::Answer> {
        None
    }

    async fn call<P: SecretProvider>(
        provider: &P,
        key: &ListKey,
        freshness: Freshness,
    ) -> Result<Self::Answer> {
        provider.get_by_path_with(key.prefix(), &key.options(freshness)).await.map(Arc::new)
    }

    fn keep(
        store: &Store,
        gate: &mut Gate,
        key: &ListKey,
        asked: Asked,
        result: &Result<Self::Answer>,
        _: Option<Duration>,
    ) {
        let Ok(secrets) = result else { return };
        let options = key.options_of_each();
        for (path, secret) in &**secrets {
            store.fill(gate, &Key::new(path, &options), asked, secret);
        }
        store.fill_names(gate, key, asked, || secrets.keys().cloned().collect());
    }
}

/// The names below a prefix, with what is told of each.
pub(super) struct Lists;

impl Line for Lists {
    type Key = ListKey;
    type Answer = Arc<Vec<SecretEntry>>;

    fn board(gate: &mut Gate) -> &mut Board<Self> {
        &mut gate.lists
    }

    fn is_about(_: &ListKey, _: &str) -> bool {
        true
    }

    fn kept(store: &Store, key: &ListKey) -> Option<Self::Answer> {
        store.list(key)
    }

    async fn call<P: SecretProvider>(
        provider: &P,
        key: &ListKey,
        freshness: Freshness,
    ) -> Result<Self::Answer> {
        provider.list(key.prefix(), &key.options(freshness)).await.map(Arc::new)
    }

    fn keep(
        store: &Store,
        gate: &mut Gate,
        key: &ListKey,
        asked: Asked,
        result: &Result<Self::Answer>,
        _: Option<Duration>,
    ) {
        if let Ok(entries) = result {
            store.fill_list(gate, key, asked, entries);
        }
    }
}
