//! A provider on a store, and what is asked of both.

use std::collections::BTreeMap;
use std::ffi::OsString;

use omnisecret_aws_ps::{ParameterStore, Settings};
use omnisecret_core::{Result, Secret};

use crate::store::Store;

pub(crate) const SECRET_KEY: &str = "made-up-secret-access-key";

pub(crate) fn settings(url: &str, access_key_id: &str) -> Settings {
    let variables = BTreeMap::from([
        ("AWS_ACCESS_KEY_ID", access_key_id),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    Settings::from_env_with(|name| variables.get(name).map(OsString::from))
        .region("eu-central-1")
        .endpoint_url(url)
}

pub(crate) fn provider(store: &Store) -> ParameterStore {
    let settings = settings(&store.server.url(), "AKIATESTTESTTESTTEST");
    ParameterStore::new(settings).expect("the settings are right")
}

/// A store with these parameters, and a provider on it.
pub(crate) async fn with(parameters: &[(&str, &str)]) -> (Store, ParameterStore) {
    let store = Store::start().await;
    for (name, value) in parameters {
        store.insert(name, value);
    }
    let provider = provider(&store);
    (store, provider)
}

/// What a read gives, to compare.
pub(crate) fn text(answer: Result<Secret>) -> Result<String, String> {
    match answer {
        Ok(secret) => Ok(secret.expose_str().expect("a parameter is text").to_owned()),
        Err(error) => Err(error.kind().to_string()),
    }
}
