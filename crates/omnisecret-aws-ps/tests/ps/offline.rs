//! The rules that every provider keeps, on a store of our own.

use std::sync::Mutex;

use omnisecret_aws_ps::ParameterStore;
use omnisecret_core::{SecretProvider, SecretValue};
use omnisecret_testkit::{Harness, Seed};

use crate::store::Store;
use crate::support::{SECRET_KEY, provider};

#[derive(Default)]
struct Offline(Mutex<Vec<Store>>);

impl Offline {
    fn put(store: &Store, path: &str, value: &SecretValue) {
        store.insert(path, value.expose_str().expect("the suite seeds text"));
    }
}

impl Harness for Offline {
    type Provider = ParameterStore;

    const ODD_NAMES: &'static [&'static str] =
        &["app/A.b-c_d", "app/0", "app/..", "app/-dash", "app/../up", "APP/password"];
    const INVALID_PATHS: &'static [&'static str] =
        &["", "/with space", "/\u{fc}", "/a:", "/a:b:c", "arn:aws:s3:::bucket"];
    const MAX_VALUE_BYTES: usize = 4096;

    async fn seeded(&self, seeds: &[Seed]) -> ParameterStore {
        let store = Store::start().await;
        for (path, value) in seeds {
            Self::put(&store, path, value);
        }
        let provider = provider(&store);
        self.0.lock().expect("no case panics here").push(store);
        provider
    }

    fn path(&self, name: &str) -> String {
        format!("/{name}")
    }

    async fn change_outside(&self, provider: &ParameterStore, path: &str, value: &SecretValue) {
        let address = provider.info().address();
        let stores = self.0.lock().expect("no case panics here");
        let store = stores.iter().find(|store| address.ends_with(&store.server.url()));
        Self::put(store.expect("the provider's store"), path, value);
    }

    fn credentials(&self) -> Vec<SecretValue> {
        vec![SECRET_KEY.into()]
    }
}

omnisecret_testkit::conformance! {
    harness: Offline::default(),
    capabilities: [list, update, create, version_id, version_stage, without_decrypt],
    with: [outside, grammar],
    skip: {
        empty_value_is_a_value: "Parameter Store keeps no empty value",
        update_to_the_empty_value_is_kept: "Parameter Store keeps no empty value",
        parent_of_a_secret_does_not_exist: "a path with parameters below it exists",
    },
}
