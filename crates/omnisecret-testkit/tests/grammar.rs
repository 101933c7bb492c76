//! The suite on a store with a grammar and few capabilities: paths are `provider/profile`, values
//! are text, and there are no versions.

use std::collections::BTreeMap;

use omnisecret_core::{
    Capabilities, Error, ErrorKind, GetOptions, ListOptions, Memory, ProviderInfo, Result, Secret,
    SecretEntry, SecretMeta, SecretProvider, SecretValue, UpdateOptions, async_trait,
};
use omnisecret_testkit::{Harness, Seed, conformance};

#[derive(Debug)]
struct Profiles {
    info: ProviderInfo,
    inner: Memory,
}

impl Profiles {
    fn check(&self, operation: &'static str, path: &str) -> Result<()> {
        match path.split_once('/') {
            Some((provider, profile)) if !provider.is_empty() && !profile.is_empty() => Ok(()),
            _ => {
                let error = Error::new(ErrorKind::InvalidPath, "a path is provider/profile");
                Err(self.info.contextualize(error, operation, path))
            }
        }
    }

    /// The secret without the version that this store does not have.
    fn unversioned(&self, path: &str, answer: Result<Secret>) -> Result<Secret> {
        match answer {
            Ok(secret) => Ok(Secret::new(secret.value().clone(), SecretMeta::default())),
            Err(error) => {
                let error = Error::new(error.kind(), error.message().to_owned());
                Err(self.info.contextualize(error, "get", path))
            }
        }
    }
}

#[async_trait]
impl SecretProvider for Profiles {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        self.info.admit_get(path, options)?;
        self.check("get", path)?;
        self.unversioned(path, self.inner.get_with(path, options).await)
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        let mut answers = Vec::with_capacity(paths.len());
        for path in paths {
            answers.push(self.get_with(path, options).await);
        }
        answers
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        self.info.admit_list(prefix, options)?;
        self.inner.get_by_path_with(prefix, options).await
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        self.info.admit_list(prefix, options)?;
        self.inner.list(prefix, options).await
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.info.admit_get(path, &GetOptions::default())?;
        self.check("path_exists", path)?;
        self.inner.path_exists(path).await
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        self.info.admit_update(path, value, options)?;
        self.check("update", path)?;
        self.inner.update_with(path, value, options).await.map(|_| SecretMeta::default()).map_err(
            |error| {
                let error = Error::new(error.kind(), error.message().to_owned());
                self.info.contextualize(error, "update", path)
            },
        )
    }
}

struct ProfilesHarness;

impl Harness for ProfilesHarness {
    type Provider = Profiles;

    const INVALID_PATHS: &'static [&'static str] = &["", "provider", "/profile", "provider/"];

    async fn seeded(&self, seeds: &[Seed]) -> Profiles {
        let mut capabilities = Capabilities::NONE;
        capabilities.list = true;
        capabilities.update = true;
        Profiles {
            info: ProviderInfo::new("profiles", "in memory", capabilities),
            inner: Memory::from_iter(seeds.iter().cloned()),
        }
    }
}

conformance! {
    harness: ProfilesHarness,
    capabilities: [list, update],
    with: [grammar],
}
