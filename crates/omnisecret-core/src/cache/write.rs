//! A write through the cache: nothing old is left or comes back, even if the caller gives up.

use std::sync::Arc;

use super::store::Outcome;
use super::{Inner, catch_panic};
use crate::{Error, ErrorKind, Result, SecretMeta, SecretProvider, SecretValue, UpdateOptions};

/// A write under way: the cache keeps nothing for its path until this drops, and for a while
/// after that if the outcome is not known by then.
struct Write<P> {
    inner: Arc<Inner<P>>,
    path: String,
    outcome: Outcome,
}

impl<P> Write<P> {
    fn end(mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl<P> Drop for Write<P> {
    fn drop(&mut self) {
        self.inner.store.end_write(&self.path, &self.outcome);
    }
}

/// Writes, in a task of its own where there is a runtime: it ends when the store has answered,
/// not when the caller stops waiting.
pub(super) async fn run<P: SecretProvider>(
    inner: &Arc<Inner<P>>,
    path: &str,
    value: SecretValue,
    options: UpdateOptions,
) -> Result<SecretMeta> {
    inner.store.begin_write(path);
    let write =
        Write { inner: Arc::clone(inner), path: path.to_owned(), outcome: Outcome::Unknown };
    let work = async move {
        let call = write.inner.provider.update_with(&write.path, &value, &options);
        let result = catch_panic(call).await;
        write.end(match &result {
            Ok(meta) => Outcome::Done(meta.clone()),
            Err(error) if is_definite(error) => Outcome::Refused,
            Err(_) => Outcome::Unknown,
        });
        result
    };
    match inner.runtime() {
        None => work.await,
        Some(runtime) => runtime.spawn(work).await.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Unavailable, "the async runtime is shutting down")
                .with_retryable(false))
        }),
    }
}

/// Whether the error says that the store has not done it and will not.
fn is_definite(error: &Error) -> bool {
    !matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Unavailable | ErrorKind::Unexpected)
}
