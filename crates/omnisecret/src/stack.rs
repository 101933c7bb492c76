//! The layers around a provider, in the one order that is right.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{Cached, Clock, Observed, Retry, SecretProvider, Timeout};

use crate::kinds::Kind;

/// A provider with its layers: observed, cached, shared with other processes where a second level
/// is configured, limited in all, repeated, and limited at each attempt.
///
/// - [`Observed::lookup`] finds what is cached and boxes nothing; the calls that hits save show in
///   the events too, because these are told outside the cache.
/// - Repeating is below the cache: those who wait for one secret share its attempts.
/// - [`provider`](Observed::provider) gives the cache, to invalidate, refresh or watch.
pub type Stack = Observed<Cached<Arc<dyn SecretProvider>>>;

/// The settings of the layers.
#[derive(Clone, Debug)]
pub(crate) struct Layers {
    pub(crate) max_entries: u64,
    pub(crate) ttl: Duration,
    pub(crate) max_stale: Duration,
    pub(crate) negative_ttl: Duration,
    pub(crate) refresh_ahead: bool,
    pub(crate) attempts: u32,
    pub(crate) deadline: Duration,
    /// The limit of each attempt at one secret, and of each request for many.
    pub(crate) attempt: Option<Duration>,
    /// The limit of all of them.
    pub(crate) total: Option<Duration>,
}

impl Default for Layers {
    fn default() -> Self {
        Self {
            max_entries: 1000,
            ttl: Duration::from_secs(15 * 60),
            max_stale: Duration::ZERO,
            negative_ttl: Duration::ZERO,
            refresh_ahead: true,
            attempts: 3,
            deadline: Duration::from_secs(30),
            attempt: Some(Duration::from_secs(5)),
            total: None,
        }
    }
}

impl Layers {
    /// Those of this kind where nothing is set.
    pub(crate) fn of(kind: &Kind) -> Self {
        let usual = Self::default();
        // A file may wait for a person who types its password, or for its lock.
        let attempt = usual.attempt.filter(|_| !kind.is_local());
        Self { attempt, ..usual }
    }

    /// All of them.
    pub(crate) fn around(
        &self,
        name: &str,
        provider: Arc<dyn SecretProvider>,
        clock: &Arc<dyn Clock>,
    ) -> Stack {
        self.outside(name, self.inside(provider, clock), clock)
    }

    /// Those that each call to the store goes through. A second level goes around them.
    pub(crate) fn inside(
        &self,
        provider: Arc<dyn SecretProvider>,
        clock: &Arc<dyn Clock>,
    ) -> Arc<dyn SecretProvider> {
        let clock = || Arc::clone(clock);
        let Self { attempts, deadline, attempt, total, .. } = *self;
        // As many requests as there are secrets to bring, each limited by the provider.
        let each =
            Timeout::new(provider).with_limit(attempt).with_many_limit(None).with_clock(clock());
        let retry =
            Retry::new(each).with_attempts(attempts).with_deadline(deadline).with_clock(clock());
        Arc::new(Timeout::new(retry).with_limit(total).with_clock(clock()))
    }

    /// Those that each question goes through.
    pub(crate) fn outside(
        &self,
        name: &str,
        provider: Arc<dyn SecretProvider>,
        clock: &Arc<dyn Clock>,
    ) -> Stack {
        let clock = || Arc::clone(clock);
        let cached = Cached::builder(provider)
            .max_entries(self.max_entries)
            .ttl(self.ttl)
            .max_stale(self.max_stale)
            .negative_ttl(self.negative_ttl)
            .refresh_ahead(self.refresh_ahead)
            .clock(clock())
            .build();
        Observed::new(cached).with_name(name).with_clock(clock())
    }
}
