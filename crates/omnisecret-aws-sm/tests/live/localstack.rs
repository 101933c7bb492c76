//! What takes an emulator: accounts that hold nothing else, and as many as there are tests.

use std::sync::Arc;

use omnisecret_aws_sm::{Role, SecretsManager};
use omnisecret_core::{ErrorKind, SecretProvider, SecretValue, UpdateOptions};
use omnisecret_testkit::{Harness, Seed};
use tokio::task::JoinSet;

use crate::{fresh_account, localstack_of};

struct LocalStack;

impl Harness for LocalStack {
    type Provider = SecretsManager;

    const STAGES: [&'static str; 2] = ["AWSCURRENT", "AWSPREVIOUS"];
    const UNKNOWN_VERSION: &'static str = "00000000-0000-0000-0000-000000000000";
    const ODD_NAMES: &'static [&'static str] =
        &["app/A.b-c_d", "app/0", "app/a+b=c@d", "/app//x", "app/-", "app/../up"];
    const INVALID_PATHS: &'static [&'static str] = &["", "with space"];

    async fn seeded(&self, seeds: &[Seed]) -> SecretsManager {
        let provider = provider(&fresh_account());
        let options = UpdateOptions::default().with_create_missing(true);
        for (path, value) in seeds {
            provider.update_with(path, value, &options).await.expect("a secret is seeded");
        }
        provider
    }

    async fn change_outside(&self, provider: &SecretsManager, path: &str, value: &SecretValue) {
        let other = SecretsManager::new(provider.settings().clone()).expect("the same settings");
        other.update(path, value).await.expect("another client writes");
    }
}

fn provider(account: &str) -> SecretsManager {
    SecretsManager::new(localstack_of(account)).expect("the settings are right")
}

omnisecret_testkit::conformance! {
    harness: LocalStack,
    capabilities: [
        list, update, create, binary, version_id, version_stage, idempotent_update,
    ],
    with: [outside, grammar],
    skip: {
        empty_value_is_a_value: "the service keeps no empty value",
        update_to_the_empty_value_is_kept: "the service keeps no empty value",
        update_keeps_binary_binary: "bytes over text are refused, see `update`",
    },
    ignore: "needs LocalStack: cargo xtask integration",
}

#[tokio::test]
#[ignore = "needs LocalStack: cargo xtask integration"]
async fn two_roles_in_one_process_never_mix() {
    const NAME: &str = "shared/name";
    const CALLS: usize = 30;

    let base = fresh_account();
    let accounts = [base.clone(), fresh_account(), fresh_account()];
    let create = UpdateOptions::default().with_create_missing(true);
    let mut providers = Vec::new();
    for account in &accounts {
        let settings = localstack_of(&base);
        let settings = if *account == base {
            settings
        } else {
            settings.role(Role::new(format!("arn:aws:iam::{account}:role/reader")))
        };
        let provider = SecretsManager::new(settings).expect("the settings are right");
        let updated = provider.update_with(NAME, &account.as_str().into(), &create).await;
        let arn = updated.expect("an update").canonical.expect("an ARN");
        assert!(arn.contains(&format!(":{account}:")), "{arn} is not of {account}");
        providers.push(Arc::new(provider));
    }

    let mut calls = JoinSet::new();
    for (provider, account) in providers.iter().zip(&accounts) {
        for _ in 0..CALLS {
            let (provider, account) = (Arc::clone(provider), account.clone());
            calls.spawn(async move {
                let secret = provider.get(NAME).await.expect("a secret");
                assert_eq!(secret.expose_str().expect("text"), account);
            });
        }
    }
    let done = calls.join_all().await;
    assert_eq!(done.len(), CALLS * accounts.len());

    // What is in one account is in no other.
    providers[1].update_with("only/here", &"x".into(), &create).await.expect("an update");
    for other in [&providers[0], &providers[2]] {
        let error = other.get("only/here").await.expect_err("an error");
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(!other.path_exists("only/here").await.expect("an answer"));
    }
}
