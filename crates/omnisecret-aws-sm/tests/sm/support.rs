//! A provider and the server that it asks.

use std::ffi::OsString;
use std::sync::Arc;

use omnisecret_aws_sm::{SecretsManager, Settings};
use omnisecret_aws_testkit::AwsServer;

use crate::store::Store;

pub(crate) const SECRET_ACCESS_KEY: &str = "made-up-secret-access-key";

/// A server, what it keeps, and a provider that asks it.
pub(crate) struct Setup {
    pub(crate) server: AwsServer,
    pub(crate) store: Arc<Store>,
    pub(crate) provider: SecretsManager,
}

impl Setup {
    pub(crate) async fn new() -> Self {
        Self::describing(false).await
    }

    pub(crate) async fn describing(describe: bool) -> Self {
        let store = Arc::new(Store::default());
        let answering = Arc::clone(&store);
        let server = AwsServer::start(move |request| answering.answer(request)).await;
        let provider =
            SecretsManager::new(settings(&server.url())).expect("the settings are right");
        Self { server, store, provider: provider.with_describe(describe) }
    }

    /// With these names, each with a value that names it.
    pub(crate) async fn of(names: &[&str]) -> Self {
        let setup = Self::new().await;
        for name in names {
            setup.store.insert(name, &value_of(name).into());
        }
        setup
    }

    /// How often each operation was asked for, in the order of their first calls.
    pub(crate) fn calls(&self) -> Vec<(String, usize)> {
        let mut calls: Vec<(String, usize)> = Vec::new();
        for operation in self.server.operations() {
            match calls.iter_mut().find(|(known, _)| *known == operation) {
                Some((_, count)) => *count += 1,
                None => calls.push((operation, 1)),
            }
        }
        calls
    }

    #[track_caller]
    pub(crate) fn assert_calls(&self, expected: &[(&str, usize)]) {
        let expected: Vec<_> =
            expected.iter().map(|(operation, count)| ((*operation).to_owned(), *count)).collect();
        assert_eq!(self.calls(), expected);
    }
}

pub(crate) fn value_of(name: &str) -> String {
    format!("value of {name}")
}

/// Settings with keys, for this endpoint, and with nothing of this machine in them.
pub(crate) fn settings(url: &str) -> Settings {
    let variable = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" => Some(OsString::from("AKIATESTTESTTESTTEST")),
        "AWS_SECRET_ACCESS_KEY" => Some(OsString::from(SECRET_ACCESS_KEY)),
        "AWS_EC2_METADATA_DISABLED" => Some(OsString::from("true")),
        _ => None,
    };
    Settings::from_env_with(variable).region("eu-central-1").endpoint_url(url)
}
