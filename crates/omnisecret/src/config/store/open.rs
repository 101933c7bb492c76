//! Makes the second level that the section describes: opens the store, reads the key.

use std::fs;
use std::sync::Arc;

use omnisecret_core::seal::{CacheStore, Keyring, Namespace, Shared};
use omnisecret_core::{Error, ErrorKind, Result, SecretProvider, SecretValue, file};

use super::{KeyFrom, Place, StoreConfig};
use crate::kinds::{Owner, Surroundings, not_set};

impl StoreConfig {
    /// The provider of this kind and owner with the second level in front of it.
    pub(in crate::config) fn around(
        &self,
        kind: &str,
        owner: Owner,
        provider: Arc<dyn SecretProvider>,
        surroundings: &Surroundings,
    ) -> Result<Arc<dyn SecretProvider>> {
        let namespace = namespace(kind, owner, provider.info().address())?;
        let (store, keys) = (self.place.open(surroundings)?, self.key.read(surroundings)?);
        let mut shared = Shared::builder(provider, store, keys, namespace).max_age(self.max_age);
        if let Some(offline) = self.offline {
            shared = shared.offline(offline);
        }
        Ok(Arc::new(shared.build()?))
    }
}

/// What is said of the owner. What is not said is unknown, and refused where the level is made.
fn namespace(kind: &str, owner: Owner, address: &str) -> Result<Namespace> {
    let namespace = Namespace::new(kind);
    match owner {
        // A file holds the same secrets for whoever can open it.
        Owner::File => {
            let cannot = |reason: String| {
                let message = format!("the file {address:?} {reason}");
                Error::new(ErrorKind::InvalidConfig, message)
            };
            let path = fs::canonicalize(address)
                .map_err(|error| cannot(format!("cannot be found: {}", error.kind())))?;
            let file =
                path.to_str().ok_or_else(|| cannot("has a path that is not UTF-8".into()))?;
            let namespace = namespace.with_account("").with_region("").with_endpoint(file);
            Ok(namespace.with_role_chain([""; 0]))
        }
        Owner::Account { account, region, endpoint, principals } => {
            let namespace = namespace.with_endpoint(endpoint);
            let namespace = account.into_iter().fold(namespace, Namespace::with_account);
            let namespace = region.into_iter().fold(namespace, Namespace::with_region);
            Ok(principals.into_iter().fold(namespace, Namespace::with_role_chain))
        }
    }
}

impl Place {
    fn open(&self, surroundings: &Surroundings) -> Result<Arc<dyn CacheStore>> {
        match self {
            #[cfg(feature = "cache-disk")]
            Self::Disk { path } => {
                let _ = surroundings;
                Ok(Arc::new(omnisecret_cache_disk::DiskStore::open(path)?))
            }
            #[cfg(not(feature = "cache-disk"))]
            Self::Disk { .. } => Err(super::not_built_in("disk", "cache-disk")),
            #[cfg(feature = "cache-redis")]
            Self::Redis { url, namespace } => {
                let url = match url {
                    super::UrlFrom::File(url) => url.as_str().into(),
                    super::UrlFrom::Env(name) => variable(surroundings, name)?,
                };
                let builder = omnisecret_cache_redis::RedisStore::builder(url, namespace);
                Ok(Arc::new(builder.build()?))
            }
            #[cfg(not(feature = "cache-redis"))]
            Self::Redis { .. } => Err(super::not_built_in("redis", "cache-redis")),
        }
    }
}

impl KeyFrom {
    fn read(&self, surroundings: &Surroundings) -> Result<Keyring> {
        match self {
            Self::File(path) => Keyring::parse(&file::read(path, file::MAX_KEY_BYTES)?),
            Self::Env(name) => Keyring::parse(variable(surroundings, name)?.expose_bytes()),
        }
    }
}

fn variable(surroundings: &Surroundings, name: &String) -> Result<SecretValue> {
    surroundings.named(Some(name))?.ok_or_else(|| not_set(&[Some(name)]))
}
