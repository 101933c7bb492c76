//! Caches side by side, each filled with the same secrets: ours, and those of others.

mod aws;
mod ours;
mod peers;
mod store;

use std::time::Duration;

use anyhow::Result;
use tokio::runtime::Runtime;

pub use aws::calls_of_aws;
pub use ours::calls_of_ours;

/// How many secrets each cache holds.
pub const SECRETS: usize = 1000;

/// How many ask at once for a secret that is not cached.
pub const READERS: usize = 100;

/// Longer than any run.
const TTL: Duration = Duration::from_secs(15 * 60);

/// What a call to a store takes, so that those who ask at once overlap.
const CALL: Duration = Duration::from_millis(20);

/// A filled cache, from which secrets are taken by key.
pub trait Contestant: Sync {
    /// The name in reports: of a peer, with its version.
    fn name(&self) -> &'static str;

    /// Takes the secrets of these numbers, one after the other, on this thread.
    fn take(&self, numbers: &[usize]);
}

/// Everything that is compared. The runtime is where our watch lives.
pub fn contestants(runtime: &Runtime) -> Result<Vec<Box<dyn Contestant>>> {
    let paths = paths();
    Ok(vec![
        Box::new(ours::Lookup::new(runtime, &paths)?),
        Box::new(ours::Facade::new(runtime, &paths)?),
        Box::new(ours::Watched::new(runtime, &paths)?),
        Box::new(peers::MokaSync::new(&paths)),
        Box::new(peers::MokaFuture::new(runtime, &paths)),
        Box::new(peers::QuickCache::new(&paths)),
        Box::new(peers::LockedMap::new(&paths)),
        Box::new(aws::Aws::new(runtime, &paths)?),
    ])
}

fn paths() -> Vec<String> {
    (0..SECRETS).map(|number| format!("prod/service-{number:03}/password")).collect()
}

fn value_of(path: &str) -> String {
    format!("the secret at {path}")
}

/// Runs to its end what does not wait for anything, as a thread that has nothing else to do.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    // Nothing is waited for on a hit, so neither driver is on.
    match tokio::runtime::Builder::new_current_thread().build() {
        Ok(runtime) => runtime.block_on(future),
        Err(error) => panic!("no runtime: {error}"),
    }
}
