//! Where the service is, and what the provider does not do: labels and deletions.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::Builder;
use omnisecret_aws::{Connection, Session};
use omnisecret_aws_ps::{ParameterStore, Settings};

/// Settings for LocalStack, in an account of this number.
pub(crate) fn localstack(account: &str) -> Settings {
    let endpoint = std::env::var("OMNISECRET_LOCALSTACK_ENDPOINT");
    let endpoint = endpoint.expect("cargo xtask integration names the endpoint");
    let variables =
        BTreeMap::from([("AWS_ACCESS_KEY_ID", account), ("AWS_SECRET_ACCESS_KEY", "made-up")]);
    Settings::from_env_with(|name| variables.get(name).map(OsString::from))
        .region("eu-central-1")
        .endpoint_url(endpoint)
}

/// Settings for the account that `cargo xtask integration --real` is run for, else for LocalStack.
pub(crate) fn settings() -> Settings {
    match std::env::var_os("OMNISECRET_TEST_AWS_REAL") {
        Some(_) => Settings::from_env(),
        None => localstack(&account()),
    }
}

/// An account that no other test has: an access key id of twelve digits is one to LocalStack.
pub(crate) fn account() -> String {
    format!("{:012}", unique() % 1_000_000_000_000)
}

/// A path that no other test has.
pub(crate) fn folder() -> String {
    format!("/omnisecret-test/{:x}", unique())
}

fn unique() -> u128 {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    now.as_nanos() / 1000 * 1000 + u128::from(count % 1000)
}

pub(crate) fn provider(settings: Settings) -> ParameterStore {
    ParameterStore::new(settings).expect("the settings are right")
}

/// The SDK's own client for the same account.
pub(crate) fn session(settings: Settings) -> Session<Client> {
    Session::new(settings, |Connection { config, endpoint_url, .. }| {
        let builder = Builder::from(&config);
        let builder = match endpoint_url {
            Some(url) => builder.endpoint_url(url),
            None => builder,
        };
        Client::from_conf(builder.build())
    })
}
