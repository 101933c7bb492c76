//! A cached secret: its value, its times, and how often it was taken.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use crate::{Origin, Secret};

/// Can be emptied while moka still holds it: moka frees late.
pub(super) struct Entry {
    secret: RwLock<Option<Secret>>,
    times: Times,
    refresh_ahead: bool,
    /// When the next hit starts a refresh, in nanoseconds of the cache's clock; at the end of time
    /// where none does.
    refresh_at: AtomicU64,
    hits: AtomicU64,
}

/// When a secret was asked for, and until when which use may be made of it.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) asked: Duration,
    /// How old the answer was when it came: older than none from a level below.
    pub(super) age: Duration,
    /// When to ask again, so that nobody need wait.
    pub(super) refresh: Duration,
    pub(super) fresh_until: Duration,
    pub(super) stale_until: Duration,
}

/// What a look at an entry gives.
pub(super) enum Hit {
    Fresh(Secret),
    /// Fresh, and this look is the one that starts the refresh.
    Due(Secret),
}

impl Entry {
    pub(super) fn new(secret: Secret, times: Times, refresh_ahead: bool) -> Self {
        let refresh_at = if refresh_ahead { nanos(times.refresh) } else { u64::MAX };
        Self {
            secret: RwLock::new(Some(secret)),
            times,
            refresh_ahead,
            refresh_at: AtomicU64::new(refresh_at),
            hits: AtomicU64::new(0),
        }
    }

    pub(super) fn times(&self) -> &Times {
        &self.times
    }

    /// The secret while it is fresh.
    pub(super) fn fresh(&self, now: Duration) -> Option<Hit> {
        if now >= self.times.fresh_until {
            return None;
        }
        let secret = self.secret(Origin::Cache, now)?;
        self.hits.fetch_add(1, Ordering::Relaxed);
        let due = self.refresh_at.load(Ordering::Relaxed);
        if nanos(now) < due {
            return Some(Hit::Fresh(secret));
        }
        // Of those who see that it is due, one starts the refresh.
        let is_mine = self
            .refresh_at
            .compare_exchange(due, u64::MAX, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok();
        Some(if is_mine { Hit::Due(secret) } else { Hit::Fresh(secret) })
    }

    /// The secret while it may stand in for an answer that the store does not give.
    pub(super) fn stale(&self, now: Duration) -> Option<Secret> {
        if now >= self.times.stale_until {
            return None;
        }
        let is_fresh = now < self.times.fresh_until;
        self.secret(if is_fresh { Origin::Cache } else { Origin::Stale }, now)
    }

    /// Has a hit start the next refresh from this time on, after one that failed.
    pub(super) fn refresh_again_at(&self, at: Duration) {
        if self.refresh_ahead {
            self.refresh_at.store(nanos(at), Ordering::Relaxed);
        }
    }

    /// Whether the store calls this secret by that name.
    pub(super) fn is_called(&self, canonical: &str) -> bool {
        let secret = self.secret.read().unwrap_or_else(PoisonError::into_inner);
        secret.as_ref().is_some_and(|secret| secret.meta().canonical.as_deref() == Some(canonical))
    }

    pub(super) fn canonical(&self) -> Option<String> {
        let secret = self.secret.read().unwrap_or_else(PoisonError::into_inner);
        secret.as_ref().and_then(|secret| secret.meta().canonical.clone())
    }

    pub(super) fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// Lets go of the secret, and gives the count of its hits once.
    pub(super) fn empty(&self) -> u64 {
        self.secret.write().unwrap_or_else(PoisonError::into_inner).take();
        self.hits.swap(0, Ordering::Relaxed)
    }

    fn secret(&self, origin: Origin, now: Duration) -> Option<Secret> {
        let secret = self.secret.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        let age = now.saturating_sub(self.times.asked).saturating_add(self.times.age);
        Some(secret.with_origin(origin, age))
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
