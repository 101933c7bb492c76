//! A cached provider keeps the rules of every provider.

use omnisecret_core::{Cached, Memory, SecretValue};
use omnisecret_testkit::{Harness, Seed};

struct CachedHarness;

impl Harness for CachedHarness {
    type Provider = Cached<Memory>;

    async fn seeded(&self, seeds: &[Seed]) -> Cached<Memory> {
        Cached::new(seeds.iter().cloned().collect())
    }

    async fn change_outside(&self, cached: &Cached<Memory>, path: &str, value: &SecretValue) {
        cached.provider().insert(path, value.clone());
    }
}

omnisecret_testkit::conformance! {
    harness: CachedHarness,
    capabilities: [list, update, create, binary, version_id, version_stage, idempotent_update],
    with: [outside],
}
