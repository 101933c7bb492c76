//! The suite on the reference provider: every case holds.

use omnisecret_core::{Memory, SecretValue};
use omnisecret_testkit::{Harness, Seed, conformance};

struct InMemory;

impl Harness for InMemory {
    type Provider = Memory;

    async fn seeded(&self, seeds: &[Seed]) -> Memory {
        Memory::from_iter(seeds.iter().cloned())
    }

    async fn change_outside(&self, provider: &Memory, path: &str, value: &SecretValue) {
        provider.insert(path, value.clone());
    }
}

conformance! {
    harness: InMemory,
    capabilities: [list, update, create, binary, version_id, version_stage, idempotent_update],
    with: [outside],
}
