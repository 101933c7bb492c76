//! The trait, over one acct file.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use omnisecret_core::file::blocking;
use omnisecret_core::{
    Capabilities, Error, ErrorKind, GetOptions, ListOptions, ProviderInfo, Result, Secret,
    SecretEntry, SecretMeta, SecretProvider, SecretValue, UpdateOptions, is_below,
    is_directly_below,
};

use crate::config::AcctBuilder;
use crate::document::Document;
use crate::json;
use crate::path::{ProfilePath, SEPARATOR};
use crate::profiles::Profiles;
use crate::store::Store;
use crate::tree::Value;

/// The provider's id.
pub(crate) const ID: &str = "acct";

/// The profiles of one encrypted acct file.
///
/// A path is `provider/profile`; the first `/` ends the provider. The value of a profile is its
/// JSON in file order, or the text itself where the profile is nothing but a text.
///
/// Every operation reads the file, so that a change by another program is seen by the next one.
///
/// # Errors
/// Beside those of the trait: [`ErrorKind::InvalidConfig`] if the file or the key file is not
/// there or the key is malformed; [`ErrorKind::Corrupt`] if the key does not open the file, or
/// what it holds is damaged; [`ErrorKind::InvalidValue`] if it is not an acct file inside, or a
/// profile holds what JSON has no form for; [`ErrorKind::Unsupported`] for other serial plugins.
///
/// # Security
/// The decrypted content is wiped before an operation returns; what remains is the value asked
/// for. `Debug` shows the file's name and neither key nor content.
///
/// # Cancel safety
/// An update that has begun goes on to its end even if its future is dropped; the file holds the
/// old content or the new.
#[derive(Clone, Debug)]
pub struct Acct {
    info: ProviderInfo,
    store: Arc<Store>,
}

impl Acct {
    /// Settings for this encrypted file, which still lack the key.
    pub fn builder(path: impl Into<PathBuf>) -> AcctBuilder {
        AcctBuilder::default().path(path)
    }

    pub(crate) fn new(store: Store) -> Self {
        let mut capabilities = Capabilities::NONE;
        capabilities.list = true;
        capabilities.update = true;
        capabilities.create = true;
        let address = store.file.display().to_string();
        Self { info: ProviderInfo::new(ID, address, capabilities), store: Arc::new(store) }
    }

    /// All that the file holds now. Blocks.
    pub(crate) fn document(&self) -> Result<Document> {
        Document::new(self.store.read()?.into_content())
    }

    /// Reads the file once and answers from it, away from the async thread.
    async fn read<T: Send + 'static>(
        &self,
        answer: impl FnOnce(&Profiles) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = Arc::clone(&self.store);
        blocking(move || answer(&store.read()?)).await
    }

    /// What a listing makes of every profile below the prefix, by path.
    async fn below<T: Send + 'static>(
        &self,
        operation: &'static str,
        prefix: &str,
        options: &ListOptions,
        answer: impl Fn(&Value) -> Result<T> + Send + 'static,
    ) -> Result<BTreeMap<String, T>> {
        self.info.admit_list(prefix, options)?;
        let is_wanted = if options.recursive { is_below } else { is_directly_below };
        let below = prefix.to_owned();
        let found = self.read(move |profiles| {
            profiles
                .iter()
                .filter(|(path, _)| is_wanted(path, &below, &[SEPARATOR]))
                .map(|(path, value)| match answer(value) {
                    Ok(answer) => Ok((path, answer)),
                    Err(error) => Err(error.with_path(path)),
                })
                .collect()
        });
        found.await.map_err(|error| self.info.contextualize(error, operation, prefix))
    }

    fn admit(&self, path: &str, options: &GetOptions) -> Result<ProfilePath> {
        self.info.admit_get(path, options)?;
        ProfilePath::new(path).map_err(|error| self.info.contextualize(error, "get", path))
    }
}

/// The secret at this path.
fn secret(profiles: &Profiles, path: &ProfilePath) -> Result<Secret> {
    let value =
        profiles.find(path).ok_or_else(|| Error::new(ErrorKind::NotFound, "no such profile"))?;
    Ok(Secret::new(json::write(value)?, SecretMeta::default()))
}

#[async_trait]
impl SecretProvider for Acct {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        let profile = self.admit(path, options)?;
        self.read(move |profiles| secret(profiles, &profile))
            .await
            .map_err(|error| self.info.contextualize(error, "get", path))
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        let admitted: Vec<_> = paths.iter().map(|path| self.admit(path, options)).collect();
        if admitted.iter().all(Result::is_err) {
            return admitted.into_iter().filter_map(Result::err).map(Err).collect();
        }
        let wanted = admitted.clone();
        let read = self.read(move |profiles| {
            Ok(wanted.into_iter().map(|path| secret(profiles, &path?)).collect())
        });
        let answers: Vec<_> = read.await.unwrap_or_else(|error| {
            admitted.into_iter().map(|path| path.and(Err(error.clone()))).collect()
        });
        let contextualize = |(answer, path): (Result<Secret>, &&str)| {
            answer.map_err(|error| self.info.contextualize(error, "get", path))
        };
        answers.into_iter().zip(paths).map(contextualize).collect()
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        let answer = |value: &Value| Ok(Secret::new(json::write(value)?, SecretMeta::default()));
        self.below("get_by_path", prefix, options, answer).await
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        let names = self.below("list", prefix, options, |_| Ok(())).await?;
        Ok(names.into_keys().map(|path| SecretEntry::new(path, SecretMeta::default())).collect())
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.info.admit_exists(path)?;
        let profile = ProfilePath::new(path)
            .map_err(|error| self.info.contextualize(error, "path_exists", path))?;
        self.read(move |profiles| Ok(profiles.find(&profile).is_some()))
            .await
            .map_err(|error| self.info.contextualize(error, "path_exists", path))
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        self.info.admit_update(path, value, options)?;
        let (store, value, create) =
            (Arc::clone(&self.store), value.clone(), options.create_missing);
        let write = async {
            let profile = ProfilePath::new(path)?;
            blocking(move || {
                store.update(|profiles| profiles.set(&profile, value.expose_str()?, create))
            })
            .await
        };
        write.await.map_err(|error| self.info.contextualize(error, "update", path))?;
        Ok(SecretMeta::default())
    }
}
