//! What each key's generations were and when, and what an answer may be in the light of that.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use omnisecret_core::{Origin, Secret};

/// Past this, the end of a generation is forgotten; no answer may be as old.
const MEMORY: Duration = Duration::from_secs(10);

/// What is told of a wrong answer more often than this tells nothing new.
const MAX_WRONG: usize = 10;

pub(crate) struct Ledger {
    keys: Vec<Key>,
    ttl: Duration,
    max_stale: Duration,
    /// Changes that are going on, and those that have begun or ended.
    changing: AtomicUsize,
    changed: AtomicU64,
    pub(crate) changes: AtomicU64,
    pub(crate) fetches: AtomicU64,
    /// Reads of a path that the cache keeps nothing for.
    pub(crate) unsettled: AtomicU64,
    answers: [AtomicU64; 3],
    errors: AtomicU64,
    wrong: Mutex<Vec<String>>,
}

#[derive(Default)]
struct Key {
    generations: Mutex<Generations>,
    /// No reader who starts from now on may see an older one.
    floor: AtomicU64,
    /// Writes going on.
    writing: AtomicUsize,
    /// Until when a write whose outcome is not known may keep the cache from keeping anything.
    unsettled_until: Mutex<Option<Instant>>,
}

#[derive(Default)]
struct Generations {
    current: u64,
    /// Which ended when, oldest first.
    ended: VecDeque<(u64, Instant)>,
}

/// The state of the world when a reader starts.
pub(crate) struct Start {
    key: usize,
    at: Instant,
    floor: u64,
}

impl Ledger {
    pub(crate) fn new(keys: usize, ttl: Duration, max_stale: Duration) -> Self {
        Self {
            keys: std::iter::repeat_with(Key::default).take(keys).collect(),
            ttl,
            max_stale,
            changing: AtomicUsize::new(0),
            changed: AtomicU64::new(0),
            changes: AtomicU64::new(0),
            fetches: AtomicU64::new(0),
            unsettled: AtomicU64::new(0),
            answers: Default::default(),
            errors: AtomicU64::new(0),
            wrong: Mutex::default(),
        }
    }

    pub(crate) fn keys(&self) -> usize {
        self.keys.len()
    }

    pub(crate) fn current(&self, key: usize) -> u64 {
        lock(&self.keys[key].generations).current
    }

    /// The store has another value for this key from now on: its generation.
    pub(crate) fn next(&self, key: usize) -> u64 {
        let generations = &mut *lock(&self.keys[key].generations);
        // Under the lock, so that nobody has read the old one after this.
        let now = Instant::now();
        generations.ended.push_back((generations.current, now));
        while generations.ended.front().is_some_and(|(_, at)| now - *at > MEMORY) {
            generations.ended.pop_front();
        }
        generations.current += 1;
        generations.current
    }

    /// From now on nobody may see what is older than this generation.
    pub(crate) fn raise(&self, key: usize, generation: u64) {
        self.keys[key].floor.fetch_max(generation, SeqCst);
    }

    pub(crate) fn start(&self, key: usize, is_fetch: bool) -> Start {
        if is_fetch {
            self.fetches.fetch_add(1, Relaxed);
        } else if self.is_unsettled(key) {
            self.unsettled.fetch_add(1, Relaxed);
        }
        let floor = if is_fetch { self.current(key) } else { 0 };
        Start { key, at: Instant::now(), floor: floor.max(self.keys[key].floor.load(SeqCst)) }
    }

    /// Runs what has the cache forget so many keys.
    pub(crate) fn change(&self, keys: usize, change: impl FnOnce()) {
        self.begin_change(keys);
        change();
        self.end_change();
    }

    fn begin_change(&self, keys: usize) {
        self.changes.fetch_add(keys as u64, Relaxed);
        self.changing.fetch_add(1, SeqCst);
        self.changed.fetch_add(1, SeqCst);
    }

    fn end_change(&self) {
        self.changed.fetch_add(1, SeqCst);
        self.changing.fetch_sub(1, SeqCst);
    }

    pub(crate) fn begin_write(&self, key: usize) {
        self.begin_change(1);
        self.keys[key].writing.fetch_add(1, SeqCst);
    }

