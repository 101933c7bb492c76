//! `Prefix`: the part of a store below a constant prefix, as a store of its own.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::{
    Error, ErrorKind, GetOptions, ListOptions, ProviderInfo, Result, Secret, SecretEntry,
    SecretMeta, SecretProvider, SecretValue, UpdateOptions,
};

/// The secrets below a prefix, under their paths without it.
///
/// The prefix is put before every path and taken off every path that comes back: in listings, and
/// in errors too, so that an error names the path that was asked for. The
/// [address](ProviderInfo::address) tells the prefix. The provider behind sees the whole path,
/// and counts its length. [`SecretMeta::canonical`] stays as the store has it.
///
/// It keeps callers apart by name, and gives no protection: rights are the store's affair.
///
/// ```
/// use omnisecret_core::{Memory, Prefix, SecretProvider};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret_core::Result<()> {
/// let memory = Memory::from_iter([("prod/db", "hunter2"), ("test/db", "x")]);
/// let provider = Prefix::new(memory, "prod/")?;
/// assert_eq!(provider.get("db").await?.expose_str()?, "hunter2");
/// assert!(provider.get_by_path("").await?.keys().eq(["db"]));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Prefix<P> {
    provider: P,
    prefix: String,
    info: ProviderInfo,
}

impl<P: SecretProvider> Prefix<P> {
    /// What is below the prefix, which ends in one of the provider's separators, or is empty.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] for a prefix that ends otherwise: `prod` would let `uction/db`
    /// be read and not listed.
    pub fn new(provider: P, prefix: impl Into<String>) -> Result<Self> {
        let prefix = prefix.into();
        let inner = provider.info();
        if !prefix.is_empty() && !prefix.ends_with(inner.separators()) {
            let message = format!("the prefix {prefix:?} does not end in a separator");
            let action = format!("let it end in one of {:?}", inner.separators());
            return Err(Error::new(ErrorKind::InvalidConfig, message).with_action(action));
        }
        let address = format!("{}, below {prefix:?}", inner.address());
        let info = ProviderInfo::new(inner.id().to_owned(), address, inner.capabilities())
            .with_separators(inner.separators());
        Ok(Self { provider, prefix, info })
    }

    /// The provider behind this layer.
    pub fn provider(&self) -> &P {
        &self.provider
    }

    fn whole(&self, path: &str) -> String {
        [&self.prefix, path].concat()
    }

    fn own<T>(&self, answer: Result<T>) -> Result<T> {
        answer.map_err(|error| error.without_path_prefix(&self.prefix))
    }

    /// A path that came back, without the prefix. The provider gives none without it.
    fn own_path(&self, mut path: String) -> Option<String> {
        path.starts_with(&self.prefix).then(|| path.split_off(self.prefix.len()))
    }
}

#[async_trait]
impl<P: SecretProvider> SecretProvider for Prefix<P> {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        self.own(self.provider.get_with(&self.whole(path), options).await)
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        let whole: Vec<_> = paths.iter().map(|path| self.whole(path)).collect();
        let paths: Vec<_> = whole.iter().map(String::as_str).collect();
        let answers = self.provider.get_many(&paths, options).await;
        answers.into_iter().map(|answer| self.own(answer)).collect()
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        let found = self.provider.get_by_path_with(&self.whole(prefix), options).await;
        let own = |(path, secret)| Some((self.own_path(path)?, secret));
        Ok(self.own(found)?.into_iter().filter_map(own).collect())
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        let found = self.provider.list(&self.whole(prefix), options).await;
        let own =
            |entry: SecretEntry| Some(SecretEntry::new(self.own_path(entry.path)?, entry.meta));
        Ok(self.own(found)?.into_iter().filter_map(own).collect())
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.own(self.provider.path_exists(&self.whole(path)).await)
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        self.own(self.provider.update_with(&self.whole(path), value, options).await)
    }
}
