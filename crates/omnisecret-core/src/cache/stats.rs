//! What a cache has done so far, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

/// How often what happened in a cache, since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Answers that were taken from the cache, fresh.
    pub hits: u64,
    /// Questions that the cache had no fresh answer to.
    pub misses: u64,
    /// Misses that joined a call which was under way.
    pub coalesced: u64,
    /// Calls that were started before an answer was too old, in the background.
    pub refreshes: u64,
    /// Answers past their time to live that stood in for an error.
    pub stale_served: u64,
    /// Answers that there is no such secret, from the cache.
    pub negative: u64,
    /// Secrets that had to go for others, or that nobody renewed.
    pub evictions: u64,
    /// Secrets in the cache now.
    pub entries: u64,
}

/// The counts that are not kept in entries. None of them is on the path of a hit.
#[derive(Default)]
pub(super) struct Counters {
    /// The hits of entries that are gone.
    pub(super) retired_hits: AtomicU64,
    pub(super) misses: AtomicU64,
    pub(super) coalesced: AtomicU64,
    pub(super) refreshes: AtomicU64,
    pub(super) stale_served: AtomicU64,
    pub(super) negative: AtomicU64,
    pub(super) evictions: AtomicU64,
}

impl Counters {
    pub(super) fn stats(&self, hits_of_entries: u64, entries: u64) -> CacheStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CacheStats {
            hits: read(&self.retired_hits) + hits_of_entries,
            misses: read(&self.misses),
            coalesced: read(&self.coalesced),
            refreshes: read(&self.refreshes),
            stale_served: read(&self.stale_served),
            negative: read(&self.negative),
            evictions: read(&self.evictions),
            entries,
        }
    }
}

/// One more.
pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
