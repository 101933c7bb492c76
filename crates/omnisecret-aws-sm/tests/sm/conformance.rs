//! The rules that every provider keeps, over the wire.

use std::sync::{Arc, Mutex, PoisonError};

use omnisecret_aws_sm::SecretsManager;
use omnisecret_aws_testkit::AwsServer;
use omnisecret_core::{SecretProvider, SecretValue};
use omnisecret_testkit::{Harness, Seed};

use crate::store::Store;
use crate::support::{SECRET_ACCESS_KEY, Setup};

#[derive(Default)]
struct OverTheWire(Mutex<Vec<(AwsServer, Arc<Store>)>>);

impl Harness for OverTheWire {
    type Provider = SecretsManager;

    const STAGES: [&'static str; 2] = ["AWSCURRENT", "AWSPREVIOUS"];
    const UNKNOWN_VERSION: &'static str = "00000000-0000-0000-0000-000000000000";
    const ODD_NAMES: &'static [&'static str] =
        &["app/A.b-c_d", "app/0", "app/a+b=c@d", "/app//x", "app/-", "app/../up", "rds!app/x"];
    const INVALID_PATHS: &'static [&'static str] = &[
        "",
        "with space",
        "a:b",
        "pässword",
        "arn:aws:ssm:eu-central-1:123456789012:parameter/app/password",
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:",
    ];

    async fn seeded(&self, seeds: &[Seed]) -> SecretsManager {
        let Setup { server, store, provider } = Setup::new().await;
        for (path, value) in seeds {
            store.insert(path, value);
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((server, store));
        provider
    }

    async fn change_outside(&self, provider: &SecretsManager, path: &str, value: &SecretValue) {
        let servers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let asked =
            |(server, _): &&(AwsServer, _)| provider.info().address().contains(&server.url());
        servers
            .iter()
            .find(asked)
            .expect("the provider asks one of the servers")
            .1
            .insert(path, value);
    }

    fn credentials(&self) -> Vec<SecretValue> {
        vec![SECRET_ACCESS_KEY.into()]
    }
}

omnisecret_testkit::conformance! {
    harness: OverTheWire::default(),
    capabilities: [
        list, update, create, binary, version_id, version_stage, idempotent_update,
    ],
    with: [outside, grammar],
    skip: {
        empty_value_is_a_value: "the service keeps no empty value",
        update_to_the_empty_value_is_kept: "the service keeps no empty value",
        update_keeps_binary_binary: "bytes over text are refused, see `update`",
    },
}
