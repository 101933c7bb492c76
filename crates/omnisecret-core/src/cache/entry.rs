//! A cached secret: its value, its times, and how often it was taken.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::{Origin, Secret};

pub(super) struct Entry {
    secret: Secret,
    times: Times,
    /// Which of the entries that this key has had.
    number: u64,
    refresh_ahead: bool,
    /// When the next hit starts a refresh, in nanoseconds of the cache's clock; at the end of time
    /// where none does.
    refresh_at: AtomicU64,
    hits: AtomicU64,
    /// How many entries there had been when moka last heard that this one is in use.
    told: AtomicU64,
}

/// When a secret was asked for, and until when which use may be made of it.
#[derive(Clone, Copy)]
pub(super) struct Times {
    /// The number of the question: of two answers the one to the later question is newer.
    pub(super) question: u64,
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
    pub(super) fn new(secret: Secret, times: Times, number: u64, refresh_ahead: bool) -> Self {
        let refresh_at = if refresh_ahead { nanos(times.refresh) } else { u64::MAX };
        Self {
            secret,
            times,
            number,
            refresh_ahead,
            refresh_at: AtomicU64::new(refresh_at),
            hits: AtomicU64::new(0),
            told: AtomicU64::new(number),
        }
    }

    pub(super) fn times(&self) -> &Times {
        &self.times
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The secret while it is fresh.
    pub(super) fn fresh(&self, now: Duration) -> Option<Hit> {
        if now >= self.times.fresh_until {
            return None;
        }
        let secret = self.secret(Origin::Cache, now);
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

    /// Whether moka has yet to hear that this entry is in use. What goes is the one that was not
    /// in use for longest, and one goes only when one comes: so once for each that has come is
    /// enough.
    pub(super) fn is_to_be_told(&self, entries: u64) -> bool {
        let is_news = self.told.load(Ordering::Relaxed) != entries;
        if is_news {
            self.told.store(entries, Ordering::Relaxed);
        }
        is_news
    }

    /// The secret while it may stand in for an answer that the store does not give.
    pub(super) fn stale(&self, now: Duration) -> Option<Secret> {
        if now >= self.times.stale_until {
            return None;
        }
        let is_fresh = now < self.times.fresh_until;
        Some(self.secret(if is_fresh { Origin::Cache } else { Origin::Stale }, now))
    }

    /// Has a hit start the next refresh from this time on, after one that failed.
    pub(super) fn refresh_again_at(&self, at: Duration) {
        if self.refresh_ahead {
            self.refresh_at.store(nanos(at), Ordering::Relaxed);
        }
    }

    /// Whether this is the same version with the same value.
    pub(super) fn is(&self, secret: &Secret) -> bool {
        self.secret.meta().version == secret.meta().version
            && self.secret.value().ct_eq(secret.value())
    }

    /// What the store itself calls this secret.
    pub(super) fn canonical(&self) -> Option<&str> {
        self.secret.meta().canonical.as_deref()
    }

    pub(super) fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    fn secret(&self, origin: Origin, now: Duration) -> Secret {
        let age = now.saturating_sub(self.times.asked).saturating_add(self.times.age);
        self.secret.clone().with_origin(origin, age)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
