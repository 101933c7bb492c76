//! The settings of a cache.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::store::Store;
use super::{Cached, Inner};
use crate::{Clock, SystemClock};

/// Makes a [`Cached`]. The defaults are s1crets': 1000 entries, 15 minutes.
pub struct CachedBuilder<P> {
    provider: P,
    max_entries: u64,
    ttl: Duration,
    clock: Arc<dyn Clock>,
    runtime: Option<Handle>,
}

impl<P> CachedBuilder<P> {
    pub(super) fn new(provider: P) -> Self {
        Self {
            provider,
            max_entries: 1000,
            ttl: Duration::from_secs(15 * 60),
            clock: Arc::new(SystemClock::new()),
            runtime: None,
        }
    }

    /// How many secrets are kept at most; past that the least recently used one goes. 1000 unless
    /// set.
    #[must_use]
    pub fn max_entries(mut self, max_entries: u64) -> Self {
        self.max_entries = max_entries;
        self
    }

    /// How long a secret is fresh. 15 minutes unless set; zero caches nothing, and still joins
    /// those who ask at once.
    #[must_use]
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// Where time comes from: for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The runtime that calls to the provider run on, whichever the caller runs on.
    #[must_use]
    pub fn runtime(mut self, runtime: Handle) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// The cache.
    #[must_use]
    pub fn build(self) -> Cached<P> {
        let Self { provider, max_entries, ttl, clock, runtime } = self;
        let store = Store::new(max_entries, ttl, clock);
        Cached(Arc::new(Inner { provider, store, runtime }))
    }
}

impl<P: fmt::Debug> fmt::Debug for CachedBuilder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { provider, max_entries, ttl, clock, runtime } = self;
        f.debug_struct("CachedBuilder")
            .field("provider", provider)
            .field("max_entries", max_entries)
            .field("ttl", ttl)
            .field("clock", clock)
            .field("runtime", &runtime.is_some())
            .finish()
    }
}
