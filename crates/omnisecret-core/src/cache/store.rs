//! What is cached, and what must not become so: entries on moka, and the counter of changes.

use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::notification::RemovalCause;
use moka::policy::EvictionPolicy;
use tokio::task::AbortHandle;

use super::builder::Settings;
use super::entry::{Entry, Hit, Times};
use super::flight::{Board, Line};
use super::holdoff::Throttle;
use super::key::{Key, KeyRef, ListKey};
use super::lines::{Gets, Lists, Maps};
use super::stats::{CacheStats, Counters, count};
use super::watch::Watches;
use crate::{Clock, Error, ErrorKind, Secret, SecretEntry, SecretMeta};

type Map<K, V> = moka::sync::Cache<K, V, foldhash::fast::RandomState>;

/// Longer than any process runs: a hundred years.
const LONGEST_LIFE: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// How many listings are kept.
const MAX_LISTINGS: u64 = 100;

pub(super) struct Store {
    secrets: Map<Key, Arc<Entry>>,
    /// In a bound of their own: who asks for paths that are not there evicts no secret.
    missing: Map<Key, (Error, Duration)>,
    /// The names that were found below a prefix; the values are in `secrets`.
    names: Map<ListKey, (Arc<Vec<String>>, Duration)>,
    lists: Map<ListKey, (Arc<Vec<SecretEntry>>, Duration)>,
    settings: Settings,
    /// Spreads the refreshes of keys.
    jitter: foldhash::fast::RandomState,
    counters: Arc<Counters>,
    /// Held for moments only, and never on a hit.
    gate: Mutex<Gate>,
}

/// What decides whether an answer may be kept. Fills and invalidations happen under its lock, so
/// that none slips between a check and its consequence.
#[derive(Default)]
pub(super) struct Gate {
    /// Counts changes; an answer that was asked for under another count is not kept.
    changes: u64,
    writing: HashMap<Box<str>, Writing>,
    /// Every entry that may still hold a secret. Moka does not show those that have expired by its
    /// clock, and keeps them for a second and more.
    kept: HashMap<Key, Weak<Entry>>,
    pub(super) gets: Board<Gets>,
    pub(super) maps: Board<Maps>,
    pub(super) lists: Board<Lists>,
    pub(super) throttle: Throttle,
    pub(super) watches: Watches,
    sweeper: Option<AbortHandle>,
}

/// A path that is being written, or that a write of unknown outcome may still change.
#[derive(Default)]
struct Writing {
    writes: usize,
    grace_until: Duration,
}

/// When an answer was asked for.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    at: Duration,
    changes: u64,
}

/// Moka's own clock, for giving memory back; freshness is judged by ours.
struct Life;

impl Expiry<Key, Arc<Entry>> for Life {
    fn expire_after_create(&self, _: &Key, entry: &Arc<Entry>, _: Instant) -> Option<Duration> {
        let times = entry.times();
        Some(times.stale_until.saturating_sub(times.asked).min(LONGEST_LIFE))
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
    pub(super) fn new(settings: Settings) -> Self {
        let counters = Arc::new(Counters::default());
        let listener = {
            let counters = Arc::clone(&counters);
            move |_, entry: Arc<Entry>, cause| {
                counters.retired_hits.fetch_add(entry.empty(), Ordering::Relaxed);
                if matches!(cause, RemovalCause::Size | RemovalCause::Expired) {
                    count(&counters.evictions);
                }
            }
        };
        let secrets = moka::sync::Cache::builder()
            .max_capacity(settings.max_entries)
            .eviction_policy(EvictionPolicy::lru())
            .expire_after(Life)
            .eviction_listener(listener)
            .build_with_hasher(foldhash::fast::RandomState::default());
        Self {
            secrets,
            missing: bounded(settings.max_entries, settings.negative_ttl),
            names: bounded(MAX_LISTINGS, settings.ttl),
            lists: bounded(MAX_LISTINGS, settings.ttl),
            settings,
            jitter: foldhash::fast::RandomState::default(),
            counters,
            gate: Mutex::default(),
        }
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.settings.clock
    }

    pub(super) fn shared_clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.settings.clock)
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The fresh secret of this key.
    pub(super) fn get(&self, key: &KeyRef<'_>) -> Option<Hit> {
        self.secrets.get(key)?.fresh(self.clock().now())
    }

