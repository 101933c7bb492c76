//! `Timeout`: a limit to each call.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;

use crate::{
    Clock, Error, ErrorKind, GetOptions, ListOptions, ProviderInfo, Result, Secret, SecretEntry,
    SecretMeta, SecretProvider, SecretValue, SystemClock, UpdateOptions,
};

/// Gives up on a call that takes too long: [`ErrorKind::Timeout`].
///
/// Below a [`Retry`](crate::Retry) it limits each attempt, around one it limits them all. A
/// `get_many` and a listing are one call each, however many requests the provider makes for them:
/// [`with_many_limit`](Self::with_many_limit) gives those another limit.
///
/// A read that timed out may be repeated. An update that timed out may not, unless it carries a
/// [token](UpdateOptions::idempotency_token): the store may still do it, and the error says so.
///
/// A call that is not answered at once takes a timer: see [`SystemClock`].
///
/// ```
/// use std::time::Duration;
/// use omnisecret_core::{Memory, SecretProvider, Timeout};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret_core::Result<()> {
/// let memory = Memory::from_iter([("prod/db", "hunter2")]);
/// let provider = Timeout::new(memory).with_limit(Duration::from_secs(1));
/// assert!(provider.get("prod/db").await.is_ok());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Timeout<P> {
    provider: P,
    limit: Option<Duration>,
    many_limit: Option<Duration>,
    clock: Arc<dyn Clock>,
}

impl<P> Timeout<P> {
    /// The limit unless another is set: five seconds.
    pub const DEFAULT_LIMIT: Duration = Duration::from_secs(5);

    /// A limit of five seconds to each call.
    pub fn new(provider: P) -> Self {
        let limit = Some(Self::DEFAULT_LIMIT);
        Self { provider, limit, many_limit: limit, clock: Arc::new(SystemClock::new()) }
    }

    /// With this limit to every call; `None` for no limit.
    #[must_use]
    pub fn with_limit(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.limit = limit.into();
        self.many_limit = self.limit;
        self
    }

    /// With this limit to `get_many` and the listings, which take as many requests as there are
    /// secrets to bring; `None` for no limit.
    #[must_use]
    pub fn with_many_limit(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.many_limit = limit.into();
        self
    }

    /// With time from this clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The provider behind this layer.
    pub fn provider(&self) -> &P {
        &self.provider
    }
}

impl<P: SecretProvider> Timeout<P> {
    /// What the call gives, or how long it was waited for.
    async fn within<T>(
        &self,
        limit: Option<Duration>,
        call: impl Future<Output = T> + Send,
    ) -> Result<T, Duration> {
        let Some(limit) = limit else { return Ok(call.await) };
        let (mut call, mut sleep) = (pin!(call), self.clock.sleep(limit));
        poll_fn(|context| {
            // The call first: an answer at once takes no timer, and one that comes together with
            // the alarm counts.
            if let Poll::Ready(answer) = call.as_mut().poll(context) {
                return Poll::Ready(Ok(answer));
            }
            sleep.as_mut().poll(context).map(|()| Err(limit))
        })
        .await
    }

    async fn read<T>(
        &self,
        limit: Option<Duration>,
        operation: &'static str,
        path: &str,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let too_late = |limit| Err(self.read_timed_out(limit, operation, path));
        self.within(limit, call).await.unwrap_or_else(too_late)
    }

    fn read_timed_out(&self, limit: Duration, operation: &'static str, path: &str) -> Error {
        let error = Error::new(ErrorKind::Timeout, format!("no answer within {limit:?}"));
        self.info().contextualize(error, operation, path)
    }

    fn update_timed_out(&self, limit: Duration, path: &str, options: &UpdateOptions) -> Error {
        let message = format!("no answer within {limit:?}; the store may still do it");
        let error = Error::new(ErrorKind::Timeout, message)
            .with_retryable(options.idempotency_token.is_some())
            .with_action("read the secret, to see whether it was written");
        self.info().contextualize(error, "update", path)
    }
}

#[async_trait]
impl<P: SecretProvider> SecretProvider for Timeout<P> {
    fn info(&self) -> &ProviderInfo {
        self.provider.info()
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        self.read(self.limit, "get", path, self.provider.get_with(path, options)).await
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        let call = self.provider.get_many(paths, options);
        self.within(self.many_limit, call).await.unwrap_or_else(|limit| {
            let too_late = |path: &&str| Err(self.read_timed_out(limit, "get_many", path));
            paths.iter().map(too_late).collect()
        })
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        let call = self.provider.get_by_path_with(prefix, options);
        self.read(self.many_limit, "get_by_path", prefix, call).await
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        self.read(self.many_limit, "list", prefix, self.provider.list(prefix, options)).await
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.read(self.limit, "path_exists", path, self.provider.path_exists(path)).await
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        let call = self.provider.update_with(path, value, options);
        let too_late = |limit| Err(self.update_timed_out(limit, path, options));
        self.within(self.limit, call).await.unwrap_or_else(too_late)
    }
}
