//! The settings of a second level.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::level::Level;
use super::{CacheStore, Keyring, Namespace, Shared};
use crate::{Clock, Error, ErrorKind, Result, SystemClock};

/// Makes a [`Shared`]. Setters cannot fail; [`build`](Self::build) checks everything.
pub struct SharedBuilder<P> {
    provider: P,
    store: Arc<dyn CacheStore>,
    keys: Keyring,
    namespace: Namespace,
    settings: Settings,
    clock: Arc<dyn Clock>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) max_age: Duration,
    pub(super) offline: Duration,
    pub(super) lease_wait: Duration,
    pub(super) time_limit: Duration,
}

impl<P> SharedBuilder<P> {
    pub(super) fn new(
        provider: P,
        store: impl CacheStore,
        keys: Keyring,
        namespace: Namespace,
    ) -> Self {
        let settings = Settings {
            max_age: Duration::from_secs(15 * 60),
            offline: Duration::ZERO,
            lease_wait: Duration::from_millis(500),
            time_limit: Duration::from_millis(250),
        };
        let clock = Arc::new(SystemClock::new());
        Self { provider, store: Arc::new(store), keys, namespace, settings, clock }
    }

    /// How old an answer may be, counted from when the provider gave it to whichever process.
    /// 15 minutes unless set. A cache in front should not keep answers for longer either.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.settings.max_age = max_age;
        self
    }

    /// For how long past `max_age` an answer is still given, as [`Origin::Stale`], when the
    /// provider fails in a way that may pass. Never unless set.
    ///
    /// [`Origin::Stale`]: crate::Origin::Stale
    #[must_use]
    pub fn offline(mut self, offline: Duration) -> Self {
        self.settings.offline = offline;
        self
    }

    /// How long to wait for another process that is fetching the same secret, before it is asked
    /// for here too. 500 milliseconds unless set; zero takes no leases.
    #[must_use]
    pub fn lease_wait(mut self, lease_wait: Duration) -> Self {
        self.settings.lease_wait = lease_wait;
        self
    }

    /// How much time the store may cost one call, the wait for another process aside. 250
    /// milliseconds unless set.
    #[must_use]
    pub fn time_limit(mut self, time_limit: Duration) -> Self {
        self.settings.time_limit = time_limit;
        self
    }

    /// Where time comes from: for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The layer. No I/O.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if the namespace is not known in full, or nothing would ever
    /// be kept.
    pub fn build(self) -> Result<Shared<P>> {
        let Self { provider, store, keys, namespace, settings, clock } = self;
        let namespace = namespace.into_bytes()?;
        if settings.max_age.is_zero() || settings.time_limit.is_zero() {
            let message = "a second cache level with no time to keep or to ask keeps nothing";
            return Err(Error::new(ErrorKind::InvalidConfig, message)
                .with_action("set a max_age and a time limit above zero, or use no second level"));
        }
        Ok(Shared::new(provider, Level::new(store, keys, namespace, settings, clock)))
    }
}

impl<P: fmt::Debug> fmt::Debug for SharedBuilder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { provider, store, keys, namespace, settings, clock } = self;
        f.debug_struct("SharedBuilder")
            .field("provider", provider)
            .field("store", store)
            .field("keys", keys)
            .field("namespace", namespace)
            .field("settings", settings)
            .field("clock", clock)
            .finish()
    }
}
