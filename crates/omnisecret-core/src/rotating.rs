//! `Rotating`: something that is built from a secret, and built anew when the secret changes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::{Error, ErrorKind, Result, Secret, Watch};

/// The bounds of the wait before a build that failed is tried again.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// A client, a pool or a configuration that is built from a secret and follows it.
///
/// When the secret changes another one is built; the old one is handed out until the new one is
/// ready, and lives for as long as somebody holds it. A build that fails is tried again. If the
/// secret is gone the last one stays: what is to be done about that is the caller's to say, who
/// can look at the [`Watch`].
///
/// ```
/// use omnisecret_core::{Cached, Memory, Rotating, Secret};
///
/// /// A database client, say.
/// struct Client { password: String }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret_core::Result<()> {
/// let cached = Cached::new(Memory::from_iter([("prod/db", "hunter2")]));
/// let build = |secret: Secret| async move {
///     Ok(Client { password: secret.expose_str()?.to_owned() })
/// };
/// let client = Rotating::new(cached.watch("prod/db").await?, build).await?;
/// assert_eq!(client.get().password, "hunter2");
/// # Ok(()) }
/// ```
pub struct Rotating<T>(Arc<Inner<T>>);

struct Inner<T> {
    current: Arc<ArcSwap<T>>,
    task: AbortHandle,
}

impl<T: Send + Sync + 'static> Rotating<T> {
    /// Builds the first one, and from then on another whenever the watched secret changes.
    ///
    /// # Errors
    /// Those of the watched secret and of the first build, and [`ErrorKind::Unsupported`] without
    /// an async runtime.
    pub async fn new<F, B>(mut watch: Watch, build: F) -> Result<Self>
    where
        F: Fn(Secret) -> B + Send + Sync + 'static,
        B: Future<Output = Result<T>> + Send + 'static,
    {
        let runtime = Handle::try_current().map_err(|_| {
            Error::new(ErrorKind::Unsupported, "to follow a secret needs an async runtime")
        })?;
        watch.see();
        let secret = watch.current().secret()?.clone();
        let current = Arc::new(ArcSwap::from_pointee(build(secret).await?));
        let task = runtime.spawn(follow(watch, build, Arc::clone(&current))).abort_handle();
        Ok(Self(Arc::new(Inner { current, task })))
    }

    /// The one of now. An atomic load and a count: for each use, rather than once.
    pub fn get(&self) -> Arc<T> {
        self.0.current.load_full()
    }
}

async fn follow<T: Send + Sync, F, B>(mut watch: Watch, build: F, current: Arc<ArcSwap<T>>)
where
    F: Fn(Secret) -> B + Send + Sync,
    B: Future<Output = Result<T>> + Send,
{
    loop {
        watch.changed().await;
        let mut pause = SHORTEST;
        loop {
            watch.see();
            let Ok(secret) = watch.current().secret().cloned() else { break };
            if let Ok(built) = build(secret).await {
                current.store(Arc::new(built));
                break;
            }
            // By then there may be a secret that fits.
            watch.changed_or(pause).await;
            pause = (pause * 2).min(LONGEST);
        }
    }
}

impl<T> Drop for Inner<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

// Derived, it would ask for a `T` that can be cloned.
impl<T> Clone for Rotating<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Rotating<T> {
    /// What is built may hold the secret, so it is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rotating").finish_non_exhaustive()
    }
}
