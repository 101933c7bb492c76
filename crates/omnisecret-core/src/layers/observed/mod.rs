//! `Observed`: tells what is asked and how it ends, and never a value.

mod call;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "tracing")]
mod tracing;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use self::call::{Call, Outcome, What};
#[cfg(feature = "cache")]
use crate::Cached;
use crate::{
    Clock, GetOptions, ListOptions, ProviderInfo, Result, Secret, SecretEntry, SecretMeta,
    SecretProvider, SecretValue, SystemClock, UpdateOptions,
};

/// Tells of every call: to [`tracing`](https://docs.rs/tracing) with the feature `tracing`, to
/// [`metrics`](https://docs.rs/metrics) with the feature `metrics`.
///
/// Around a cache it sees what is served, below one what the store is asked.
///
/// # Tracing
/// A span `secret` for each call, with the fields `provider` (the id), `name`, `operation` and
/// `path`, and in it an event when it ends, with `outcome`, `origin` and `elapsed`. The level is
/// `DEBUG`; `WARN` for a stale answer and for a failure other than `not_found`; `TRACE` for what
/// [`lookup`](Self::lookup) finds, which has no span and no `elapsed`. The path is a field in
/// Rust's `Debug` form, so that a control character in it cannot forge a line.
///
/// # Metrics
/// - `omnisecret_requests_total`, a counter of answers, with the labels `provider`, `name`,
///   `operation`, `outcome` and `origin`; each path of a `get_many` counts.
/// - `omnisecret_request_duration_seconds`, a histogram of calls, with the same labels save
///   `origin`; what `lookup` finds is not timed.
///
/// No label tells a path: there are as many series however many secrets there are.
///
/// `outcome` is `ok`, the [name](crate::ErrorKind::name) of the kind of error, or `cancelled`
/// where the caller has given up; for a `get_many`, the event and the histogram have that of the
/// first that failed. `origin` is `store`, `cache` or `stale` for one secret, else `none`.
///
/// # Security
/// Neither a value nor the text of an error is told.
///
/// ```
/// use omnisecret_core::{Memory, Observed, SecretProvider};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret_core::Result<()> {
/// let memory = Memory::from_iter([("prod/db", "hunter2")]);
/// let provider = Observed::new(memory).with_name("billing");
/// assert!(provider.get("prod/db").await.is_ok());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Observed<P> {
    provider: P,
    /// Shared, because a stack is cloned for each request.
    who: Arc<Who>,
}

/// Whom every event is about, and where time comes from.
#[derive(Clone)]
struct Who {
    id: Arc<str>,
    name: Arc<str>,
    clock: Arc<dyn Clock>,
}

impl<P: SecretProvider> Observed<P> {
    /// The provider, observed under its id.
    pub fn new(provider: P) -> Self {
        let id: Arc<str> = provider.info().id().into();
        let who = Who { name: Arc::clone(&id), id, clock: Arc::new(SystemClock::new()) };
        Self { provider, who: Arc::new(who) }
    }

    /// With the name that tells this instance from others of the same id.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Arc<str>>) -> Self {
        Arc::make_mut(&mut self.who).name = name.into();
        self
    }

    /// With time from this clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        Arc::make_mut(&mut self.who).clock = Arc::new(clock);
        self
    }

    /// The provider behind this layer.
    pub fn provider(&self) -> &P {
        &self.provider
    }

    async fn observe<T>(
        &self,
        operation: &'static str,
        path: &(dyn fmt::Debug + Sync),
        origin: impl Fn(&T) -> Option<crate::Origin> + Send,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let what = What { who: &self.who, operation, path };
        let observing = Call::begin(what);
        let answer = observing.run(call).await;
        observing.end(&[Outcome::of(&answer, origin)]);
        answer
    }
}

#[cfg(feature = "cache")]
impl<P: SecretProvider> Observed<Cached<P>> {
    /// As [`Cached::lookup`]. What is found is told; what is not found, by the call that follows.
    pub fn lookup(&self, path: &str, options: &GetOptions) -> Option<Secret> {
        let secret = self.provider.lookup(path, options)?;
        let what = What { who: &self.who, operation: "get", path: &path };
        call::hit(what, Outcome::answered(Some(secret.origin())));
        Some(secret)
    }
}

#[async_trait]
impl<P: SecretProvider> SecretProvider for Observed<P> {
    fn info(&self) -> &ProviderInfo {
        self.provider.info()
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        let call = self.provider.get_with(path, options);
        self.observe("get", &path, |secret| Some(secret.origin()), call).await
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        let what = What { who: &self.who, operation: "get_many", path: &paths };
        let observing = Call::begin(what);
        let answers = observing.run(self.provider.get_many(paths, options)).await;
        let outcome = |answer| Outcome::of(answer, |secret: &Secret| Some(secret.origin()));
        observing.end(&answers.iter().map(outcome).collect::<Vec<_>>());
        answers
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        let call = self.provider.get_by_path_with(prefix, options);
        self.observe("get_by_path", &prefix, |_| None, call).await
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        self.observe("list", &prefix, |_| None, self.provider.list(prefix, options)).await
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.observe("path_exists", &path, |_| None, self.provider.path_exists(path)).await
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        let call = self.provider.update_with(path, value, options);
        self.observe("update", &path, |_| None, call).await
    }
}

impl<P: fmt::Debug> fmt::Debug for Observed<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed")
            .field("provider", &self.provider)
            .field("name", &self.who.name)
            .finish_non_exhaustive()
    }
}
