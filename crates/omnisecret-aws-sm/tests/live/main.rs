//! The provider against a LocalStack or an account of AWS: `cargo xtask integration`.

mod account;
mod localstack;

use std::ffi::OsString;

use omnisecret_aws_sm::Settings;

/// The endpoint of a LocalStack.
const ENDPOINT: &str = "OMNISECRET_LOCALSTACK_ENDPOINT";

/// Set where the account of the environment is to be used.
const REAL: &str = "OMNISECRET_TEST_AWS_REAL";

/// Somewhere in LocalStack: an access key id of twelve digits is an account of its own.
fn localstack_of(account: &str) -> Settings {
    let endpoint = std::env::var(ENDPOINT).expect("run by cargo xtask integration");
    let account = account.to_owned();
    let variable = move |name: &str| match name {
        "AWS_ACCESS_KEY_ID" => Some(OsString::from(&account)),
        "AWS_SECRET_ACCESS_KEY" => Some(OsString::from("made-up-secret-access-key")),
        "AWS_EC2_METADATA_DISABLED" => Some(OsString::from("true")),
        _ => None,
    };
    Settings::from_env_with(variable).region("us-east-1").endpoint_url(endpoint)
}

/// An account that no other test uses.
fn fresh_account() -> String {
    fastrand::u64(100_000_000_000..1_000_000_000_000).to_string()
}

/// The account that the tests were started for.
fn account_of_the_run() -> Settings {
    match std::env::var_os(REAL) {
        Some(_) => Settings::from_env(),
        None => localstack_of(&fresh_account()),
    }
}
