//! Ours: the cache itself, the facade over it, and a watch.

use std::hint::black_box;
use std::sync::Arc;

use anyhow::Result;
use omnisecret::Secrets;
use omnisecret_core::{Cached, GetOptions, Memory, SecretProvider, Watch};
use tokio::runtime::Runtime;

use crate::store::Slow;
use crate::{Contestant, READERS, TTL, block_on, value_of};

const PROVIDER: &str = "aws.sm";

fn memory(paths: &[String]) -> Memory {
    paths.iter().map(|path| (path.clone(), value_of(path))).collect()
}

fn filled(runtime: &Runtime, paths: &[String]) -> Result<Cached<Memory>> {
    let cached = Cached::builder(memory(paths)).ttl(TTL).build();
    for path in paths {
        runtime.block_on(cached.get(path))?;
    }
    Ok(cached)
}

/// `Cached::lookup`.
pub(crate) struct Lookup {
    cached: Cached<Memory>,
    paths: Vec<String>,
}

impl Lookup {
    pub(crate) fn new(runtime: &Runtime, paths: &[String]) -> Result<Self> {
        Ok(Self { cached: filled(runtime, paths)?, paths: paths.to_vec() })
    }
}

impl Contestant for Lookup {
    fn name(&self) -> &'static str {
        "lookup"
    }

    fn take(&self, numbers: &[usize]) {
        let options = GetOptions::default();
        for number in numbers {
            black_box(self.cached.lookup(&self.paths[*number], &options));
        }
    }
}

/// `secrets.get(provider, path).await`.
pub(crate) struct Facade {
    secrets: Secrets,
    paths: Vec<String>,
}

impl Facade {
    pub(crate) fn new(runtime: &Runtime, paths: &[String]) -> Result<Self> {
        let secrets = Secrets::builder().provider(PROVIDER, memory(paths)).build();
        for path in paths {
            runtime.block_on(async { secrets.get(PROVIDER, path).await })?;
        }
        Ok(Self { secrets, paths: paths.to_vec() })
    }
}

impl Contestant for Facade {
    fn name(&self) -> &'static str {
        "facade"
    }

    fn take(&self, numbers: &[usize]) {
        block_on(async {
            for number in numbers {
                let _ = black_box(self.secrets.get(PROVIDER, &self.paths[*number]).await);
            }
        });
    }
}

/// `watch.current()`, of one secret, whichever is asked for.
pub(crate) struct Watched(Watch);

impl Watched {
    pub(crate) fn new(runtime: &Runtime, paths: &[String]) -> Result<Self> {
        let cached = filled(runtime, paths)?;
        runtime.block_on(cached.watch(&paths[0])).map(Self).map_err(Into::into)
    }
}

impl Contestant for Watched {
    fn name(&self) -> &'static str {
        "watch"
    }

    fn take(&self, numbers: &[usize]) {
        for _ in numbers {
            black_box(self.0.current());
        }
    }
}

/// How many calls our cache makes for many who ask for one cold secret at once.
pub fn calls_of_ours(runtime: &Runtime) -> Result<usize> {
    let slow = Arc::new(Slow::default());
    let cached = Cached::new(Arc::clone(&slow));
    let ask = || {
        let cached = cached.clone();
        runtime.spawn(async move { cached.get("prod/db").await })
    };
    let readers: Vec<_> = (0..READERS).map(|_| ask()).collect();
    for reader in readers {
        runtime.block_on(reader)??;
    }
    Ok(slow.calls())
}
