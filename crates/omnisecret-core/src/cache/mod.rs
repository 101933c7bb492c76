//! `Cached`: a TTL cache in front of a provider, with one call per key however many ask.

mod builder;
mod flight;
mod key;
mod store;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::runtime::Handle;

pub use self::builder::CachedBuilder;
use self::key::KeyRef;
use self::store::Store;
use self::write::Write;
use crate::{
    Error, ErrorKind, Freshness, GetOptions, ListOptions, ProviderInfo, Result, Secret,
    SecretEntry, SecretMeta, SecretProvider, SecretValue, UpdateOptions,
};

/// A cache in front of one provider instance.
///
/// - A secret is fresh for the ttl, or until it expires itself if that is sooner.
/// - However many ask for a secret that is not cached, the provider is asked once, and all of
///   them get its answer, an error too. Errors are not cached.
/// - [`Freshness::Fetch`] never takes an answer that was under way before it was asked for.
/// - An [`update`](SecretProvider::update) forgets every cached version of its path, and a slow
///   read that began before it does not bring the old value back.
/// - Listings and [`path_exists`](SecretProvider::path_exists) go to the provider.
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
    /// Asks no provider and allocates nothing. With [`Freshness::Fetch`] there is never one.
    pub fn lookup(&self, path: &str, options: &GetOptions) -> Option<Secret> {
        match options.freshness {
            Freshness::Any => self.0.store.get(&KeyRef::new(path, options)),
            Freshness::Fetch => None,
        }
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
        match self.lookup(path, options) {
            Some(secret) => Ok(secret),
            None => flight::join(&self.0, path, options).await,
        }
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        let cached: Vec<_> = paths.iter().map(|path| self.lookup(path, options)).collect();
        let missing: Vec<_> = paths
            .iter()
            .zip(&cached)
            .filter_map(|(path, cached)| cached.is_none().then_some(*path))
            .collect();
        if missing.is_empty() {
            return cached.into_iter().flatten().map(Ok).collect();
        }
        let runtime = self.0.runtime();
        let asked = self.0.store.asked(&self.0.store.gate());
        let fetched = self.0.provider.get_many(&missing, options).await;
        for (path, result) in missing.iter().zip(&fetched) {
            self.0.store.fill(&KeyRef::new(path, options), asked, result, runtime.as_ref());
        }
        let mut fetched = fetched.into_iter();
        cached
            .into_iter()
            .map(|cached| {
                cached.map_or_else(|| fetched.next().unwrap_or_else(|| Err(too_few())), Ok)
            })
            .collect()
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        self.0.provider.get_by_path_with(prefix, options).await
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        self.0.provider.list(prefix, options).await
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.0.provider.path_exists(path).await
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        self.info().admit_update(path, value, options)?;
        write::run(Write::begin(&self.0, path), value.clone(), options.clone()).await
    }
}

fn too_few() -> Error {
    Error::new(ErrorKind::Unexpected, "the provider answered fewer secrets than were asked for")
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
