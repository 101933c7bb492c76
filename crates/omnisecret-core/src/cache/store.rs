//! What is cached, and what must not become so.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::BuildHasher;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::builder::Settings;
use super::entry::{Hit, Times};
use super::flight::{Board, Line};
use super::holdoff::Throttle;
use super::key::{Key, KeyRef, ListKey};
use super::lines::{Gets, Lists, Maps};
use super::shelf::{LONGEST_LIFE, Shelf};
use super::stats::{CacheStats, Counters};
use super::sync::{AbortHandle, Mutex, MutexGuard};
use super::watch::Watches;
use crate::{Clock, Error, ErrorKind, Origin, Secret, SecretEntry, SecretMeta};

type Map<K, V> = moka::sync::Cache<K, V, foldhash::fast::RandomState>;

/// How many listings are kept.
const MAX_LISTINGS: u64 = 100;

pub(super) struct Store {
    shelf: Shelf,
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
    /// Counts questions, to tell which of two was asked first.
    questions: u64,
    writing: HashMap<Box<str>, Writing>,
    renewals: Renewals,
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

/// What was invalidated and not asked for since. The next answer must come from the store itself:
/// a cache behind this one may still have what is not wanted any more.
#[derive(Default)]
struct Renewals {
    paths: HashSet<Box<str>>,
    /// Until when this is so for every path.
    all_until: Duration,
}

/// When an answer was asked for.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    at: Duration,
    question: u64,
    changes: u64,
}

impl Store {
    pub(super) fn new(settings: Settings) -> Self {
        let counters = Arc::<Counters>::default();
        Self {
            shelf: Shelf::new(settings.max_entries, Arc::clone(&counters)),
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
        self.shelf.get(key, self.clock().now())
    }

    /// The fresh secret of this key, for those who have been counted as having found none.
    pub(super) fn kept(&self, key: &KeyRef<'_>) -> Option<Secret> {
        self.stale(key).filter(|secret| secret.origin() != Origin::Stale)
    }

    /// The secret of this key as far as it may stand in for an answer.
    pub(super) fn stale(&self, key: &KeyRef<'_>) -> Option<Secret> {
        self.shelf.stale(key, self.clock().now())
    }

    /// The times of what is cached under this key.
    pub(super) fn times(&self, key: &KeyRef<'_>) -> Option<Times> {
        self.shelf.times(key)
    }

    /// Has a hit start a refresh again, some time from now.
    pub(super) fn refresh_later(&self, key: &KeyRef<'_>, pause: Duration) {
        self.shelf.refresh_again_at(key, self.clock().now().saturating_add(pause));
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
        let hits = self.shelf.hits();
        self.counters.stats(hits.iter().sum(), hits.len() as u64)
    }

    /// The mark that a fetch carries from its start.
    pub(super) fn asked(&self, gate: &mut Gate) -> Asked {
        gate.questions += 1;
        Asked { at: self.clock().now(), question: gate.questions, changes: gate.changes }
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

    /// Keeps a secret, if it may be kept.
    pub(super) fn fill(&self, gate: &mut Gate, key: &Key, asked: Asked, secret: &Secret) {
        // A listing may come long after the answer to a question that was asked later.
        if self.times(&key.borrow()).is_some_and(|times| times.question > asked.question) {
            return;
        }
        if !self.may_keep(gate, asked, key.path()) {
            // Who has been given this answer must not get an older one next.
            self.shelf.forget(key, |entry| !entry.is(secret));
            return;
        }
        gate.renewals.paths.remove(key.path());
        self.missing.invalidate(key);
        let times = self.times_of(key, asked, secret);
        self.shelf.keep(key, secret, times, self.settings.refresh_ahead);
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
            question: asked.question,
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
            self.shelf.forget(key, |_| true);
        } else if let Some(until) = held_off {
            self.shelf.refresh_again_at(&key.borrow(), until);
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

    pub(super) fn invalidate(&self, path: &str) {
        let gate = &mut *self.gate();
        self.change(gate, path, None);
        if gate.renewals.paths.len() as u64 >= self.settings.max_entries {
            self.renew_all(gate);
        }
        gate.renewals.paths.insert(path.into());
        gate.watches.poke(|key| key.path() == path);
    }

    /// For as long as an answer of a cache behind this one could be of use.
    fn renew_all(&self, gate: &mut Gate) {
        gate.renewals.paths.clear();
        let life = self.settings.ttl.saturating_add(self.settings.max_stale);
        gate.renewals.all_until = self.clock().now().saturating_add(life);
    }

    /// Whether an answer must come from the store itself.
    pub(super) fn is_to_be_renewed(&self, gate: &Gate, is_about: impl Fn(&str) -> bool) -> bool {
        let Renewals { paths, all_until } = &gate.renewals;
        paths.iter().any(|path| is_about(path)) || self.clock().now() < *all_until
    }

    pub(super) fn invalidate_all(&self) {
        let gate = &mut *self.gate();
        gate.changes += 1;
        self.renew_all(gate);
        gate.gets.cut(|_| true);
        gate.maps.cut(|_| true);
        gate.lists.cut(|_| true);
        self.shelf.forget_all(|_, _| true);
        self.missing.invalidate_all();
        self.names.invalidate_all();
        self.lists.invalidate_all();
        gate.watches.poke(|_| true);
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
        let mut names = self.shelf.canonicals(is_at_path);
        names.extend(canonical.map(str::to_owned));
        names.push(path.to_owned());
        // Changes are rare and the shelf is bounded.
        self.shelf.forget_all(|key, entry| {
            let is_meant = |name: &String| key.path() == name || entry.canonical() == Some(name);
            names.iter().any(is_meant)
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
        if !is_swept && !self.shelf.is_empty() {
            gate.sweeper = sweeper();
        }
    }

    /// Whether a write is under way, or of unknown outcome.
    #[cfg(all(test, shuttle))]
    pub(super) fn is_writing(&self) -> bool {
        !self.gate().writing.is_empty()
    }

    /// Lets go of what may not be used any more; whether anything is left.
    pub(super) fn sweep(&self) -> bool {
        // Under the lock that fills are made under, so that none ends between the two.
        let _gate = self.gate();
        self.shelf.sweep(self.clock().now());
        !self.shelf.is_empty()
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
        .time_to_live(life.min(LONGEST_LIFE))
        .build_with_hasher(foldhash::fast::RandomState::default())
}

impl Drop for Store {
    fn drop(&mut self) {
        let gate = self.gate.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(sweeper) = gate.sweeper.take() {
            sweeper.abort();
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("entries", &self.shelf.hits().len())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
