//! Files that hold secrets: bounded reading, and replacement that a crash cannot tear.
//!
//! For providers whose secrets live in a file. Everything here blocks; [`blocking`] takes it off
//! an async thread where there is one.

#[cfg(not(unix))]
compile_error!("the feature `file` of omnisecret-core knows the file rules of Unix alone so far");

mod attributes;
mod lock;
mod read;
mod replace;

use crate::{Error, ErrorKind, Result};

pub use read::{open, read, read_sealed, read_text};
pub use replace::{create_new, create_private, update};

/// The largest file of secrets that is read, in bytes: 256 MiB.
pub const MAX_STORE_BYTES: u64 = 256 << 20;

/// The largest key file that is read, in bytes: 64 KiB.
pub const MAX_KEY_BYTES: u64 = 64 << 10;

/// The largest configuration file that is read, in bytes: 1 MiB.
pub const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// Runs work that blocks: on the pool of the current tokio runtime, or right here without one.
///
/// # Errors
/// What the work answers; [`ErrorKind::Unexpected`] if it panics.
///
/// # Cancel safety
/// Once begun, the work goes on to its end even if this future is dropped.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return work() };
    runtime.spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(if error.is_panic() {
            Error::new(ErrorKind::Unexpected, "the work on the file panicked")
        } else {
            Error::new(ErrorKind::Unavailable, "the async runtime is shutting down")
        })
    })
}
