//! General caches, as one would write them down for a string by key with a time to live.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use tokio::runtime::Runtime;

use crate::{Contestant, SECRETS, TTL, block_on, value_of};

fn values(paths: &[String]) -> impl Iterator<Item = (String, Arc<str>)> {
    paths.iter().map(|path| (path.clone(), value_of(path).into()))
}

pub(crate) struct MokaSync {
    cache: moka::sync::Cache<String, Arc<str>>,
    paths: Vec<String>,
}

impl MokaSync {
    pub(crate) fn new(paths: &[String]) -> Self {
        let cache =
            moka::sync::Cache::builder().max_capacity(SECRETS as u64).time_to_live(TTL).build();
        for (path, value) in values(paths) {
            cache.insert(path, value);
        }
        cache.run_pending_tasks();
        Self { cache, paths: paths.to_vec() }
    }
}

impl Contestant for MokaSync {
    fn name(&self) -> &'static str {
        "moka::sync 0.12.16"
    }

    fn take(&self, numbers: &[usize]) {
        for number in numbers {
            black_box(self.cache.get(&self.paths[*number]));
        }
    }
}

pub(crate) struct MokaFuture {
    cache: moka::future::Cache<String, Arc<str>>,
    paths: Vec<String>,
}

impl MokaFuture {
    pub(crate) fn new(runtime: &Runtime, paths: &[String]) -> Self {
        let cache =
            moka::future::Cache::builder().max_capacity(SECRETS as u64).time_to_live(TTL).build();
        runtime.block_on(async {
            for (path, value) in values(paths) {
                cache.insert(path, value).await;
            }
            cache.run_pending_tasks().await;
        });
        Self { cache, paths: paths.to_vec() }
    }
}

impl Contestant for MokaFuture {
    fn name(&self) -> &'static str {
        "moka::future 0.12.16"
    }

    fn take(&self, numbers: &[usize]) {
        block_on(async {
            for number in numbers {
                black_box(self.cache.get(&self.paths[*number]).await);
            }
        });
    }
}

/// It knows no time to live: the entry says when it was made, and the reader looks.
pub(crate) struct QuickCache {
    cache: quick_cache::sync::Cache<String, (Arc<str>, Instant)>,
    paths: Vec<String>,
}

impl QuickCache {
    pub(crate) fn new(paths: &[String]) -> Self {
        // Its shards fill unevenly; with room for twice as many nothing is evicted.
        let cache = quick_cache::sync::Cache::new(2 * SECRETS);
        for (path, value) in values(paths) {
            cache.insert(path, (value, Instant::now()));
        }
        Self { cache, paths: paths.to_vec() }
    }
}

impl Contestant for QuickCache {
    fn name(&self) -> &'static str {
        "quick_cache 0.7.0 + ttl"
    }

    fn take(&self, numbers: &[usize]) {
        for number in numbers {
            let found = self.cache.get(self.paths[*number].as_str());
            black_box(found.filter(|(_, made)| made.elapsed() < TTL));
        }
    }
}

/// What one would write without a crate: no bound, no eviction.
pub(crate) struct LockedMap {
    map: RwLock<HashMap<String, (Arc<str>, Instant)>>,
    paths: Vec<String>,
}

impl LockedMap {
    pub(crate) fn new(paths: &[String]) -> Self {
        let map = values(paths).map(|(path, value)| (path, (value, Instant::now()))).collect();
        Self { map: RwLock::new(map), paths: paths.to_vec() }
    }
}

impl Contestant for LockedMap {
    fn name(&self) -> &'static str {
        "RwLock<HashMap> + ttl"
    }

    fn take(&self, numbers: &[usize]) {
        for number in numbers {
            let map = self.map.read().unwrap_or_else(PoisonError::into_inner);
            let found = map.get(self.paths[*number].as_str());
            black_box(
                found.filter(|(_, made)| made.elapsed() < TTL).map(|(value, _)| value.clone()),
            );
        }
    }
}
