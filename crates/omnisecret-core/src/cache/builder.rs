//! The settings of a cache.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::Semaphore;

use super::store::Store;
use super::sync::Handle;
use super::{Cached, Inner};
use crate::{Clock, SecretMeta, SystemClock};

/// How many calls to the provider are under way at once at most.
const MAX_FLIGHTS: usize = 16;

/// A time to live by path, metadata and time of day; `None` for the usual one.
pub(super) type TtlPolicy = dyn Fn(&str, &SecretMeta, SystemTime) -> Option<Duration> + Send + Sync;

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) max_entries: u64,
    pub(super) ttl: Duration,
    pub(super) ttl_of: Option<Arc<TtlPolicy>>,
    pub(super) max_stale: Duration,
    pub(super) negative_ttl: Duration,
    pub(super) refresh_ahead: bool,
    pub(super) write_grace: Duration,
    pub(super) clock: Arc<dyn Clock>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_entries: 1000,
            ttl: Duration::from_secs(15 * 60),
            ttl_of: None,
            max_stale: Duration::ZERO,
            negative_ttl: Duration::ZERO,
            refresh_ahead: true,
            write_grace: Duration::from_secs(30),
            clock: Arc::new(SystemClock::new()),
        }
    }
}

/// Makes a [`Cached`]. The defaults are s1crets': 1000 entries, 15 minutes.
///
/// ```
/// use std::time::Duration;
/// use omnisecret_core::{Cached, Memory};
///
/// let cached = Cached::builder(Memory::new())
///     .ttl(Duration::from_secs(5 * 60))
///     .max_stale(Duration::from_secs(60 * 60))
///     .ttl_by(|path, meta, now| match meta.next_rotation {
///         // Not beyond the moment when the store means to replace it.
///         Some(rotation) => rotation.duration_since(now).ok(),
///         None => path.starts_with("flags/").then_some(Duration::from_secs(10)),
///     })
///     .build();
/// ```
pub struct CachedBuilder<P> {
    provider: P,
    settings: Settings,
    runtime: Option<Handle>,
}

impl<P> CachedBuilder<P> {
    pub(super) fn new(provider: P) -> Self {
        Self { provider, settings: Settings::default(), runtime: None }
    }

    /// How many secrets are kept at most; past that the least recently used one goes. 1000 unless
    /// set.
    #[must_use]
    pub fn max_entries(mut self, max_entries: u64) -> Self {
        self.settings.max_entries = max_entries;
        self
    }

    /// How long a secret is fresh. 15 minutes unless set; zero caches nothing, and still joins
    /// those who ask at once.
    #[must_use]
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.settings.ttl = ttl;
        self
    }

    /// A time to live of its own for some secrets, by their path, their metadata and the time of
    /// day. `None` leaves the usual one. Called for each answer that is to be kept, under a lock:
    /// it should compute and not wait.
    #[must_use]
    pub fn ttl_by(
        mut self,
        ttl_of: impl Fn(&str, &SecretMeta, SystemTime) -> Option<Duration> + Send + Sync + 'static,
    ) -> Self {
        self.settings.ttl_of = Some(Arc::new(ttl_of));
        self
    }

    /// How long past its time to live a secret may stand in for an answer that the store does not
    /// give, marked [`Origin::Stale`](crate::Origin::Stale). Zero, which is never, unless set.
    ///
    /// # Security
    /// The longest use of a secret after its revocation is the ttl and this together, if the
    /// store cannot be asked that long.
    #[must_use]
    pub fn max_stale(mut self, max_stale: Duration) -> Self {
        self.settings.max_stale = max_stale;
        self
    }

    /// How long it is believed that a secret is not there. Zero, which is not at all, unless set.
    #[must_use]
    pub fn negative_ttl(mut self, negative_ttl: Duration) -> Self {
        self.settings.negative_ttl = negative_ttl;
        self
    }

    /// Whether a hit past 80 to 90 % of the time to live, for each key another share, starts a
    /// call in the background, so that nobody waits for one. True unless set; off where no
    /// runtime is running.
    #[must_use]
    pub fn refresh_ahead(mut self, refresh_ahead: bool) -> Self {
        self.settings.refresh_ahead = refresh_ahead;
        self
    }

    /// How long after a write whose outcome is not known nothing is kept for its path, because
    /// the store may still do it. 30 seconds unless set.
    #[must_use]
    pub fn write_grace(mut self, write_grace: Duration) -> Self {
        self.settings.write_grace = write_grace;
        self
    }

    /// Where time comes from: for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.settings.clock = Arc::new(clock);
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
        let Self { provider, settings, runtime } = self;
        let permits = Semaphore::new(MAX_FLIGHTS);
        Cached(Arc::new(Inner { provider, store: Store::new(settings), runtime, permits }))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            max_entries,
            ttl,
            ttl_of,
            max_stale,
            negative_ttl,
            refresh_ahead,
            write_grace,
            clock,
        } = self;
        f.debug_struct("Settings")
            .field("max_entries", max_entries)
            .field("ttl", ttl)
            .field("ttl_of", &ttl_of.is_some())
            .field("max_stale", max_stale)
            .field("negative_ttl", negative_ttl)
            .field("refresh_ahead", refresh_ahead)
            .field("write_grace", write_grace)
            .field("clock", clock)
            .finish()
    }
}

impl<P: fmt::Debug> fmt::Debug for CachedBuilder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { provider, settings, runtime } = self;
        f.debug_struct("CachedBuilder")
            .field("provider", provider)
            .field("settings", settings)
            .field("runtime", &runtime.is_some())
            .finish()
    }
}
