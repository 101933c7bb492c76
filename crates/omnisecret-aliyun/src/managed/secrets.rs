//! The managed secrets of a process: one task for each, however many handles.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use omnisecret_core::{Clock, Error, ErrorKind, Result, SecretProvider, SystemClock};
use tokio::runtime::Handle;

use super::state::{Settings, State, random};
use super::{Managed, ManagedCredentials, ManagedValue, Shared, plan};

/// Makes handles of managed secrets. Cheap to clone; clones share what they keep.
///
/// See [`Managed`].
#[derive(Clone)]
pub struct ManagedSecrets {
    settings: Settings,
    slots: Arc<Mutex<Slots>>,
}

/// The places of all, by what they hold: each is a [`Slot`] of that type.
type Slots = HashMap<(TypeId, String), Arc<dyn Any + Send + Sync>>;

/// The place of one secret. Held while its first value is fetched, so that it is fetched once.
type Slot<V> = tokio::sync::Mutex<Weak<Shared<V>>>;

impl ManagedSecrets {
    /// Secrets of this provider, which is asked past any cache.
    pub fn builder(provider: impl SecretProvider) -> ManagedSecretsBuilder {
        ManagedSecretsBuilder(Settings {
            provider: Arc::new(provider),
            clock: Arc::new(SystemClock::new()),
            spread: random(plan::SPREAD),
            forced_burst: 5,
            forced_interval: Duration::from_secs(10 * 60),
        })
    }

    /// A handle of the access key of a RAM user, `acs/ram/user/NAME`.
    ///
    /// # Errors
    /// As [`managed`](Self::managed).
    pub async fn credentials(&self, name: &str) -> Result<ManagedCredentials> {
        self.managed(name).await
    }

    /// A handle of a managed secret. The first one fetches it.
    ///
    /// # Errors
    /// Those of the provider; [`ErrorKind::InvalidValue`] if the secret is not one of this type;
    /// [`ErrorKind::Unsupported`] without an async runtime, which the refreshing needs.
    pub async fn managed<V: ManagedValue>(&self, name: &str) -> Result<Managed<V>> {
        let slot = self.slot::<V>(name);
        let mut shared = slot.lock().await;
        if let Some(shared) = shared.upgrade() {
            return Ok(Managed::new(shared));
        }
        let runtime = Handle::try_current().map_err(|_| {
            Error::new(ErrorKind::Unsupported, "to keep a secret fresh needs an async runtime")
        })?;
        let first = State::fetch_first(name.to_owned(), self.settings.clone(), runtime.clone());
        let state = Arc::new(first.await?);
        let kept = Arc::clone(&state);
        let task = runtime.spawn(async move { kept.keep_fresh().await }).abort_handle();
        let made = Arc::new(Shared { state, task });
        *shared = Arc::downgrade(&made);
        Ok(Managed::new(made))
    }

    fn slot<V: ManagedValue>(&self, name: &str) -> Arc<Slot<V>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (TypeId::of::<V>(), name.to_owned());
        let slot = slots.entry(key).or_insert_with(|| Arc::new(Slot::<V>::default()));
        // The key has the type in it, so there is no other.
        Arc::clone(slot).downcast().unwrap_or_default()
    }
}

impl fmt::Debug for ManagedSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagedSecrets").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Settings of [`ManagedSecrets`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct ManagedSecretsBuilder(Settings);

impl ManagedSecretsBuilder {
    /// Takes the time from this clock, in place of the system's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.0.clock = Arc::new(clock);
        self
    }

    /// How much later than others this process refreshes, so that not all come at once. A random
    /// part of ten minutes unless set.
    pub fn spread(mut self, spread: Duration) -> Self {
        self.0.spread = spread;
        self
    }

    /// How often a secret may be fetched because a service has refused it: so many times in a
    /// burst, and once more after each interval. 5 and ten minutes unless set. The fetches by
    /// plan do not count.
    pub fn forced_refreshes(mut self, burst: u32, interval: Duration) -> Self {
        self.0.forced_burst = burst;
        self.0.forced_interval = interval;
        self
    }

    /// The maker of handles. No I/O.
    pub fn build(self) -> ManagedSecrets {
        ManagedSecrets { settings: self.0, slots: Arc::default() }
    }
}
