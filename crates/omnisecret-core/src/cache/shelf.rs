//! The secrets that are kept, and moka's judgement of which of them stay and how long.
//!
//! Moka holds no secret, but a ticket for each. It frees late what it is told to forget, and a
//! look at its map costs more than one at ours, most of it to note the use. So a hit looks at
//! ours, and tells moka of a use only when that can change what moka does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use moka::Expiry;
use moka::notification::RemovalCause;
use moka::policy::EvictionPolicy;

use super::entry::{Entry, Hit, Times};
use super::index::Index;
use super::key::{Key, KeyRef};
use super::stats::{Counters, count};
use crate::Secret;

/// Longer than any process runs, a hundred years: moka refuses more than a thousand.
pub(super) const LONGEST_LIFE: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

pub(super) struct Shelf {
    index: Arc<Index>,
    tickets: Tickets,
    /// How many entries there have been.
    entries: AtomicU64,
    max_entries: u64,
    counters: Arc<Counters>,
}

type Tickets = moka::sync::Cache<Key, Ticket, RandomState>;

/// What moka has in the place of an entry.
#[derive(Clone, Copy)]
struct Ticket {
    number: u64,
    /// By moka's own clock, for giving memory back; freshness is judged by ours.
    life: Duration,
}

struct Life;

impl Expiry<Key, Ticket> for Life {
    fn expire_after_create(&self, _: &Key, ticket: &Ticket, _: Instant) -> Option<Duration> {
        Some(ticket.life)
    }

    // Without this one a replaced entry would live for what its forerunner had left.
    fn expire_after_update(
        &self,
        _: &Key,
        ticket: &Ticket,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(ticket.life)
    }
}

impl Shelf {
    pub(super) fn new(max_entries: u64, counters: Arc<Counters>) -> Self {
        let index = Arc::new(Index::new());
        let listener = {
            let (index, counters) = (Arc::clone(&index), Arc::clone(&counters));
            move |key: Arc<Key>, ticket: Ticket, cause: RemovalCause| {
                // Another one has been put in the place of most that moka is done with.
                let entry = index.take(&key, |entry| entry.number() == ticket.number);
                if entry.is_some() && cause.was_evicted() {
                    count(&counters.evictions);
                }
                retire(&counters, entry);
            }
        };
        let tickets = moka::sync::Cache::builder()
            .max_capacity(max_entries)
            .eviction_policy(EvictionPolicy::lru())
            .expire_after(Life)
            .eviction_listener(listener)
            .build_with_hasher(RandomState::default());
        Self { index, tickets, entries: AtomicU64::new(0), max_entries, counters }
    }

    /// The fresh secret of this key.
    pub(super) fn get(&self, key: &KeyRef<'_>, now: Duration) -> Option<Hit> {
        let entries = self.entries.load(Ordering::Relaxed);
        let look = |entry: &Entry| Some((entry.fresh(now)?, entry.is_to_be_told(entries)));
        let (hit, is_to_be_told) = self.index.look(key, look)??;
        if is_to_be_told {
            self.tickets.get(key);
        }
        Some(hit)
    }

    /// The secret of this key as far as it may stand in for an answer.
    pub(super) fn stale(&self, key: &KeyRef<'_>, now: Duration) -> Option<Secret> {
        self.index.look(key, |entry| entry.stale(now))?
    }

    /// The times of what is kept under this key.
    pub(super) fn times(&self, key: &KeyRef<'_>) -> Option<Times> {
        self.index.look(key, |entry| *entry.times())
    }

    /// Keeps a secret. One at a time.
    pub(super) fn keep(&self, key: &Key, secret: &Secret, times: Times, refresh_ahead: bool) {
        if self.max_entries == 0 {
            return;
        }
        let number = self.entries.fetch_add(1, Ordering::Relaxed) + 1;
        let entry = Entry::new(secret.clone(), times, number, refresh_ahead);
        retire(&self.counters, self.index.insert(key.clone(), entry));
        let life = times.stale_until.saturating_sub(times.asked).min(LONGEST_LIFE);
        self.tickets.insert(key.clone(), Ticket { number, life });
        self.tickets.run_pending_tasks();
    }

    /// Has a hit start the next refresh from this time on, after one that failed.
    pub(super) fn refresh_again_at(&self, key: &KeyRef<'_>, at: Duration) {
        self.index.look(key, |entry| entry.refresh_again_at(at));
    }

    /// Lets go of the secret of this key, if it is the one that is meant.
    pub(super) fn forget(&self, key: &Key, is_meant: impl Fn(&Entry) -> bool) {
        let entry = self.index.take(key, is_meant);
        if entry.is_some() {
            self.tickets.invalidate(key);
        }
        retire(&self.counters, entry);
    }

    /// Lets go of every secret that is meant.
    pub(super) fn forget_all(&self, is_meant: impl Fn(&Key, &Entry) -> bool) {
        for (key, entry) in self.index.take_all(is_meant) {
            self.tickets.invalidate(&key);
            retire(&self.counters, Some(entry));
        }
    }

    /// What the store itself calls the secrets of these keys.
    pub(super) fn canonicals(&self, is_meant: impl Fn(&Key) -> bool) -> Vec<String> {
        let look = |key: &Key, entry: &Entry| {
            entry.canonical().filter(|_| is_meant(key)).map(str::to_owned)
        };
        self.index.look_at_all(look).into_iter().flatten().collect()
    }

    /// The hits of each secret that is kept.
    pub(super) fn hits(&self) -> Vec<u64> {
        self.index.look_at_all(|_, entry| entry.hits())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Lets go of what may not be used any more. Moka notices that a second and more after its
    /// time, and by a clock of its own.
    pub(super) fn sweep(&self, now: Duration) {
        self.tickets.run_pending_tasks();
        self.forget_all(|_, entry| {
            let is_over = now >= entry.times().stale_until;
            if is_over {
                count(&self.counters.evictions);
            }
            is_over
        });
    }
}

/// What a secret that is let go of leaves: the count of its hits.
fn retire(counters: &Counters, entry: Option<Entry>) {
    if let Some(entry) = entry {
        counters.retired_hits.fetch_add(entry.hits(), Ordering::Relaxed);
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        // Moka frees late, and its listener has the index.
        self.forget_all(|_, _| true);
    }
}
