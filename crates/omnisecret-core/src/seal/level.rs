//! The level itself: the store, the keys, the rules of age, and whether the store answers.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::builder::Settings;
use super::key::{Keyring, SealKey};
use super::namespace::Subject;
use super::record::{Record, SKEW, Stamp};
use super::seen::Seen;
use super::store::{CacheStore, Put, StoreKey};
use super::visit::Visit;
use super::wait::{Boxed, all};
use crate::{Clock, GetOptions, Result, Secret};

/// How long a store that has failed is left alone.
const HOLD_OFF: Duration = Duration::from_secs(1);

pub(super) struct Level {
    pub(super) store: Arc<dyn CacheStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: Settings,
    keys: Keyring,
    namespace: Vec<u8>,
    seen: Seen,
    /// Microseconds of the clock's `now` until which the store is left alone.
    down_until: AtomicU64,
}

/// What a record of the store is good for.
pub(super) enum Verdict {
    Fresh(Secret),
    /// Too old, but it may do if the provider is down.
    Offline(Secret),
    Refused,
}

impl Level {
    pub(super) fn new(
        store: Arc<dyn CacheStore>,
        keys: Keyring,
        namespace: Vec<u8>,
        settings: Settings,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (seen, down_until) = (Seen::default(), AtomicU64::new(0));
        Self { store, clock, settings, keys, namespace, seen, down_until }
    }

    pub(super) fn visit<'a>(&'a self, path: &'a str, options: &'a GetOptions) -> Visit<'a> {
        Visit::new(self, path, options)
    }

    pub(super) fn subject<'a>(&'a self, path: &'a str, options: &'a GetOptions) -> Subject<'a> {
        Subject::new(&self.namespace, path, options)
    }

    /// Each key with its own name for this secret; the sealing one first.
    pub(super) fn names(&self, subject: &Subject<'_>) -> Result<Vec<(&SealKey, StoreKey)>> {
        self.keys.iter().map(|key| Ok((key, key.name(subject)?))).collect()
    }

    pub(super) fn now(&self) -> Stamp {
        Stamp::of(self.clock.wall())
    }

    /// Judges an authentic record, and remembers that it was there.
    pub(super) fn judge(&self, name: StoreKey, record: Record) -> Verdict {
        let Record { stamp, secret } = record;
        let now = self.now();
        let ahead = if secret.is_some() { SKEW } else { 2 * SKEW };
        if stamp > now.after(ahead) || !self.seen.admits(&name, stamp) {
            return Verdict::Refused;
        }
        self.remember(name, stamp);
        let Some(secret) = secret else { return Verdict::Refused };
        let Settings { max_age, offline, .. } = self.settings;
        let age = stamp.age(now);
        let is_expired = secret.meta().expires.is_some_and(|end| end <= self.clock.wall());
        if is_expired || age > max_age.saturating_add(offline) {
            return Verdict::Refused;
        }
        if age > max_age { Verdict::Offline(secret) } else { Verdict::Fresh(secret) }
    }

    /// From now on this process takes nothing older.
    pub(super) fn remember(&self, name: StoreKey, stamp: Stamp) {
        self.seen.raise(name, stamp, self.now(), self.kept_for());
    }

    /// How long a record can be of use, by whichever clock.
    fn kept_for(&self) -> Duration {
        let Settings { max_age, offline, .. } = self.settings;
        max_age.saturating_add(offline).saturating_add(2 * SKEW)
    }

    /// Seals a record and describes how it goes into the store.
    pub(super) async fn put(
        &self,
        (key, name): (&SealKey, StoreKey),
        subject: &Subject<'_>,
        record: &Record,
        create: bool,
    ) -> Result<bool> {
        let sealed = key.seal(subject, &record.encode())?;
        let put = Put::new(&sealed, record.stamp.0, self.kept_for())
            .with_horizon(self.now().after(2 * SKEW).0)
            .with_create(create);
        self.store.put(&name, &put).await
    }

    /// Outdates every record of the current version that is there or still on its way: one that
    /// was fetched up to now, by a clock that may be ahead of this one.
    pub(super) async fn bury(&self, path: &str) {
        let options = GetOptions::default();
        let mut visit = self.visit(path, &options);
        let stamp = self.now().after(SKEW);
        visit.bury(Record { stamp, secret: None }, true).await;
    }

    /// Puts a tombstone under the name that each key has for the secret: other processes may not
    /// have the newest key yet.
    pub(super) async fn put_tombstone(
        &self,
        names: &[(&SealKey, StoreKey)],
        subject: &Subject<'_>,
        tombstone: &Record,
        create: bool,
    ) -> Result<()> {
        let put = |name| -> Boxed<'_, _> { Box::pin(self.put(name, subject, tombstone, create)) };
        let puts = names.iter().copied().map(put).collect();
        all(puts).await.into_iter().try_for_each(|put| put.map(drop))
    }

    /// How much time the store may cost a call: none while it is left alone.
    pub(super) fn time_limit(&self) -> Duration {
        // To stop waiting for it takes a timer.
        let has_timer = tokio::runtime::Handle::try_current().is_ok();
        let is_up = micros(self.clock.now()) >= self.down_until.load(Ordering::Relaxed);
        if has_timer && is_up { self.settings.time_limit } else { Duration::ZERO }
    }

    /// The store has failed, or has taken too long.
    pub(super) fn has_failed(&self) {
        let until = micros(self.clock.now().saturating_add(HOLD_OFF));
        self.down_until.store(until, Ordering::Relaxed);
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

impl fmt::Debug for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Level")
            .field("store", &self.store)
            .field("keys", &self.keys)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