    pub(crate) fn end_write(&self, key: usize, grace: Option<Duration>) {
        if let Some(grace) = grace {
            *lock(&self.keys[key].unsettled_until) = Some(Instant::now() + grace);
        }
        self.keys[key].writing.fetch_sub(1, SeqCst);
        self.end_change();
    }

    fn is_unsettled(&self, key: usize) -> bool {
        let key = &self.keys[key];
        key.writing.load(SeqCst) > 0
            || lock(&key.unsettled_until).is_some_and(|until| Instant::now() < until)
    }

    /// A moment, to see later whether anything has changed since.
    pub(crate) fn moment(&self) -> Option<u64> {
        (self.changing.load(SeqCst) == 0).then(|| self.changed.load(SeqCst))
    }

    /// So many secrets may be read for a listing.
    pub(crate) fn listed(&self, keys: usize) {
        self.fetches.fetch_add(keys as u64, Relaxed);
    }

    pub(crate) fn error(&self) {
        self.errors.fetch_add(1, Relaxed);
    }

    /// Holds an answer against what is known.
    pub(crate) fn check(&self, start: &Start, secret: &Secret) -> u64 {
        let Start { key, at, floor } = *start;
        let (count, limit, age) = match secret.origin() {
            // By a call that this reader has joined, which takes no longer than that.
            Origin::Store => (0, Duration::MAX, self.ttl),
            Origin::Cache => (1, self.ttl, secret.age()),
            _ => (2, self.ttl + self.max_stale, secret.age()),
        };
        self.answers[count].fetch_add(1, Relaxed);
        let Some((named, generation)) = secret.expose_str().ok().and_then(read) else {
            self.is_wrong(format!("{key}: not a value"));
            return 0;
        };
        if named != key {
            self.is_wrong(format!("{key}: the value of {named}"));
        }
        if generation < floor {
            let origin = secret.origin();
            self.is_wrong(format!("{key}: {generation} after {floor} was there ({origin:?})"));
        }
        // What was read from the store `age` ago was there then, and the age is within bounds.
        if age >= limit {
            self.is_wrong(format!("{key}: {age:?} old, {:?}", secret.origin()));
        }
        if let Some(ended) = self.ended(key, generation)
            && at.checked_duration_since(ended).is_some_and(|ago| ago > age)
        {
            let ago = at - ended;
            self.is_wrong(format!("{key}: {generation} ended {ago:?} ago, {age:?} old it says"));
        }
        generation
    }

    /// When this generation ended; long ago if that is not known.
    fn ended(&self, key: usize, generation: u64) -> Option<Instant> {
        let generations = lock(&self.keys[key].generations);
        if generation >= generations.current {
            if generation > generations.current {
                self.is_wrong(format!("{key}: {generation} has not been yet"));
            }
            return None;
        }
        let ended = generations.ended.iter().find(|(ended, _)| *ended == generation);
        if ended.is_none() {
            self.is_wrong(format!("{key}: {generation} is of long ago"));
        }
        ended.map(|(_, at)| *at)
    }

    pub(crate) fn is_wrong(&self, what: String) {
        let mut wrong = lock(&self.wrong);
        if wrong.len() < MAX_WRONG {
            wrong.push(what);
        }
    }

    pub(crate) fn wrong(&self) -> Vec<String> {
        lock(&self.wrong).clone()
    }

    pub(crate) fn answers(&self) -> u64 {
        self.answers.iter().map(|count| count.load(Relaxed)).sum()
    }
}

/// What a value says: its key and its generation.
fn read(value: &str) -> Option<(usize, u64)> {
    let (key, generation) = value.split_once(' ')?;
    Some((key.parse().ok()?, generation.parse().ok()?))
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").finish_non_exhaustive()
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [store, cache, stale] = &self.answers;
        let read = |count: &AtomicU64| count.load(Relaxed);
        write!(f, "{} from the store, {} cached, {} stale", read(store), read(cache), read(stale))?;
        write!(f, ", {} errors, {} forgotten", read(&self.errors), read(&self.changes))
    }
}
