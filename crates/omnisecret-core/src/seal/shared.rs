//! `Shared`: the layer that remembers in a store for other processes too.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;

use super::level::Level;
use super::record::Stamp;
use super::visit::{Look, Visit};
use super::wait::{Boxed, all};
use super::{CacheStore, Keyring, Namespace, SharedBuilder};
use crate::{
    Error, ErrorKind, Freshness, GetOptions, ListOptions, ProviderInfo, Result, Secret,
    SecretEntry, SecretMeta, SecretProvider, SecretValue, UpdateOptions, VersionSelector,
};

/// A second cache level in front of one provider instance, shared by all who have its store and
/// its key.
///
/// - A secret that any of them has fetched within `max_age` is answered from the store, with its
///   [age](Secret::age) counted from that fetch.
/// - One that none of them has is fetched by one of them; the others wait for it, for
///   `lease_wait` at most.
/// - [`Freshness::Fetch`] asks the provider, and tells the store.
/// - An [`update`](SecretProvider::update) outdates the record for everybody: one from before it,
///   or from within a minute after it by whichever clock, does not come back. This process holds
///   to that even if the store has been told nothing, or something else.
/// - A secret that is gone or denied here is taken from the store.
/// - A store that fails, is slow or is full of rubbish is a miss, never an error. It costs a call
///   `time_limit` at most, and is left alone for a second then.
/// - What is read: the current version, and versions by identifier. Stages move when somebody
///   writes, and nothing tells the store which, so they go to the provider, and so do listings,
///   [`path_exists`](SecretProvider::path_exists) and reads without decrypting.
///
/// Needs a tokio runtime with its time driver on; without one it goes straight to the provider.
///
/// ```
/// use omnisecret_core::seal::{CacheStore, Keyring, Namespace, Shared};
/// use omnisecret_core::{Memory, Origin, SecretProvider};
/// # use omnisecret_testkit::MemoryStore;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret_core::Result<()> {
/// # let store = std::sync::Arc::new(MemoryStore::new());
/// # let key = b"8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92";
/// let start = |provider| {
///     let namespace = Namespace::new("memory")
///         .with_account("")
///         .with_region("")
///         .with_endpoint("")
///         .with_role_chain([""; 0]);
///     Shared::builder(provider, store.clone(), Keyring::parse(key)?, namespace).build()
/// };
/// let one = start(Memory::from_iter([("prod/db", "hunter2")]))?;
/// assert_eq!(one.get("prod/db").await?.origin(), Origin::Store);
///
/// // Another process, whose provider has not been asked:
/// let other = start(Memory::new())?;
/// assert_eq!(other.get("prod/db").await?.origin(), Origin::Cache);
/// # Ok(()) }
/// ```
pub struct Shared<P> {
    provider: P,
    level: Level,
}

impl<P: SecretProvider> Shared<P> {
    /// A second level in this store, sealed with these keys, for secrets from this namespace.
    pub fn builder(
        provider: P,
        store: impl CacheStore,
        keys: Keyring,
        namespace: Namespace,
    ) -> SharedBuilder<P> {
        SharedBuilder::new(provider, store, keys, namespace)
    }
}

impl<P> Shared<P> {
    pub(super) fn new(provider: P, level: Level) -> Self {
        Self { provider, level }
    }

    /// The provider behind the level.
    pub fn provider(&self) -> &P {
        &self.provider
    }
}

/// Whether the second level has anything to do with such a read.
fn is_covered(options: &GetOptions) -> bool {
    // A stage is a pointer that a write moves, and a tombstone is for one record alone.
    options.decrypt && !matches!(options.version, VersionSelector::Stage(_))
}

#[async_trait]
impl<P: SecretProvider> SecretProvider for Shared<P> {
    fn info(&self) -> &ProviderInfo {
        self.provider.info()
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        self.info().admit_get(path, options)?;
        if !is_covered(options) {
            return self.provider.get_with(path, options).await;
        }
        let mut visit = self.level.visit(path, options);
        if options.freshness == Freshness::Any {
            let look = match visit.look().await {
                Look::Busy => visit.wait().await,
                look => look,
            };
            if let Look::Found(secret) = look {
                return Ok(secret);
            }
        }
        let asked = self.level.now();
        let result = self.provider.get_with(path, options).await;
        visit.settle(asked, result).await
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        if !is_covered(options) {
            return self.provider.get_many(paths, options).await;
        }
        let mut asking: Vec<_> =
            paths.iter().map(|path| Asking::new(self.level.visit(path, options))).collect();
        if options.freshness == Freshness::Any {
            all(asking.iter_mut().map(Asking::look).collect()).await;
        }
        self.fetch(&mut asking, options).await;
        // Only now, so that nobody waits for somebody who waits in turn.
        all(asking.iter_mut().map(Asking::wait).collect()).await;
        self.fetch(&mut asking, options).await;
        asking.into_iter().map(|asking| asking.answer.unwrap_or_else(|| Err(too_few()))).collect()
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        self.provider.get_by_path_with(prefix, options).await
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        self.provider.list(prefix, options).await
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.provider.path_exists(path).await
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        self.info().admit_update(path, value, options)?;
        // Before as well: one who dies in between leaves no old value behind.
        self.level.bury(path).await;
        let result = self.provider.update_with(path, value, options).await;
        self.level.bury(path).await;
        if let Ok(SecretMeta { canonical: Some(canonical), .. }) = &result
            && canonical != path
        {
            self.level.bury(canonical).await;
        }
        result
    }
}

impl<P: SecretProvider> Shared<P> {
    /// Asks the provider, in one batch, for all that nobody else is fetching.
    async fn fetch(&self, asking: &mut [Asking<'_>], options: &GetOptions) {
        let open: Vec<_> = asking.iter_mut().filter(|asking| asking.is_open()).collect();
        if open.is_empty() {
            return;
        }
        let paths: Vec<_> = open.iter().map(|asking| asking.visit.path()).collect();
        let asked = self.level.now();
        let results = self.provider.get_many(&paths, options).await;
        let open = open.into_iter().zip(results);
        all(open.map(|(asking, result)| asking.settle(asked, result)).collect()).await;
    }
}

fn too_few() -> Error {
    Error::new(ErrorKind::Unexpected, "the provider answered fewer secrets than were asked for")
}

/// One path of many.
struct Asking<'a> {
    visit: Visit<'a>,
    is_busy: bool,
    answer: Option<Result<Secret>>,
}

impl<'a> Asking<'a> {
    fn new(visit: Visit<'a>) -> Self {
        Self { visit, is_busy: false, answer: None }
    }

    fn is_open(&self) -> bool {
        self.answer.is_none() && !self.is_busy
    }

    fn look(&mut self) -> Boxed<'_, ()> {
        Box::pin(async {
            let look = self.visit.look().await;
            self.take(look);
        })
    }

    fn wait(&mut self) -> Boxed<'_, ()> {
        Box::pin(async {
            if self.is_busy {
                let look = self.visit.wait().await;
                self.take(look);
            }
        })
    }

    fn settle(&mut self, asked: Stamp, result: Result<Secret>) -> Boxed<'_, ()> {
        Box::pin(async move {
            self.answer = Some(self.visit.settle(asked, result).await);
        })
    }

    fn take(&mut self, look: Look) {
        self.is_busy = matches!(look, Look::Busy);
        if let Look::Found(secret) = look {
            self.answer = Some(Ok(secret));
        }
    }
}

impl<P: fmt::Debug> fmt::Debug for Shared<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("provider", &self.provider)
            .field("level", &self.level)
            .finish()
    }
}
