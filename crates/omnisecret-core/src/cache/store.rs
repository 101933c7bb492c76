//! What is cached, and what must not become so: entries on moka, and the counter of changes.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::policy::EvictionPolicy;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use super::flight::Board;
use super::key::{Key, KeyRef};
use crate::{Clock, ErrorKind, Origin, Result, Secret};

type Map = moka::sync::Cache<Key, Arc<Entry>, foldhash::fast::RandomState>;

/// How often values whose time is over are looked for.
const SWEEP: Duration = Duration::from_secs(1);

pub(super) struct Store {
    map: Map,
    ttl: Duration,
    clock: Arc<dyn Clock>,
    /// Held for moments only, and never on a hit.
    gate: Mutex<Gate>,
}

/// What decides whether an answer may be kept. Fills and invalidations happen under its lock, so
/// that none slips between a check and its consequence.
#[derive(Default)]
pub(super) struct Gate {
    /// Counts invalidations; an answer that was asked for under another count is not kept.
    changes: u64,
    /// The paths that are being written, with the number of writes.
    writing: HashMap<Box<str>, usize>,
    pub(super) flights: Board,
    sweeper: Option<AbortHandle>,
}

/// When an answer was asked for.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    at: Duration,
    changes: u64,
}

/// A cached secret, which can be taken out while moka still holds the entry: moka frees late.
struct Entry {
    secret: RwLock<Option<Secret>>,
    fetched: Duration,
    fresh_until: Duration,
}

impl Entry {
    fn empty(&self) {
        self.secret.write().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Moka's own clock, for giving memory back; freshness is judged by ours.
struct Life;

impl Expiry<Key, Arc<Entry>> for Life {
    fn expire_after_create(&self, _: &Key, entry: &Arc<Entry>, _: Instant) -> Option<Duration> {
        Some(entry.fresh_until.saturating_sub(entry.fetched))
    }

    // Without this one a replaced entry would live for what its forerunner had left.
    fn expire_after_update(
        &self,
        key: &Key,
        entry: &Arc<Entry>,
        updated: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        self.expire_after_create(key, entry, updated)
    }
}

impl Store {
    pub(super) fn new(max_entries: u64, ttl: Duration, clock: Arc<dyn Clock>) -> Self {
        let map = moka::sync::Cache::builder()
            .max_capacity(max_entries)
            .eviction_policy(EvictionPolicy::lru())
            .expire_after(Life)
            .eviction_listener(|_, entry: Arc<Entry>, _| entry.empty())
            .build_with_hasher(foldhash::fast::RandomState::default());
        Self { map, ttl, clock, gate: Mutex::default() }
    }

    /// The fresh secret of this key.
    pub(super) fn get(&self, key: &KeyRef<'_>) -> Option<Secret> {
        let entry = self.map.get(key)?;
        let now = self.clock.now();
        if now >= entry.fresh_until {
            return None;
        }
        let secret = entry.secret.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        Some(secret.with_origin(Origin::Cache, now.saturating_sub(entry.fetched)))
    }

    /// The mark that a fetch carries from its start.
    pub(super) fn asked(&self, gate: &Gate) -> Asked {
        Asked { at: self.clock.now(), changes: gate.changes }
    }

    /// Keeps an answer, unless something has changed since it was asked for.
    pub(super) fn fill(
        &self,
        key: &KeyRef<'_>,
        asked: Asked,
        result: &Result<Secret>,
        runtime: Option<&Handle>,
    ) {
        let mut gate = self.gate();
        if gate.changes != asked.changes || gate.writing.contains_key(key.path()) {
            return;
        }
        match result {
            Ok(secret) => {
                let entry = self.entry(secret, asked.at);
                if let Some(old) = self.map.get(key) {
                    old.empty();
                }
                self.map.insert(key.to_key(), Arc::new(entry));
                self.map.run_pending_tasks();
                self.sweep_from_now_on(&mut gate, runtime);
            }
            // Revocation wins over what the cache remembers.
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) =>
            {
                if let Some(old) = self.map.remove(key) {
                    old.empty();
                }
            }
            Err(_) => {}
        }
    }

    fn entry(&self, secret: &Secret, fetched: Duration) -> Entry {
        let life = match secret.meta().expires {
            None => self.ttl,
            Some(expires) => {
                let left = expires.duration_since(self.clock.wall()).unwrap_or_default();
                let gone = self.clock.now().saturating_sub(fetched);
                self.ttl.min(gone.saturating_add(left))
            }
        };
        let fresh_until = fetched.saturating_add(life);
        Entry { secret: RwLock::new(Some(secret.clone())), fetched, fresh_until }
    }

    pub(super) fn invalidate(&self, path: &str) {
        self.change(&mut self.gate(), path);
    }

    pub(super) fn invalidate_all(&self) {
        let mut gate = self.gate();
        gate.changes += 1;
        gate.flights.cut_all();
        self.empty_all();
        self.map.invalidate_all();
    }

    fn empty_all(&self) {
        for (_, entry) in &self.map {
            entry.empty();
        }
    }

    /// From now to [`end_write`](Self::end_write) nothing is kept for this path.
    pub(super) fn begin_write(&self, path: &str) {
        let mut gate = self.gate();
        *gate.writing.entry(path.into()).or_default() += 1;
        self.change(&mut gate, path);
    }

    pub(super) fn end_write(&self, path: &str) {
        let mut gate = self.gate();
        if let Some(writes) = gate.writing.get_mut(path) {
            *writes -= 1;
            if *writes == 0 {
                gate.writing.remove(path);
            }
        }
        self.change(&mut gate, path);
    }

    /// Whatever was asked for before this moment is old news.
    fn change(&self, gate: &mut Gate, path: &str) {
        gate.changes += 1;
        gate.flights.cut(path);
        // A path can be cached under several versions. Changes are rare and the map is bounded.
        for (key, entry) in &self.map {
            if key.path() == path {
                entry.empty();
                self.map.invalidate(&*key);
            }
        }
    }

    pub(super) fn gate(&self) -> MutexGuard<'_, Gate> {
        // The state is whole after every statement that can panic.
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moka frees what has expired when it is used; an idle cache needs a reminder.
    fn sweep_from_now_on(&self, gate: &mut Gate, runtime: Option<&Handle>) {
        let Some(runtime) = runtime else { return };
        if gate.sweeper.as_ref().is_none_or(AbortHandle::is_finished) {
            gate.sweeper = Some(runtime.spawn(sweep(self.map.clone())).abort_handle());
        }
    }
}

async fn sweep(map: Map) {
    while map.entry_count() > 0 {
        tokio::time::sleep(SWEEP).await;
        map.run_pending_tasks();
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let gate = self.gate.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(sweeper) = gate.sweeper.take() {
            sweeper.abort();
        }
        self.empty_all();
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("entries", &self.map.entry_count())
            .field("ttl", &self.ttl)
            .finish_non_exhaustive()
    }
}
