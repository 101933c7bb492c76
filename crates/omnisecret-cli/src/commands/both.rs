//! Two providers side by side: for `copy` and `diff`.

use omnisecret::{
    Error, Freshness, GetOptions, ListOptions, Result, Secret, SecretProvider, SecretValue,
    Secrets, Stack,
};

/// How many secrets are read at once: a few calls of a store that has batches of twenty, and not
/// so much memory.
pub(super) const PIECE: usize = 500;

/// One of the two, asked for what its store has now.
pub(super) struct Side(Stack);

impl Side {
    pub(super) fn new(secrets: &Secrets, provider: &str) -> Result<Self> {
        secrets.provider(provider).map(Self)
    }

    /// The full paths below the prefix, sorted.
    pub(super) async fn paths(&self, prefix: &str) -> Result<Vec<String>> {
        let options = ListOptions::default().with_freshness(Freshness::Fetch);
        let entries = self.0.list(prefix, &options).await?;
        Ok(entries.into_iter().map(|entry| entry.path).collect())
    }

    /// The secrets at these paths, in the same order.
    pub(super) async fn read(&self, paths: &[&str]) -> Vec<Result<Secret>> {
        self.0.get_many(paths, &as_it_is()).await
    }

    /// The secret at this path.
    pub(super) async fn read_one(&self, path: &str) -> Result<Secret> {
        self.0.get_with(path, &as_it_is()).await
    }

    pub(super) fn provider(&self) -> &Stack {
        &self.0
    }

    /// What goes wrong with one of them here.
    pub(super) fn in_context(&self, error: Error, path: &str) -> Error {
        self.0.info().contextualize(error, "copy", path)
    }
}

fn as_it_is() -> GetOptions {
    GetOptions::default().with_freshness(Freshness::Fetch)
}

/// By the bytes, in time that depends on their number alone: some stores do not tell text from
/// binary.
pub(super) fn is_same(a: &SecretValue, b: &SecretValue) -> bool {
    a.ct_eq_bytes(b.expose_bytes())
}
