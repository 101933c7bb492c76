//! A provider in memory: the reference for the trait's semantics, and a double for tests.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;

use crate::{
    Capabilities, Error, ErrorKind, GetOptions, ListOptions, ProviderInfo, Result, Secret,
    SecretEntry, SecretMeta, SecretProvider, SecretValue, UpdateOptions, VersionSelector, is_below,
    is_directly_below,
};

/// Secrets in memory, with every version kept: the trait's semantics in their plainest form.
///
/// Versions are numbered from `1`; stage `current` points at the last one and `previous` at the
/// one before. The separator is `/`.
///
/// ```
/// use omnisecret_core::{Memory, SecretProvider, SecretValue};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret_core::Result<()> {
/// let provider = Memory::from_iter([("prod/db", "old")]);
/// let meta = provider.update("prod/db", &SecretValue::text("new")).await?;
/// assert_eq!(meta.version.as_deref(), Some("2"));
/// assert_eq!(provider.get("prod/db").await?.expose_str()?, "new");
/// # Ok(()) }
/// ```
pub struct Memory {
    info: ProviderInfo,
    secrets: RwLock<Secrets>,
}

type Secrets = BTreeMap<String, Vec<Version>>;

struct Version {
    value: SecretValue,
    /// What made this version, where the update had a token.
    token: Option<String>,
}

const SEPARATORS: &[char] = &['/'];

impl Memory {
    /// An empty store that can do everything but answer without decrypting.
    pub fn new() -> Self {
        let capabilities = Capabilities {
            list: true,
            update: true,
            create: true,
            binary: true,
            version_id: true,
            version_stage: true,
            idempotent_update: true,
            ..Capabilities::NONE
        };
        Self {
            info: ProviderInfo::new("memory", "memory", capabilities).with_separators(SEPARATORS),
            secrets: RwLock::default(),
        }
    }

    /// Adds a version of the secret at this path, creating it if need be.
    pub fn insert(&self, path: impl Into<String>, value: impl Into<SecretValue>) {
        let version = Version { value: value.into(), token: None };
        self.write().entry(path.into()).or_default().push(version);
    }

    /// Removes the secret at this path with all its versions; whether there was one.
    pub fn remove(&self, path: &str) -> bool {
        self.write().remove(path).is_some()
    }

    // A panic while the lock is held leaves a whole map, so poison carries no news.
    fn read(&self) -> RwLockReadGuard<'_, Secrets> {
        self.secrets.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Secrets> {
        self.secrets.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn not_found(&self, operation: &'static str, path: &str, message: &'static str) -> Error {
        self.info.contextualize(Error::new(ErrorKind::NotFound, message), operation, path)
    }

    fn read_one(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        self.info.admit_get(path, options)?;
        let secrets = self.read();
        let versions =
            secrets.get(path).ok_or_else(|| self.not_found("get", path, "no such secret"))?;
        let last = versions.len();
        let number = match &options.version {
            VersionSelector::Current => Some(last),
            VersionSelector::Id(id) => id.parse().ok(),
            VersionSelector::Stage(stage) if stage == "current" => Some(last),
            VersionSelector::Stage(stage) if stage == "previous" => last.checked_sub(1),
            VersionSelector::Stage(_) => None,
        };
        number
            .and_then(|number| Some((number, versions.get(number.checked_sub(1)?)?)))
            .map(|(number, version)| Secret::new(version.value.clone(), meta(number, last)))
            .ok_or_else(|| self.not_found("get", path, "no such version"))
    }

    fn matching<T>(
        &self,
        prefix: &str,
        options: &ListOptions,
        mut entry: impl FnMut(&str, &[Version]) -> T,
    ) -> Result<Vec<T>> {
        self.info.admit_list(prefix, options)?;
        let is_wanted = if options.recursive { is_below } else { is_directly_below };
        Ok(self
            .read()
            .iter()
            .filter(|(path, _)| is_wanted(path, prefix, SEPARATORS))
            .map(|(path, versions)| entry(path, versions))
            .collect())
    }
}

fn meta(number: usize, last: usize) -> SecretMeta {
    let stages = match last - number {
        0 => vec!["current"],
        1 => vec!["previous"],
        _ => vec![],
    };
    SecretMeta::default().with_version(number.to_string()).with_stages(stages)
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Into<String>, V: Into<SecretValue>> FromIterator<(K, V)> for Memory {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let memory = Self::new();
        for (path, value) in pairs {
            memory.insert(path, value);
        }
        memory
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("secrets", &self.read().len()).finish_non_exhaustive()
    }
}

#[async_trait]
impl SecretProvider for Memory {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        self.read_one(path, options)
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        paths.iter().map(|path| self.read_one(path, options)).collect()
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        let found = self.matching(prefix, options, |path, versions| {
            let last = versions.len();
            let current = versions[last - 1].value.clone();
            (path.to_owned(), Secret::new(current, meta(last, last)))
        })?;
        Ok(found.into_iter().collect())
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        self.matching(prefix, options, |path, versions| {
            SecretEntry::new(path, meta(versions.len(), versions.len()))
        })
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.info.admit_exists(path)?;
        Ok(self.read().contains_key(path))
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        self.info.admit_update(path, value, options)?;
        let mut secrets = self.write();
        if !options.create_missing && !secrets.contains_key(path) {
            return Err(self.not_found("update", path, "no such secret"));
        }
        let versions = secrets.entry(path.to_owned()).or_default();
        let token = options.idempotency_token.clone();
        let made = versions.iter().position(|made| token.is_some() && made.token == token);
        let Some(made) = made else {
            versions.push(Version { value: value.clone(), token });
            return Ok(meta(versions.len(), versions.len()));
        };
        if versions[made].value.ct_eq(value) {
            return Ok(meta(made + 1, versions.len()));
        }
        let error = Error::new(ErrorKind::Conflict, "the token has made another version");
        Err(self.info.contextualize(error, "update", path))
    }
}
