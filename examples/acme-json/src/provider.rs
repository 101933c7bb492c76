//! The provider `acme.json`: the trait over the file.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use omnisecret_core::{
    Capabilities, Error, GetOptions, ListOptions, ProviderInfo, Result, Secret, SecretEntry,
    SecretMeta, SecretProvider, SecretValue, UpdateOptions, async_trait, file, is_below,
    is_directly_below,
};

use crate::JsonFileBuilder;
use crate::document::Document;

// ANCHOR: type
/// Secrets in one JSON file. Cheap to clone; the file is read anew by every call.
#[derive(Clone, Debug)]
pub struct JsonFile(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    info: ProviderInfo,
    path: PathBuf,
}

const SEPARATORS: &[char] = &['/'];

impl JsonFile {
    /// The provider's id.
    pub const ID: &'static str = "acme.json";

    /// Settings without a file yet.
    pub fn builder() -> JsonFileBuilder {
        JsonFileBuilder::default()
    }

    pub(crate) fn new(path: PathBuf) -> Self {
        let mut capabilities = Capabilities::NONE;
        capabilities.list = true;
        capabilities.update = true;
        capabilities.create = true;
        let info = ProviderInfo::new(Self::ID, path.display().to_string(), capabilities)
            .with_separators(SEPARATORS);
        Self(Arc::new(Inner { info, path }))
    }
    // ANCHOR_END: type

    // ANCHOR: helpers
    /// The file's content, read where it may block.
    async fn document(&self) -> Result<Document> {
        let inner = Arc::clone(&self.0);
        file::blocking(move || Document::read(&inner.path)).await
    }

    fn named(&self, error: Error, operation: &'static str, path: &str) -> Error {
        self.0.info.contextualize(error, operation, path)
    }
    // ANCHOR_END: helpers

    /// What is below the prefix, made into something.
    async fn below<T, C: FromIterator<T>>(
        &self,
        prefix: &str,
        options: &ListOptions,
        make: impl Fn(&Document, &str) -> Result<T>,
    ) -> Result<C> {
        let document = self.document().await?;
        let is_wanted = if options.recursive { is_below } else { is_directly_below };
        let names = document.names().filter(|name| is_wanted(name, prefix, SEPARATORS));
        names.map(|name| make(&document, name)).collect()
    }
}

// ANCHOR: trait
#[async_trait]
impl SecretProvider for JsonFile {
    fn info(&self) -> &ProviderInfo {
        &self.0.info
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        self.0.info.admit_get(path, options)?;
        let secret = self.document().await.and_then(|document| document.get(path));
        secret.map_err(|error| self.named(error, "get", path))
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        let document = self.document().await;
        let get = |path: &&str| {
            self.0.info.admit_get(path, options)?;
            let secret = document.as_ref().map_err(Error::clone).and_then(|it| it.get(path));
            secret.map_err(|error| self.named(error, "get", path))
        };
        paths.iter().map(get).collect()
    }
    // ANCHOR_END: trait

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        self.0.info.admit_list(prefix, options)?;
        let found = self
            .below(prefix, options, |document, name| Ok((name.to_owned(), document.get(name)?)));
        found.await.map_err(|error| self.named(error, "get_by_path", prefix))
    }

    // ANCHOR: list
    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        self.0.info.admit_list(prefix, options)?;
        let entry = |_: &Document, name: &str| Ok(SecretEntry::new(name, SecretMeta::default()));
        let found = self.below(prefix, options, entry).await;
        found.map_err(|error| self.named(error, "list", prefix))
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.0.info.admit_exists(path)?;
        let exists = self.document().await.map(|document| document.contains(path));
        exists.map_err(|error| self.named(error, "path_exists", path))
    }
    // ANCHOR_END: list

    // ANCHOR: update
    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        self.0.info.admit_update(path, value, options)?;
        let (inner, name, value) = (Arc::clone(&self.0), path.to_owned(), value.clone());
        let create = options.create_missing;
        let update = move || Document::update(&inner.path, &name, value.expose_str()?, create);
        let updated = file::blocking(update).await.map(|()| SecretMeta::default());
        updated.map_err(|error| self.named(error, "update", path))
    }
    // ANCHOR_END: update
}
