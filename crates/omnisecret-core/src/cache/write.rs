//! A write through the cache: nothing old is left or comes back, even if the caller gives up.

use std::sync::Arc;

use super::{Inner, catch_panic};
use crate::{Error, ErrorKind, Result, SecretMeta, SecretProvider, SecretValue, UpdateOptions};

/// A write under way: the cache keeps nothing for its path until this drops.
pub(super) struct Write<P> {
    inner: Arc<Inner<P>>,
    path: String,
}

impl<P> Write<P> {
    pub(super) fn begin(inner: &Arc<Inner<P>>, path: &str) -> Self {
        inner.store.begin_write(path);
        Self { inner: Arc::clone(inner), path: path.to_owned() }
    }
}

impl<P> Drop for Write<P> {
    fn drop(&mut self) {
        self.inner.store.end_write(&self.path);
    }
}

/// Writes, in a task of its own where there is a runtime: it ends when the store has answered,
/// not when the caller stops waiting.
pub(super) async fn run<P: SecretProvider>(
    write: Write<P>,
    value: SecretValue,
    options: UpdateOptions,
) -> Result<SecretMeta> {
    let runtime = write.inner.runtime();
    let work = async move {
        catch_panic(write.inner.provider.update_with(&write.path, &value, &options)).await
    };
    match runtime {
        None => work.await,
        Some(runtime) => runtime.spawn(work).await.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Unavailable, "the async runtime is shutting down")
                .with_retryable(false))
        }),
    }
}
