//! `Fallback`: a second provider for what the first one does not have.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::{
    Capabilities, ErrorKind, GetOptions, ListOptions, ProviderInfo, Result, Secret, SecretEntry,
    SecretMeta, SecretProvider, SecretValue, UpdateOptions, VersionSelector,
};

/// Reads from the first provider, and from the second what the first does not have.
///
/// - Only [`ErrorKind::NotFound`] goes on to the second. A first provider that is down or says no
///   is an error, because what it has is not known.
/// - A secret of the first hides the one of the same path in the second, with all its versions: a
///   version that the first does not have is not taken from the second.
/// - A listing has the names of both, and the first's secret where both have one.
/// - An [`update`](SecretProvider::update) goes to the first, and never to the second.
///
/// It has the id of the first; its address names both. What both must be able to do for it: list,
/// read versions, answer without decrypting. What the first must: update, create, keep bytes.
/// Both should have the same separators. For more than two providers, the second is a `Fallback`.
///
/// ```
/// use omnisecret_core::{Fallback, Memory, SecretProvider};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret_core::Result<()> {
/// let mine = Memory::from_iter([("db", "mine")]);
/// let ours = Memory::from_iter([("db", "ours"), ("mail", "ours")]);
/// let provider = Fallback::new(mine, ours);
/// assert_eq!(provider.get("db").await?.expose_str()?, "mine");
/// assert_eq!(provider.get("mail").await?.expose_str()?, "ours");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Fallback<A, B> {
    first: A,
    second: B,
    info: ProviderInfo,
}

impl<A: SecretProvider, B: SecretProvider> Fallback<A, B> {
    /// The first provider, and the second for what is not there.
    pub fn new(first: A, second: B) -> Self {
        let info = chain(first.info(), second.info());
        Self { first, second, info }
    }

    /// The provider that is asked first.
    pub fn first(&self) -> &A {
        &self.first
    }

    /// The provider that is asked for what the first does not have.
    pub fn second(&self) -> &B {
        &self.second
    }

    /// Whether what the first has not found may be another's.
    async fn may_go_on(&self, path: &str, options: &GetOptions) -> Result<bool> {
        match options.version {
            VersionSelector::Current => Ok(true),
            // Not found may be the version alone.
            VersionSelector::Id(_) | VersionSelector::Stage(_) => {
                self.first.path_exists(path).await.map(|exists| !exists)
            }
        }
    }
}

fn chain(first: &ProviderInfo, second: &ProviderInfo) -> ProviderInfo {
    let other = second.capabilities();
    // Destructured, so that a later capability is decided on here.
    let Capabilities {
        list,
        update,
        create,
        binary,
        version_id,
        version_stage,
        without_decrypt,
        idempotent_update,
    } = first.capabilities();
    let capabilities = Capabilities {
        list: list && other.list,
        update,
        create,
        binary,
        version_id: version_id && other.version_id,
        version_stage: version_stage && other.version_stage,
        without_decrypt: without_decrypt && other.without_decrypt,
        idempotent_update,
    };
    let address = format!("{}, then {} {}", first.address(), second.id(), second.address());
    ProviderInfo::new(first.id().to_owned(), address, capabilities)
        .with_separators(first.separators())
}

fn is_not_found(answer: &Result<Secret>) -> bool {
    answer.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

#[async_trait]
impl<A: SecretProvider, B: SecretProvider> SecretProvider for Fallback<A, B> {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        self.info.admit_get(path, options)?;
        let first = self.first.get_with(path, options).await;
        if !is_not_found(&first) || !self.may_go_on(path, options).await? {
            return first;
        }
        let second = self.second.get_with(path, options).await;
        // Where neither has it, the first one's error is that of the chain.
        if is_not_found(&second) { first } else { second }
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        // An option that only the first can honour is refused for all.
        let refused = paths.iter().filter_map(|path| self.info.admit_get(path, options).err());
        let refused: Vec<_> = refused.map(Err).collect();
        if refused.len() == paths.len() {
            return refused;
        }
        let mut answers = self.first.get_many(paths, options).await;
        let (mut places, mut missing) = (Vec::new(), Vec::new());
        for (place, (path, answer)) in paths.iter().zip(&mut answers).enumerate() {
            if !is_not_found(answer) {
                continue;
            }
            match self.may_go_on(path, options).await {
                Ok(true) => {
                    places.push(place);
                    missing.push(*path);
                }
                Ok(false) => {}
                Err(error) => *answer = Err(error),
            }
        }
        if missing.is_empty() {
            return answers;
        }
        let second = self.second.get_many(&missing, options).await;
        for (place, answer) in places.into_iter().zip(second) {
            if !is_not_found(&answer) {
                answers[place] = answer;
            }
        }
        answers
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        self.info.admit_list(prefix, options)?;
        let first = self.first.get_by_path_with(prefix, options).await?;
        let mut merged = self.second.get_by_path_with(prefix, options).await?;
        merged.extend(first);
        Ok(merged)
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        self.info.admit_list(prefix, options)?;
        let first = self.first.list(prefix, options).await?;
        let second = self.second.list(prefix, options).await?;
        let entries = second.into_iter().chain(first).map(|entry| (entry.path.clone(), entry));
        Ok(entries.collect::<BTreeMap<_, _>>().into_values().collect())
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        Ok(self.first.path_exists(path).await? || self.second.path_exists(path).await?)
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        self.first.update_with(path, value, options).await
    }
}
