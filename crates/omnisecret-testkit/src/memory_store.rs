//! A store of a second cache level in memory, whose records a test can see, swap and hold up.

use std::collections::HashMap;
use std::fmt;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use omnisecret_core::seal::{CacheStore, LeaseToken, Put, StoreKey};
use omnisecret_core::{Error, ErrorKind, Result};

/// A [`CacheStore`] in memory: the reference for its rules, and a double for tests of the layer.
///
/// Its time is the machine's.
#[derive(Default)]
pub struct MemoryStore {
    content: Mutex<Content>,
    calls: AtomicUsize,
}

#[derive(Default)]
struct Content {
    records: HashMap<StoreKey, Kept>,
    leases: HashMap<StoreKey, (LeaseToken, Instant)>,
    mood: Mood,
}

struct Kept {
    bytes: Vec<u8>,
    stamp: u64,
    end: Instant,
}

#[derive(Clone, Copy, Default)]
enum Mood {
    #[default]
    Well,
    Failing,
    Hanging,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every record, in no order.
    pub fn records(&self) -> Vec<(StoreKey, Vec<u8>)> {
        self.content().records.iter().map(|(key, kept)| (*key, kept.bytes.clone())).collect()
    }

    /// Changes the bytes under this key, as somebody could who may write to the store.
    pub fn overwrite(&self, key: StoreKey, bytes: Vec<u8>) {
        let end = far_off();
        self.content().records.insert(key, Kept { bytes, stamp: 0, end });
    }

    /// Takes the lease of this key for good.
    pub fn steal_lease(&self, key: StoreKey) {
        let token = LeaseToken::random().expect("random bytes");
        self.content().leases.insert(key, (token, far_off()));
    }

    /// From now on every call fails.
    pub fn fail(&self) {
        self.content().mood = Mood::Failing;
    }

    /// From now on no call ends.
    pub fn hang(&self) {
        self.content().mood = Mood::Hanging;
    }

    /// All is well again.
    pub fn heal(&self) {
        self.content().mood = Mood::Well;
    }

    /// How many calls there were.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn enter(&self) -> Result<()> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let mood = self.content().mood;
        match mood {
            Mood::Well => Ok(()),
            Mood::Failing => Err(Error::new(ErrorKind::Unavailable, "the store is down")),
            Mood::Hanging => pending().await,
        }
    }
}

/// As good as never.
fn far_off() -> Instant {
    after(Instant::now(), Duration::MAX)
}

/// So much later, or as late as a clock can be trusted to tell.
fn after(now: Instant, ttl: Duration) -> Instant {
    const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

    now + ttl.min(LONGEST)
}

#[async_trait]
impl CacheStore for MemoryStore {
    async fn get(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        self.enter().await?;
        let content = self.content();
        let kept = content.records.get(key).filter(|kept| kept.end > Instant::now());
        Ok(kept.map(|kept| kept.bytes.clone()))
    }

    async fn put(&self, key: &StoreKey, put: &Put<'_>) -> Result<bool> {
        self.enter().await?;
        let mut content = self.content();
        let now = Instant::now();
        let there = content.records.get(key).filter(|kept| kept.end > now);
        let replaces = put.replaces(there.map(|kept| kept.stamp));
        if replaces {
            let (bytes, end) = (put.record.to_vec(), after(now, put.ttl));
            content.records.insert(*key, Kept { bytes, stamp: put.stamp, end });
        }
        Ok(replaces)
    }

    async fn lease(&self, key: &StoreKey, token: &LeaseToken, ttl: Duration) -> Result<bool> {
        self.enter().await?;
        let mut content = self.content();
        let now = Instant::now();
        let is_free = content.leases.get(key).is_none_or(|(_, end)| *end <= now);
        if is_free {
            content.leases.insert(*key, (token.clone(), after(now, ttl)));
        }
        Ok(is_free)
    }

    async fn release(&self, key: &StoreKey, token: &LeaseToken) -> Result<()> {
        self.enter().await?;
        let mut content = self.content();
        if content.leases.get(key).is_some_and(|(held, _)| held == token) {
            content.leases.remove(key);
        }
        Ok(())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("records", &self.content().records.len())
            .finish_non_exhaustive()
    }
}