    /// Lets go of what may not be used any more; whether anything is left.
    pub(super) fn sweep(&self) -> bool {
        self.secrets.run_pending_tasks();
        let gate = &mut *self.gate();
        let now = self.clock().now();
        gate.kept.retain(|key, entry| {
            let Some(entry) = entry.upgrade() else { return false };
            if now < entry.times().stale_until {
                return true;
            }
            self.retire(Some(&entry));
            count(&self.counters.evictions);
            self.secrets.invalidate(key);
            false
        });
        !gate.kept.is_empty()
    }

    /// The secret of this key as far as it may stand in for an answer.
    pub(super) fn stale(&self, key: &KeyRef<'_>) -> Option<Secret> {
        self.secrets.get(key)?.stale(self.clock().now())
    }

    /// The times of what is cached under this key.
    pub(super) fn times(&self, key: &KeyRef<'_>) -> Option<Times> {
        self.secrets.get(key).map(|entry| *entry.times())
    }

    /// That there is no such secret, if that is known.
    pub(super) fn missing(&self, key: &KeyRef<'_>) -> Option<Error> {
        if self.settings.negative_ttl.is_zero() {
            return None;
        }
        let (error, until) = self.missing.get(key)?;
        (self.clock().now() < until).then_some(error)
    }

    /// The names of this listing, while it is fresh.
    pub(super) fn names(&self, key: &ListKey) -> Option<Arc<Vec<String>>> {
        let (names, until) = self.names.get(key)?;
        (self.clock().now() < until).then_some(names)
    }

    pub(super) fn list(&self, key: &ListKey) -> Option<Arc<Vec<SecretEntry>>> {
        let (entries, until) = self.lists.get(key)?;
        (self.clock().now() < until).then_some(entries)
    }

    pub(super) fn stats(&self) -> CacheStats {
        let hits = self.secrets.iter().map(|(_, entry)| entry.hits()).sum();
        self.counters.stats(hits, self.secrets.entry_count())
    }

    /// The mark that a fetch carries from its start.
    pub(super) fn asked(&self, gate: &Gate) -> Asked {
        Asked { at: self.clock().now(), changes: gate.changes }
    }

    /// Whether an answer is still news when it comes.
    fn may_keep(&self, gate: &mut Gate, asked: Asked, path: &str) -> bool {
        if gate.changes != asked.changes {
            return false;
        }
        let Some(writing) = gate.writing.get(path) else { return true };
        if writing.writes > 0 || self.clock().now() < writing.grace_until {
            return false;
        }
        gate.writing.remove(path);
        true
    }

    /// Keeps a secret.
    pub(super) fn fill(&self, gate: &mut Gate, key: &Key, asked: Asked, secret: &Secret) {
        if !self.may_keep(gate, asked, key.path()) {
            return;
        }
        self.missing.invalidate(key);
        let times = self.times_of(key, asked, secret);
        let entry = Arc::new(Entry::new(secret.clone(), times, self.settings.refresh_ahead));
        let old = gate.kept.insert(key.clone(), Arc::downgrade(&entry));
        self.retire(old.and_then(|old| old.upgrade()).as_ref());
        self.secrets.insert(key.clone(), entry);
        self.secrets.run_pending_tasks();
        if gate.kept.len() as u64 > self.settings.max_entries.saturating_mul(2) {
            gate.kept.retain(|_, entry| entry.strong_count() > 0);
        }
    }

