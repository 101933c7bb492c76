//! How a provider calls its service: a client made at the first call, and made anew when its
//! credentials have expired.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use omnisecret_core::Result;
use tokio::sync::Mutex;

use crate::Settings;
use crate::failure::Failure;

/// What a provider makes the client of its service from.
///
/// The configuration has the credentials of the last role, does not repeat, and prints no body.
#[derive(Clone)]
#[non_exhaustive]
pub struct Connection {
    /// The SDK's own configuration.
    pub config: SdkConfig,
    /// The endpoint that is set in [`Settings::endpoint_url`], which comes before every other.
    pub endpoint_url: Option<String>,
}

/// It holds an environment with keys in it.
impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("endpoint_url", &self.endpoint_url)
            .finish_non_exhaustive()
    }
}

/// The way of a provider to its service.
///
/// Nothing is looked up before the first call. Then the region, the credentials and the roles are,
/// once for all who call meanwhile.
pub struct Session<C> {
    settings: Settings,
    make: fn(Connection) -> C,
    client: RwLock<Option<Made<C>>>,
    making: Mutex<()>,
}

#[derive(Clone)]
struct Made<C> {
    client: C,
    /// Which one it is, counted from one.
    number: u64,
}

impl<C: Clone + Send + Sync + 'static> Session<C> {
    /// A session with these settings, which have been [checked](Settings::check).
    pub fn new(settings: Settings, make: fn(Connection) -> C) -> Self {
        Self { settings, make, client: RwLock::default(), making: Mutex::default() }
    }

    /// Sends a request, and sends it once more with new credentials where the service says that
    /// they have expired. So it is done once, or not at all.
    ///
    /// # Errors
    /// What the table of [`CODES`](crate::CODES) makes of the service's answer.
    pub async fn call<T, E, F>(&self, request: impl Fn(C) -> F + Send + Sync) -> Result<T>
    where
        T: Send,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let made = self.newer_than(0).await?;
        let failure = match request(made.client).await {
            Ok(answer) => return Ok(answer),
            Err(error) => Failure::of(&error),
        };
        if !failure.is_expired || !self.settings.is_renewable() {
            return Err(failure.error);
        }
        let made = self.newer_than(made.number).await?;
        request(made.client).await.map_err(|error| Failure::of(&error).error)
    }

    /// The client, made anew unless somebody else has meanwhile. With it go the credentials that
    /// were kept, of every role on the way.
    async fn newer_than(&self, number: u64) -> Result<Made<C>> {
        let is_newer = |made: &Made<C>| made.number > number;
        if let Some(made) = self.current().filter(is_newer) {
            return Ok(made);
        }
        let _making = self.making.lock().await;
        let current = self.current();
        let last = current.as_ref().map_or(0, |made| made.number);
        if let Some(made) = current.filter(is_newer) {
            return Ok(made);
        }
        let config = self.settings.load().await?;
        let config = config.into_builder().retry_config(RetryConfig::disabled()).build();
        let endpoint_url = self.settings.endpoint_url.clone().map(|url| url.0);
        let client = (self.make)(Connection { config, endpoint_url });
        let made = Made { client, number: last + 1 };
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = Some(made.clone());
        Ok(made)
    }

    fn current(&self) -> Option<Made<C>> {
        self.client.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<C> Session<C> {
    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

impl<C> fmt::Debug for Session<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("settings", &self.settings).finish_non_exhaustive()
    }
}
