//! `Cached`: a TTL cache in front of a provider, with one call per key however many ask.

mod builder;
mod entry;
mod flight;
mod holdoff;
mod index;
mod key;
mod lines;
#[cfg(all(test, shuttle))]
mod model;
mod read;
mod shelf;
mod stats;
mod store;
mod sync;
mod watch;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Semaphore;

pub use self::builder::CachedBuilder;
pub use self::stats::CacheStats;
use self::store::Store;
use self::sync::Handle;
pub use self::watch::{Current, Watch};
use crate::{
    Error, ErrorKind, GetOptions, ListOptions, ProviderInfo, Result, Secret, SecretEntry,
    SecretMeta, SecretProvider, SecretValue, UpdateOptions,
};

/// A cache in front of one provider instance.
///
/// - A secret is fresh for its time to live, or until it expires itself if that is sooner. A hit
///   near the end of that time starts a call in the background.
/// - However many ask for a secret that is not cached, the provider is asked once, and all of
///   them get its answer, an error too. After an error the next call waits a moment, longer each
///   time, and those who ask meanwhile get the same error.
/// - [`Freshness::Fetch`](crate::Freshness::Fetch) never takes an answer that was under way
///   before it was asked for.
/// - That a secret is gone or denied forgets it at once. While the store does not answer at all,
///   an old value stands in for it for as long as
///   [`max_stale`](CachedBuilder::max_stale) says.
/// - An [`update`](SecretProvider::update) forgets every cached version of its path, the same
///   secret under other names, and every listing; a slow read that began before it does not bring
///   the old value back, nor does a store that does late what was given up on.
/// - A listing is cached as names; its values are single entries.
///
/// Calls to the provider run in tasks of their own where a tokio runtime is running (or one is
/// given to the [builder](Self::builder)), so that a caller who gives up takes nothing from the
/// others. Clones share one cache.
///
/// ```
/// use std::time::Duration;
/// use omnisecret_core::{Cached, Memory, Origin, SecretProvider};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret_core::Result<()> {
/// let memory = Memory::from_iter([("prod/db", "hunter2")]);
/// let cached = Cached::builder(memory).ttl(Duration::from_secs(60)).build();
/// assert_eq!(cached.get("prod/db").await?.origin(), Origin::Store);
/// assert_eq!(cached.get("prod/db").await?.origin(), Origin::Cache);
/// # Ok(()) }
/// ```
pub struct Cached<P>(Arc<Inner<P>>);

struct Inner<P> {
    provider: P,
    store: Store,
    runtime: Option<Handle>,
    /// Bounds the calls that are under way.
    permits: Semaphore,
}

impl<P: SecretProvider> Cached<P> {
    /// A cache with settings other than the usual ones.
    pub fn builder(provider: P) -> CachedBuilder<P> {
        CachedBuilder::new(provider)
    }

    /// A cache of 1000 secrets for 15 minutes each.
    pub fn new(provider: P) -> Self {
        Self::builder(provider).build()
    }

    /// The cached secret, if there is a fresh one: the short way for those who ask often.
    ///
    /// Asks no provider and allocates nothing. With [`Freshness::Fetch`](crate::Freshness::Fetch)
    /// there is never one.
    pub fn lookup(&self, path: &str, options: &GetOptions) -> Option<Secret> {
        read::lookup(&self.0, path, options)
    }

    /// The secret, no older than a second: for those whose use of the cached one has failed.
    ///
    /// Those who call this at once share one call to the provider.
    ///
    /// # Errors
    /// As [`get`](SecretProvider::get).
    pub async fn refresh(&self, path: &str) -> Result<Secret> {
        self.info().admit_get(path, &GetOptions::default())?;
        read::refresh(&self.0, path).await
    }

    /// Keeps the secret at this path fresh in the background for as long as the handle lives.
    ///
    /// # Errors
    /// As [`get`](SecretProvider::get), and [`ErrorKind::Unsupported`] without an async runtime.
    pub async fn watch(&self, path: &str) -> Result<Watch> {
        self.info().admit_get(path, &GetOptions::default())?;
        watch::watch(&self.0, path).await
    }

    /// What has happened so far.
    pub fn stats(&self) -> CacheStats {
        self.0.store.stats()
    }

    /// Forgets every cached version of the secret at this path, and wipes it if nobody holds it.
    pub fn invalidate(&self, path: &str) {
        self.0.store.invalidate(path);
    }

    /// Forgets everything, and wipes what nobody holds.
    pub fn invalidate_all(&self) {
        self.0.store.invalidate_all();
    }

    /// The provider behind the cache.
    pub fn provider(&self) -> &P {
        &self.0.provider
    }
}

impl<P> Inner<P> {
    /// Where calls to the provider run: the builder's choice, else where the caller runs.
    fn runtime(&self) -> Option<Handle> {
        self.runtime.clone().or_else(|| Handle::try_current().ok())
    }
}

#[async_trait]
impl<P: SecretProvider> SecretProvider for Cached<P> {
    fn info(&self) -> &ProviderInfo {
        self.0.provider.info()
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        self.info().admit_get(path, options)?;
        read::get(&self.0, path, options).await
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        read::get_many(&self.0, paths, options).await
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        self.info().admit_list(prefix, options)?;
        read::get_by_path(&self.0, prefix, options).await
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        self.info().admit_list(prefix, options)?;
        read::list(&self.0, prefix, options).await
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.info().admit_exists(path)?;
        read::path_exists(&self.0, path).await
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        self.info().admit_update(path, value, options)?;
        write::run(&self.0, path, value.clone(), options.clone()).await
    }
}

/// Turns a panic of the provider into an error, without its message: that may hold a value.
async fn catch_panic<T>(call: impl Future<Output = Result<T>>) -> Result<T> {
    let mut call = pin!(call);
    std::future::poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(context))).unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Unexpected, "the provider panicked")).into()
        })
    })
    .await
}

impl<P> Clone for Cached<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: fmt::Debug> fmt::Debug for Cached<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached")
            .field("provider", &self.0.provider)
            .field("store", &self.0.store)
            .finish_non_exhaustive()
    }
}
