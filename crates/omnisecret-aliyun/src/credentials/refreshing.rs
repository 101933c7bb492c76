//! Temporary credentials, kept and renewed in time by one task for all who ask.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use omnisecret_core::{Clock, Error, ErrorKind, Result, async_trait};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::{Credentials, ProvideCredentials};

/// How long before they expire new ones are fetched; a third of their life, if that is less.
const MARGIN: Duration = Duration::from_secs(15 * 60);

/// The wait after the first failed renewal, doubled with each up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How often a renewal that was lost with its runtime is begun anew for one caller.
const RESTARTS: u32 = 3;

/// Something that gives out credentials for a time.
#[async_trait]
pub(crate) trait Source: fmt::Debug + Send + Sync + 'static {
    /// New credentials.
    async fn fetch(&self) -> Result<Credentials>;
}

/// Keeps what a [`Source`] gives.
///
/// While they are valid, callers get them without waiting, also when a renewal is under way or
/// has failed. When there are none, all wait for the same renewal. It runs in a task of its own,
/// so that a caller who gives up takes nothing from the others.
#[derive(Clone)]
pub(crate) struct Refreshing(Arc<Inner>);

struct Inner {
    source: Box<dyn Source>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Current>,
    flight: Option<Flight>,
    failures: u32,
    /// Not before this time of the clock, as long as there are valid ones.
    next_try: Duration,
}

struct Current {
    credentials: Credentials,
    renew_from: Option<SystemTime>,
    refused: bool,
}

/// What the task of a renewal leaves; its other end is gone with a task that was lost.
type Flight = watch::Receiver<Option<Result<Credentials>>>;

enum Look {
    Valid(Credentials),
    Wait(Flight),
}

impl Refreshing {
    /// Credentials of this source, fetched when they are first asked for.
    pub(crate) fn new(source: impl Source, clock: Arc<dyn Clock>) -> Self {
        let state = Mutex::default();
        Self(Arc::new(Inner { source: Box::new(source), clock, state }))
    }

    fn look(&self) -> Result<Look> {
        let inner = &self.0;
        let now = inner.clock.wall();
        let mut state = inner.state();
        let valid = state.current.as_ref().filter(|current| current.is_valid(now));
        let is_due = valid.is_none_or(|current| current.renew_from.is_some_and(|from| now >= from));
        let valid = valid.map(|current| current.credentials.clone());
        if is_due {
            // The sender of a flight that has landed is gone too, but then so is the flight.
            let flight = state.flight.take().filter(|flight| flight.has_changed().is_ok());
            let is_time = valid.is_none() || inner.clock.now() >= state.next_try;
            state.flight = match flight {
                None if is_time => Some(self.take_off()?),
                flight => flight,
            };
        }
        match (valid, &state.flight) {
            (Some(credentials), _) => Ok(Look::Valid(credentials)),
            (None, Some(flight)) => Ok(Look::Wait(flight.clone())),
            (None, None) => Err(lost()),
        }
    }

    fn take_off(&self) -> Result<Flight> {
        let runtime = Handle::try_current().map_err(|_| no_runtime())?;
        let (landed, flight) = watch::channel(None);
        let this = self.clone();
        runtime.spawn(async move {
            let result = this.0.source.fetch().await;
            this.0.land(&result);
            landed.send_replace(Some(result));
        });
        Ok(flight)
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn land(&self, result: &Result<Credentials>) {
        let now = self.clock.wall();
        let mut state = self.state();
        state.flight = None;
        match result {
            Ok(credentials) => {
                state.current = Some(Current::new(credentials.clone(), now));
                state.failures = 0;
                state.next_try = Duration::ZERO;
            }
            Err(error) => {
                let doubled = 2_u32.saturating_pow(state.failures);
                let wait = FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT);
                state.failures = state.failures.saturating_add(1);
                state.next_try = self.clock.now().saturating_add(wait);
                tracing::warn!(kind = %error.kind(), failures = state.failures, "credentials are not renewed");
            }
        }
    }
}

impl Current {
    fn new(credentials: Credentials, now: SystemTime) -> Self {
        let renew_from = credentials.expires().and_then(|expires| {
            let life = expires.duration_since(now).unwrap_or_default();
            expires.checked_sub(MARGIN.min(life / 3))
        });
        Self { credentials, renew_from, refused: false }
    }

    fn is_valid(&self, now: SystemTime) -> bool {
        !self.refused && self.credentials.expires().is_none_or(|expires| now < expires)
    }
}

#[async_trait]
impl ProvideCredentials for Refreshing {
    async fn credentials(&self) -> Result<Credentials> {
        for _ in 0..RESTARTS {
            let mut flight = match self.look()? {
                Look::Valid(credentials) => return Ok(credentials),
                Look::Wait(flight) => flight,
            };
            // An error says that the task is gone without a result.
            if let Ok(landed) = flight.wait_for(Option::is_some).await
                && let Some(result) = &*landed
            {
                return result.clone();
            }
        }
        Err(lost())
    }

    fn refused(&self, credentials: &Credentials) {
        if let Some(current) = &mut self.0.state().current {
            current.refused |= current.credentials.is_same_as(credentials);
        }
    }
}

impl fmt::Debug for Refreshing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Refreshing").field(&self.0.source).finish()
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Unexpected, "the task that fetches credentials was lost")
}

pub(crate) fn no_runtime() -> Error {
    Error::new(ErrorKind::InvalidConfig, "no tokio runtime is running")
        .with_action("call from within a tokio runtime with its I/O and time drivers on")
}
