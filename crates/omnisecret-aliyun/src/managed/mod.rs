//! Secrets that the service rotates by itself, kept current: access keys of RAM users above all.

mod bucket;
mod judge;
mod plan;
mod secrets;
mod state;
mod value;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{Error, Result, async_trait};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::credentials::{Credentials, ProvideCredentials};
use state::State;

pub use judge::{ExpiryCodes, ExpiryJudge};
pub use secrets::{ManagedSecrets, ManagedSecretsBuilder};
pub use value::{ManagedLogin, ManagedSshKey, ManagedValue};

/// The access key of a RAM user, as KMS rotates it.
pub type ManagedCredentials = Managed<Credentials>;

/// A managed secret that is kept current while there is a handle.
///
/// One task refreshes it for all handles: before and after the rotations that the service
/// announces, and each six hours. [`ManagedSecrets`] makes handles; a clone is another one. When
/// the last one is dropped or [shut down](Self::shut_down) the task ends, and no other secret is
/// touched.
///
/// A failed refresh is tried again until it succeeds, later and later up to five minutes. Until
/// then the last value stays: whether it still works is the service's to say.
///
/// ```
/// use omnisecret_aliyun::{ManagedSecrets, ServiceError};
/// use omnisecret_core::{Error, Memory};
///
/// # async fn list_buckets(_: &str, _: &omnisecret_core::SecretValue) -> Result<usize, Error> { Ok(2) }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret_core::Result<()> {
/// // In earnest the provider `aliyun.sm`.
/// let provider = Memory::from_iter([(
///     "acs/ram/user/ops",
///     r#"{"AccessKeyId":"LTAI5tExample","AccessKeySecret":"not-a-real-secret"}"#,
/// )]);
/// let secrets = ManagedSecrets::builder(provider).build();
/// let credentials = secrets.credentials("acs/ram/user/ops").await?;
/// assert_eq!(credentials.current().key_id(), "LTAI5tExample");
///
/// let buckets = credentials
///     .with_retry(|key| async move {
///         let secret = key.secret().expect("an access key has a secret");
///         list_buckets(key.key_id(), secret).await
///     })
///     .await?;
/// assert_eq!(buckets, 2);
/// # Ok(()) }
/// ```
pub struct Managed<V> {
    shared: Arc<Shared<V>>,
    judge: Arc<dyn ExpiryJudge>,
}

/// What all handles of one secret share. The task has the state alone, so that it keeps nothing
/// of this alive.
struct Shared<V> {
    state: Arc<State<V>>,
    task: AbortHandle,
}

impl<V: ManagedValue> Managed<V> {
    fn new(shared: Arc<Shared<V>>) -> Self {
        Self { shared, judge: Arc::new(ExpiryCodes::default()) }
    }

    /// Has this handle, and its clones, judge errors in another way.
    #[must_use]
    pub fn with_judge(mut self, judge: impl ExpiryJudge) -> Self {
        self.judge = Arc::new(judge);
        self
    }

    /// The name of the secret.
    pub fn name(&self) -> &str {
        self.shared.state.name()
    }

    /// The value of now: an atomic load. For each use, rather than once.
    pub fn current(&self) -> Arc<V> {
        Arc::clone(&self.shared.state.current().value)
    }

    /// Tells of each change from now on.
    pub fn changes(&self) -> ManagedChanges<V> {
        ManagedChanges(self.shared.state.subscribe())
    }

    /// Waits for the next change and gives what it changed to. [`changes`](Self::changes) misses
    /// none between two waits.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing but the news.
    pub async fn credentials_changed(&self) -> Arc<V> {
        match self.changes().next().await {
            Some(value) => value,
            // Not while this handle is there.
            None => self.current(),
        }
    }

    /// Makes a call with the current value, and where the service does not know that value any
    /// more, a second one with the next.
    ///
    /// If the [judge](Self::with_judge) finds in the call's error that the key has expired, the
    /// secret is fetched, once for all who come with the same key, unless it has changed already.
    /// The call is repeated once, and only with another value than it had. Otherwise the error
    /// of the call is what it was: the secret is the same as before, or cannot be fetched, or has
    /// been fetched [too often](ManagedSecretsBuilder::forced_refreshes).
    ///
    /// # Errors
    /// Those of the call: of the second where there was one, else of the first.
    ///
    /// # Cancel safety
    /// As safe as the call itself. A fetch that its caller abandons is made by the next one.
    pub async fn with_retry<T, E, F, C>(&self, call: F) -> Result<T, E>
    where
        F: Fn(Arc<V>) -> C + Send + Sync,
        C: Future<Output = Result<T, E>> + Send,
        T: Send,
        E: StdError + Send + 'static,
    {
        let used = self.shared.state.current();
        match call(Arc::clone(&used.value)).await {
            Err(error) if self.judge.is_expired(&error) => {
                match self.shared.state.replace(used.generation).await {
                    Some(other) => call(other).await,
                    None => Err(error),
                }
            }
            answer => answer,
        }
    }

    /// How the refreshing goes.
    pub fn health(&self) -> ManagedHealth {
        self.shared.state.health()
    }

    /// Gives the handle up, as dropping it does.
    pub fn shut_down(self) {}
}

#[async_trait]
impl ProvideCredentials for ManagedCredentials {
    async fn credentials(&self) -> Result<Credentials> {
        Ok(self.shared.state.unless_refused().await.as_ref().clone())
    }

    fn refused(&self, credentials: &Credentials) {
        self.shared.state.refuse(credentials);
    }
}

impl<V> Drop for Shared<V> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

// Derived, it would ask for a `V` that can be cloned.
impl<V> Clone for Managed<V> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), judge: Arc::clone(&self.judge) }
    }
}

impl<V> fmt::Debug for Managed<V> {
    /// The value may have no form that can be shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Managed").field("name", &self.shared.state.name()).finish_non_exhaustive()
    }
}

/// The changes of a managed secret.
pub struct ManagedChanges<V>(watch::Receiver<Arc<V>>);

impl<V> ManagedChanges<V> {
    /// The value that the secret has changed to since the last time; of several, the last one.
    /// `None` when there is no handle any more.
    ///
    /// # Cancel safety
    /// A change is not lost with the future.
    pub async fn next(&mut self) -> Option<Arc<V>>
    where
        V: Send + Sync,
    {
        self.0.changed().await.ok()?;
        Some(Arc::clone(&self.0.borrow_and_update()))
    }
}

impl<V> fmt::Debug for ManagedChanges<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagedChanges").finish_non_exhaustive()
    }
}

/// How the refreshing of a managed secret goes: what to watch in place of the original's monitor.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ManagedHealth {
    /// How long ago the service last gave the value, changed or not.
    pub age: Duration,
    /// In how long it is asked again. Zero when that is being done.
    pub next_refresh: Duration,
    /// How often it has failed since.
    pub failures: u32,
    /// Why it failed the last time, if it did since.
    pub last_error: Option<Error>,
}
