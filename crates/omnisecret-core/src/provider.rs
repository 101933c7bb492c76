//! The trait that every place a secret can live implements.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    GetOptions, ListOptions, ProviderInfo, Result, Secret, SecretEntry, SecretMeta, SecretValue,
    UpdateOptions,
};

/// A place where secrets live.
///
/// Paths are plain strings and opaque to this crate: `/prod/db` and `prod/db` may be two
/// secrets, and nothing is normalised. Every call is I/O, so the trait is dyn-safe and boxed;
/// what has to be fast, a cache hit, does not go through it.
///
/// The methods without a body have no defaults on purpose: a layer that forgets to forward one
/// does not compile. What a provider cannot do is said in [`ProviderInfo::capabilities`], and
/// the operation answers [`Unsupported`](crate::ErrorKind::Unsupported).
///
/// `Arc<P>`, `Box<P>` and `&'static P` are providers as well, for `dyn SecretProvider` too.
///
/// # Implementing it
/// Each operation first asks [`info`](Self::info) whether the call is admitted
/// ([`ProviderInfo::admit_get`] and its like), before any I/O, and gives each error its context at the
/// end ([`ProviderInfo::contextualize`]). [`is_below`](crate::is_below) says what a prefix has below it.
/// The suite of `omnisecret-testkit` holds a provider to all that stands here. The book of the
/// repository has a chapter, "Writing a provider in ten steps".
///
/// # Many at once
/// [`get_many`](Self::get_many) uses the store's own batches. To run other calls side by side,
/// give each future a handle of its own:
///
/// ```
/// # use omnisecret_core::{Memory, SecretProvider};
/// # use std::sync::Arc;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret_core::Result<()> {
/// let provider: Arc<dyn SecretProvider> = Arc::new(Memory::from_iter([("a", "1"), ("b", "2")]));
/// let tasks = ["a", "b"].map(|path| {
///     let provider = Arc::clone(&provider);
///     tokio::spawn(async move { provider.path_exists(path).await })
/// });
/// for task in tasks {
///     assert!(task.await.expect("no panic")?);
/// }
/// # Ok(()) }
/// ```
#[async_trait]
pub trait SecretProvider: fmt::Debug + Send + Sync + 'static {
    /// What this provider is and can do. Pure: no I/O.
    fn info(&self) -> &ProviderInfo;

    /// The secret at exactly this path.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is none;
    /// [`InvalidPath`](crate::ErrorKind::InvalidPath) before any I/O if there can be none;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for an option that is not among the
    /// capabilities; else what the store says.
    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret>;

    /// The secrets at these paths, in the order asked, each with a result of its own.
    ///
    /// A path may stand there twice. What [`get_with`](Self::get_with) refuses is refused for that path
    /// alone, and an error is as that method gives it: its operation is `get`.
    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>>;

    /// Every secret below the prefix, by its full path. A prefix is not below itself; the empty
    /// one has everything below it. See [`is_below`](crate::is_below).
    ///
    /// # Errors
    /// As [`get_with`](Self::get_with); a prefix with nothing below it is an empty map, not an
    /// error.
    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>>;

    /// The full paths below the prefix, sorted, without values: where the store allows it,
    /// without the right to decrypt.
    ///
    /// # Errors
    /// As [`get_by_path_with`](Self::get_by_path_with).
    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>>;

    /// Whether there is a secret at exactly this path.
    ///
    /// # Errors
    /// What the store says, save that there is none.
    async fn path_exists(&self, path: &str) -> Result<bool>;

    /// Replaces the value at exactly this path and returns what is known of the new version.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is none and
    /// [`UpdateOptions::create_missing`] is not set.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the old value or the new one, never a mixture.
    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta>;

    /// [`get_with`](Self::get_with) default options. Not to be overridden.
    ///
    /// # Errors
    /// As [`get_with`](Self::get_with).
    async fn get(&self, path: &str) -> Result<Secret> {
        self.get_with(path, &GetOptions::default()).await
    }

    /// [`get_by_path_with`](Self::get_by_path_with) default options. Not to be overridden.
    ///
    /// # Errors
    /// As [`get_by_path_with`](Self::get_by_path_with).
    async fn get_by_path(&self, prefix: &str) -> Result<BTreeMap<String, Secret>> {
        self.get_by_path_with(prefix, &ListOptions::default()).await
    }

    /// [`update_with`](Self::update_with) default options. Not to be overridden.
    ///
    /// # Errors
    /// As [`update_with`](Self::update_with).
    async fn update(&self, path: &str, value: &SecretValue) -> Result<SecretMeta> {
        self.update_with(path, value, &UpdateOptions::default()).await
    }
}

macro_rules! forward_through {
    ($($pointer:ty),+) => {$(
        #[async_trait]
        impl<P: SecretProvider + ?Sized> SecretProvider for $pointer {
            fn info(&self) -> &ProviderInfo {
                (**self).info()
            }

            async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
                (**self).get_with(path, options).await
            }

            async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
                (**self).get_many(paths, options).await
            }

            async fn get_by_path_with(
                &self,
                prefix: &str,
                options: &ListOptions,
            ) -> Result<BTreeMap<String, Secret>> {
                (**self).get_by_path_with(prefix, options).await
            }

            async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
                (**self).list(prefix, options).await
            }

            async fn path_exists(&self, path: &str) -> Result<bool> {
                (**self).path_exists(path).await
            }

            async fn update_with(
                &self,
                path: &str,
                value: &SecretValue,
                options: &UpdateOptions,
            ) -> Result<SecretMeta> {
                (**self).update_with(path, value, options).await
            }
        }
    )+};
}

forward_through!(Arc<P>, Box<P>, &'static P);