    fn times_of(&self, key: &Key, asked: Asked, secret: &Secret) -> Times {
        let Settings { ttl, ttl_of, max_stale, clock, .. } = &self.settings;
        let (now, wall) = (clock.now(), clock.wall());
        let by_policy = ttl_of.as_ref().and_then(|ttl_of| ttl_of(key.path(), secret.meta(), wall));
        let left_of_ttl = by_policy.unwrap_or(*ttl).saturating_sub(secret.age());
        let expires = secret
            .meta()
            .expires
            .map(|expires| now.saturating_add(expires.duration_since(wall).unwrap_or_default()));
        let until = |end: Duration| expires.map_or(end, |expires| end.min(expires));
        let fresh_until = until(asked.at.saturating_add(left_of_ttl));
        let life = fresh_until.saturating_sub(asked.at);
        Times {
            asked: asked.at,
            age: secret.age(),
            refresh: asked.at.saturating_add(life.mul_f64(self.refresh_share(key))),
            fresh_until,
            stale_until: until(fresh_until.saturating_add(*max_stale)),
        }
    }

    /// The share of its life after which a secret is refreshed: each key has its own between 80
    /// and 90 %, so that what was read together is not refreshed together.
    fn refresh_share(&self, key: &Key) -> f64 {
        // The upper half of the hash is as good as any.
        let hash = u32::try_from(self.jitter.hash_one(key) >> 32).unwrap_or_default();
        0.8 + 0.1 * f64::from(hash) / f64::from(u32::MAX)
    }

