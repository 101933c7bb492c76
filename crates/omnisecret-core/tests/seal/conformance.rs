//! A provider with a second level keeps the rules of every provider.

use omnisecret_core::seal::Shared;
use omnisecret_core::{Memory, SecretValue};
use omnisecret_testkit::{Harness, MemoryStore, Seed};

use crate::{keys, namespace};

struct SharedHarness;

impl Harness for SharedHarness {
    type Provider = Shared<Memory>;

    async fn seeded(&self, seeds: &[Seed]) -> Shared<Memory> {
        let memory = seeds.iter().cloned().collect();
        Shared::builder(memory, MemoryStore::new(), keys(), namespace("")).build().unwrap()
    }

    async fn change_outside(&self, shared: &Shared<Memory>, path: &str, value: &SecretValue) {
        shared.provider().insert(path, value.clone());
    }
}

omnisecret_testkit::conformance! {
    harness: SharedHarness,
    capabilities: [list, update, create, binary, version_id, version_stage, idempotent_update],
    with: [outside],
}
