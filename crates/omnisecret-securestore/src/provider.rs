//! The provider `securestore`: the trait over a vault file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use omnisecret_core::{
    Capabilities, GetOptions, ListOptions, ProviderInfo, Result, Secret, SecretEntry, SecretMeta,
    SecretProvider, SecretValue, UpdateOptions, async_trait, file, is_below, is_directly_below,
};

use crate::vault::no_such_secret;
use crate::{Document, KeySource, SecureStoreBuilder, Vault};

/// A SecureStore vault in a file.
///
/// A path is a secret's name, verbatim: any string, the empty one too. `:`, `/` and `.` end a
/// prefix. The file is read anew by every call, so that another program's changes are seen; put a
/// cache in front where that is too slow. Names can be listed without the key. Vaults of versions
/// 1 and 2 are `Unsupported` here: they cannot be updated, and [`Vault`] reads and upgrades them.
#[derive(Clone)]
pub struct SecureStore(Arc<Inner>);

struct Inner {
    info: ProviderInfo,
    path: PathBuf,
    key: KeySource,
}

const SEPARATORS: &[char] = &[':', '/', '.'];

impl SecureStore {
    /// The provider's id.
    pub const ID: &'static str = "securestore";

    /// Settings for the vault in this file.
    pub fn builder(path: impl Into<PathBuf>) -> SecureStoreBuilder {
        SecureStoreBuilder::default().path(path)
    }

    pub(crate) fn new(path: PathBuf, key: KeySource) -> Self {
        let mut capabilities = Capabilities::NONE;
        capabilities.list = true;
        capabilities.update = true;
        capabilities.create = true;
        capabilities.binary = true;
        let info = ProviderInfo::new(Self::ID, path.display().to_string(), capabilities)
            .with_separators(SEPARATORS);
        Self(Arc::new(Inner { info, path, key }))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Does something with the vault on a thread that may block.
    async fn read<T: Send + 'static>(
        &self,
        operation: &'static str,
        path: &str,
        work: impl FnOnce(&Inner, &str) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (inner, wanted) = (Arc::clone(&self.0), path.to_owned());
        let result = file::blocking(move || work(&inner, &wanted)).await;
        result.map_err(|error| self.0.info.contextualize(error, operation, path))
    }
}

impl Inner {
    fn bytes(&self) -> Result<Vec<u8>> {
        file::read_sealed(&self.path, file::MAX_STORE_BYTES)
    }

    fn part_of(&self, is_wanted: impl Fn(&str) -> bool) -> Result<Document<'static>> {
        current(Document::part_of(&self.path, is_wanted)?)
    }

    fn get(&self, names: &[String]) -> Result<Vec<Result<Secret>>> {
        let is_wanted: BTreeSet<_> = names.iter().map(String::as_str).collect();
        let document = self.part_of(|name| is_wanted.contains(name))?;
        let vault = document.unlock(&self.key)?;
        Ok(names.iter().map(|name| vault.get(name).map(secret)).collect())
    }

    fn update(&self, name: &str, value: &SecretValue, options: &UpdateOptions) -> Result<()> {
        Vault::update(&self.path, &self.key, |vault| {
            vault.document().require_current()?;
            if !options.create_missing && !vault.contains(name) {
                return Err(no_such_secret());
            }
            vault.set(name, value.clone())
        })
    }
}

fn current(document: Document<'_>) -> Result<Document<'_>> {
    document.require_current()?;
    Ok(document)
}

fn secret(value: SecretValue) -> Secret {
    // The format keeps no version and no time.
    Secret::new(value, SecretMeta::default())
}

fn names_below(document: &Document<'_>, prefix: &str, options: &ListOptions) -> Vec<String> {
    let is_wanted = if options.recursive { is_below } else { is_directly_below };
    document.names().filter(|name| is_wanted(name, prefix, SEPARATORS)).map(str::to_owned).collect()
}

#[async_trait]
impl SecretProvider for SecureStore {
    fn info(&self) -> &ProviderInfo {
        &self.0.info
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        self.0.info.admit_get(path, options)?;
        self.read("get", path, |inner, name| {
            inner.part_of(|it| it == name)?.unlock(&inner.key)?.get(name).map(secret)
        })
        .await
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        let admitted: Vec<_> =
            paths.iter().map(|path| self.0.info.admit_get(path, options)).collect();
        let names: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let read = self.read("get", "", move |inner, _| inner.get(&names));
        let read = read.await;
        let results = admitted.into_iter().enumerate().map(|(at, admitted)| {
            admitted?;
            match &read {
                Ok(secrets) => secrets[at].clone(),
                Err(error) => Err(error.clone()),
            }
        });
        let contextualize = |(path, result): (&&str, Result<Secret>)| {
            result.map_err(|error| self.0.info.contextualize(error, "get", path))
        };
        paths.iter().zip(results).map(contextualize).collect()
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        self.0.info.admit_list(prefix, options)?;
        let options = options.clone();
        self.read("get_by_path", prefix, move |inner, prefix| {
            let bytes = inner.bytes()?;
            let document = current(Document::from_slice(&bytes)?)?;
            let names = names_below(&document, prefix, &options);
            if names.is_empty() {
                return Ok(BTreeMap::new());
            }
            let vault = document.unlock(&inner.key)?;
            let read = |name: String| match vault.get(&name) {
                Ok(value) => Ok((name, secret(value))),
                Err(error) => Err(error.with_path(name)),
            };
            names.into_iter().map(read).collect()
        })
        .await
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        self.0.info.admit_list(prefix, options)?;
        let options = options.clone();
        self.read("list", prefix, move |inner, prefix| {
            let bytes = inner.bytes()?;
            let document = current(Document::from_slice(&bytes)?)?;
            let entry = |name| SecretEntry::new(name, SecretMeta::default());
            Ok(names_below(&document, prefix, &options).into_iter().map(entry).collect())
        })
        .await
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.0.info.admit_exists(path)?;
        self.read("path_exists", path, |inner, name| {
            Ok(inner.part_of(|it| it == name)?.contains(name))
        })
        .await
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        self.0.info.admit_update(path, value, options)?;
        let (inner, name) = (Arc::clone(&self.0), path.to_owned());
        let (value, options) = (value.clone(), options.clone());
        file::blocking(move || inner.update(&name, &value, &options))
            .await
            .map(|()| SecretMeta::default())
            .map_err(|error| self.0.info.contextualize(error, "update", path))
    }
}

impl fmt::Debug for SecureStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { info: _, path, key } = &*self.0;
        f.debug_struct("SecureStore").field("path", path).field("key", key).finish()
    }
}