    /// Draws the conclusions of an error. Revocation wins over what the cache remembers.
    pub(super) fn refuse(
        &self,
        gate: &mut Gate,
        key: &Key,
        asked: Asked,
        error: &Error,
        held_off: Option<Duration>,
    ) {
        if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) {
            self.retire(self.secrets.remove(key).as_ref());
        } else if let (Some(entry), Some(until)) = (self.secrets.get(key), held_off) {
            entry.refresh_again_at(until);
        }
        let negative_ttl = self.settings.negative_ttl;
        if error.kind() == ErrorKind::NotFound
            && !negative_ttl.is_zero()
            && self.may_keep(gate, asked, key.path())
        {
            let until = asked.at.saturating_add(negative_ttl);
            self.missing.insert(key.clone(), (error.clone(), until));
        }
    }

    pub(super) fn fill_names(
        &self,
        gate: &Gate,
        key: &ListKey,
        asked: Asked,
        names: impl FnOnce() -> Vec<String>,
    ) {
        if gate.changes == asked.changes {
            let until = asked.at.saturating_add(self.settings.ttl);
            self.names.insert(key.clone(), (Arc::new(names()), until));
        }
    }

    pub(super) fn fill_list(
        &self,
        gate: &Gate,
        key: &ListKey,
        asked: Asked,
        entries: &Arc<Vec<SecretEntry>>,
    ) {
        if gate.changes == asked.changes {
            let until = asked.at.saturating_add(self.settings.ttl);
            self.lists.insert(key.clone(), (Arc::clone(entries), until));
        }
    }

    fn retire(&self, entry: Option<&Arc<Entry>>) {
        if let Some(entry) = entry {
            self.counters.retired_hits.fetch_add(entry.empty(), Ordering::Relaxed);
        }
    }

    pub(super) fn invalidate(&self, path: &str) {
        let gate = &mut *self.gate();
        self.change(gate, path, None);
        gate.watches.poke(|key| key.path() == path);
    }

    pub(super) fn invalidate_all(&self) {
        let gate = &mut *self.gate();
        gate.changes += 1;
        gate.gets.cut(|_| true);
        gate.maps.cut(|_| true);
        gate.lists.cut(|_| true);
        self.empty_all(gate);
        self.secrets.invalidate_all();
        self.missing.invalidate_all();
        self.names.invalidate_all();
        self.lists.invalidate_all();
        gate.watches.poke(|_| true);
    }

    fn empty_all(&self, gate: &mut Gate) {
        for (_, entry) in gate.kept.drain() {
            self.retire(entry.upgrade().as_ref());
        }
    }

    /// From now to [`end_write`](Self::end_write) nothing is kept for this path.
    pub(super) fn begin_write(&self, path: &str) {
        let gate = &mut *self.gate();
        gate.writing.entry(path.into()).or_default().writes += 1;
        self.change(gate, path, None);
    }

    /// After a write whose outcome is not known the store may still do it, so nothing is kept
    /// for a while longer.
    pub(super) fn end_write(&self, path: &str, outcome: &Outcome) {
        let gate = &mut *self.gate();
        let now = self.clock().now();
        gate.writing.retain(|_, writing| writing.writes > 0 || now < writing.grace_until);
        if let Some(writing) = gate.writing.get_mut(path) {
            writing.writes -= 1;
            if matches!(outcome, Outcome::Unknown) {
                writing.grace_until = now.saturating_add(self.settings.write_grace);
            }
            if writing.writes == 0 && now >= writing.grace_until {
                gate.writing.remove(path);
            }
        }
        let canonical = match outcome {
            Outcome::Done(meta) => meta.canonical.as_deref(),
            Outcome::Refused | Outcome::Unknown => None,
        };
        self.change(gate, path, canonical);
        gate.watches.poke(|key| key.path() == path || canonical.is_some());
    }

    /// Whatever was asked for before this moment is old news: what is cached for the path and
    /// for the same secret by other names, listings, and what is in the air.
    fn change(&self, gate: &mut Gate, path: &str, canonical: Option<&str>) {
        gate.changes += 1;
        // The same secret may be in the air under another name.
        gate.gets.cut(|key| canonical.is_some() || Gets::is_about(key, path));
        gate.maps.cut(|key| Maps::is_about(key, path));
        gate.lists.cut(|key| Lists::is_about(key, path));
        self.names.invalidate_all();
        self.lists.invalidate_all();

        let is_at_path = |key: &Key| key.path() == path;
        let mut names: Vec<String> = canonical.map(str::to_owned).into_iter().collect();
        // Changes are rare and the map is bounded.
        for (key, entry) in &gate.kept {
            if is_at_path(key) {
                names.extend(entry.upgrade().and_then(|entry| entry.canonical()));
            }
        }
        gate.kept.retain(|key, entry| {
            let Some(entry) = entry.upgrade() else { return false };
            let is_meant = is_at_path(key)
                || entry.is_called(path)
                || names.iter().any(|name| key.path() == name || entry.is_called(name));
            if is_meant {
                self.retire(Some(&entry));
                self.secrets.invalidate(key);
            }
            !is_meant
        });
        for (key, _) in &self.missing {
            if is_at_path(&key) {
                self.missing.invalidate(&*key);
            }
        }
    }

    pub(super) fn gate(&self) -> MutexGuard<'_, Gate> {
        // The state is whole after every statement that can panic.
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a task look for what may not be used any more, if there is anything and none does.
    pub(super) fn keep_swept(
        &self,
        gate: &mut Gate,
        sweeper: impl FnOnce() -> Option<AbortHandle>,
    ) {
        let is_swept = gate.sweeper.as_ref().is_some_and(|sweeper| !sweeper.is_finished());
        if !is_swept && !gate.kept.is_empty() {
            gate.sweeper = sweeper();
        }
    }
}

/// How a write ended.
pub(super) enum Outcome {
    Done(SecretMeta),
    /// The store has not done it.
    Refused,
    /// The store may have done it, or may still do it.
    Unknown,
}

fn bounded<K, V>(max: u64, life: Duration) -> Map<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    moka::sync::Cache::builder()
        .max_capacity(max)
        // Moka refuses more than a thousand years.
        .time_to_live(life.min(LONGEST_LIFE))
        .build_with_hasher(foldhash::fast::RandomState::default())
}

impl Drop for Store {
    fn drop(&mut self) {
        let gate = &mut *self.gate();
        if let Some(sweeper) = gate.sweeper.take() {
            sweeper.abort();
        }
        self.empty_all(gate);
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("entries", &self.secrets.entry_count())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
