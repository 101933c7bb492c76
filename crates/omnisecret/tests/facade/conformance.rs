//! A provider with all its layers keeps the rules of every provider.

use std::sync::{Arc, Mutex};

use omnisecret::{Memory, SecretValue, Secrets, Stack};
use omnisecret_testkit::{Harness, Seed};

/// Remembers the store that it has made last.
#[derive(Default)]
struct Layered(Mutex<Arc<Memory>>);

impl Harness for Layered {
    type Provider = Stack;

    async fn seeded(&self, seeds: &[Seed]) -> Stack {
        let memory = Arc::new(Memory::from_iter(seeds.iter().cloned()));
        *self.0.lock().unwrap() = Arc::clone(&memory);
        Secrets::builder().provider("layered", memory).build().provider("layered").unwrap()
    }

    async fn change_outside(&self, _: &Stack, path: &str, value: &SecretValue) {
        self.0.lock().unwrap().insert(path, value.clone());
    }
}

omnisecret_testkit::conformance! {
    harness: Layered::default(),
    capabilities: [list, update, create, binary, version_id, version_stage, idempotent_update],
    with: [outside],
}
