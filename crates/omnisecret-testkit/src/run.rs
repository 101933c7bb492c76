//! Runs one case, on a runtime of its own and within a time limit.

use std::future::Future;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::Harness;

/// Longer than any case takes on a slow machine with a slow key derivation.
const LIMIT: Duration = Duration::from_secs(120);

/// Runs a case on a multi-threaded runtime; [`conformance!`](crate::conformance) makes a test of
/// it.
///
/// # Panics
/// If the provider breaks the rule of the case, or the case does not end within two minutes.
pub fn run<H: Harness>(harness: H, case: impl AsyncFnOnce(&H)) {
    block_on(&runtime(&mut Builder::new_multi_thread()), case(&harness));
}

pub(crate) fn runtime(builder: &mut Builder) -> Runtime {
    // Two workers, so that calls truly run side by side.
    builder.worker_threads(2).enable_all().build().expect("a runtime can be made")
}

pub(crate) fn block_on<T>(runtime: &Runtime, future: impl Future<Output = T>) -> T {
    runtime.block_on(async { timeout(LIMIT, future).await.expect("the case ends in time") })
}
