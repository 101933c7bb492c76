//! `Retry`: repeats what failed for a moment and is safe to repeat.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::{
    Clock, Error, ErrorKind, GetOptions, ListOptions, ProviderInfo, Result, Secret, SecretEntry,
    SecretMeta, SecretProvider, SecretValue, SystemClock, UpdateOptions,
};

/// Repeats a call that failed for a moment, after a wait.
///
/// - What is repeated: a read on every error that [is retryable](Error::is_retryable), and so an
///   update where the provider [keeps it once](crate::Capabilities::idempotent_update): all
///   attempts carry one token. Any other update on [`ErrorKind::Throttled`] alone, because after
///   another error the store may have done it. A `get_many` asks again only for what failed.
/// - How long it waits: a random part of a time that doubles from attempt to attempt (full
///   jitter), so that those who failed together do not come back together. What the store
///   [asks for](Error::retry_after) comes on top.
/// - When it stops: after three attempts in all, or at the deadline, thirty seconds after the
///   call began. A wait that would go past the deadline is not begun: the error is given at once.
///   An attempt under way at the deadline goes on; [`Timeout`](crate::Timeout) ends those.
///
/// One layer of a stack repeats, no more: a client below that repeats by itself multiplies the
/// attempts. To wait takes a timer: see [`SystemClock`].
///
/// ```
/// use omnisecret_core::{Memory, Retry, SecretProvider};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret_core::Result<()> {
/// let memory = Memory::from_iter([("prod/db", "hunter2")]);
/// let provider = Retry::new(memory).with_attempts(5);
/// assert!(provider.get("prod/db").await.is_ok());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Retry<P> {
    provider: P,
    attempts: u32,
    deadline: Duration,
    first_wait: Duration,
    longest_wait: Duration,
    clock: Arc<dyn Clock>,
}

impl<P> Retry<P> {
    /// Three attempts within thirty seconds; waits of up to 200 ms, then 400 ms.
    pub fn new(provider: P) -> Self {
        Self {
            provider,
            attempts: 3,
            deadline: Duration::from_secs(30),
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(30),
            clock: Arc::new(SystemClock::new()),
        }
    }

    /// With so many attempts in all. The first is always made.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// With no new attempt once this time has passed since the call began.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// With a wait of up to `first` after the first attempt, which doubles up to `longest`.
    #[must_use]
    pub fn with_waits(mut self, first: Duration, longest: Duration) -> Self {
        (self.first_wait, self.longest_wait) = (first, longest);
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

impl<P: SecretProvider> Retry<P> {
    /// Calls until there is an answer, an error not to be repeated, or no attempt left.
    async fn repeat<T, C>(
        &self,
        may_repeat: fn(&Error) -> bool,
        call: impl Fn() -> C + Send + Sync,
    ) -> Result<T>
    where
        T: Send,
        C: Future<Output = Result<T>> + Send,
    {
        let mut attempts = Attempts::begin(self);
        loop {
            let error = match call().await {
                Err(error) if may_repeat(&error) => error,
                answer => return answer,
            };
            if !attempts.next_after(error.retry_after()).await {
                return Err(error);
            }
        }
    }
}

impl<P: SecretProvider> Retry<P> {
    /// The options with a token, where the provider honours one and the caller has given none.
    fn with_token<'a>(&self, options: &'a UpdateOptions) -> Cow<'a, UpdateOptions> {
        if options.idempotency_token.is_some() || !self.info().capabilities().idempotent_update {
            return Cow::Borrowed(options);
        }
        let token = format!("{:032x}", fastrand::u128(..));
        Cow::Owned(options.clone().with_idempotency_token(token))
    }
}

/// The attempts of one call, the first of which is under way.
struct Attempts<'a, P> {
    retry: &'a Retry<P>,
    made: u32,
    end: Duration,
}

impl<'a, P: SecretProvider> Attempts<'a, P> {
    fn begin(retry: &'a Retry<P>) -> Self {
        Self { retry, made: 1, end: retry.clock.now().saturating_add(retry.deadline) }
    }

    /// Whether the store asks for a wait that ends before the deadline.
    fn reaches(&self, error: &Error) -> bool {
        let back = self.retry.clock.now().saturating_add(error.retry_after().unwrap_or_default());
        back < self.end
    }

    /// Waits as long as the store has asked for, and longer; whether there is another attempt.
    async fn next_after(&mut self, asked: Option<Duration>) -> bool {
        let wait = self.jitter().saturating_add(asked.unwrap_or_default());
        let back = self.retry.clock.now().saturating_add(wait);
        if self.made >= self.retry.attempts || back >= self.end {
            return false;
        }
        self.made += 1;
        self.retry.clock.sleep(wait).await;
        true
    }

    /// A time from nothing to the longest wait after this attempt, any as likely as another.
    fn jitter(&self) -> Duration {
        let doubled = 2_u32.saturating_pow(self.made - 1);
        let longest = self.retry.first_wait.saturating_mul(doubled).min(self.retry.longest_wait);
        longest.mul_f64(fastrand::f64())
    }
}

/// A store that asks for fewer calls has not done this one. After any other error it may have.
fn may_repeat_update(error: &Error) -> bool {
    error.kind() == ErrorKind::Throttled && error.is_retryable()
}

#[async_trait]
impl<P: SecretProvider> SecretProvider for Retry<P> {
    fn info(&self) -> &ProviderInfo {
        self.provider.info()
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        self.repeat(Error::is_retryable, || self.provider.get_with(path, options)).await
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        let mut attempts = Attempts::begin(self);
        let mut answers = self.provider.get_many(paths, options).await;
        loop {
            let mut failed: Vec<_> = paths.iter().zip(&mut answers).collect();
            failed.retain(|(_, answer)| {
                let error = answer.as_ref().err();
                error.is_some_and(|error| error.is_retryable() && attempts.reaches(error))
            });
            let errors = failed.iter().filter_map(|(_, answer)| answer.as_ref().err());
            let asked = errors.filter_map(Error::retry_after).max();
            if failed.is_empty() || !attempts.next_after(asked).await {
                return answers;
            }
            let again: Vec<_> = failed.iter().map(|(path, _)| **path).collect();
            let repeated = self.provider.get_many(&again, options).await;
            for ((_, answer), repeated) in failed.into_iter().zip(repeated) {
                *answer = repeated;
            }
        }
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        let call = || self.provider.get_by_path_with(prefix, options);
        self.repeat(Error::is_retryable, call).await
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        self.repeat(Error::is_retryable, || self.provider.list(prefix, options)).await
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.repeat(Error::is_retryable, || self.provider.path_exists(path)).await
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        let may_repeat = if self.info().capabilities().idempotent_update {
            Error::is_retryable
        } else {
            may_repeat_update
        };
        let with_token = self.with_token(options);
        let call = || self.provider.update_with(path, value, &with_token);
        self.repeat(may_repeat, call).await.map_err(|error| {
            // Whoever repeats it now does so with another token.
            let is_repeatable = options.idempotency_token.is_some() || may_repeat_update(&error);
            let is_retryable = error.is_retryable() && is_repeatable;
            error.with_retryable(is_retryable)
        })
    }
}
