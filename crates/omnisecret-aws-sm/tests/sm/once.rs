//! An update that is told twice is kept once.

use std::sync::Arc;
use std::time::Duration;

use omnisecret_aws_testkit::Answer;
use omnisecret_core::{ErrorKind, Retry, SecretProvider, UpdateOptions};

use crate::support::Setup;

const TOKEN: &str = "0f9a3c5e7b1d48a2b6c4d8e0f2a4c6e8";

fn with_token() -> UpdateOptions {
    UpdateOptions::default().with_idempotency_token(TOKEN)
}

#[tokio::test]
async fn an_update_whose_answer_is_lost_is_repeated_and_kept_once() {
    let Setup { server, store, provider } = Setup::of(&["a"]).await;
    let provider = Retry::new(provider);
    store.lose_next_answer();
    let meta = provider.update("a", &"new".into()).await.expect("the second attempt");
    assert_eq!(server.count("PutSecretValue"), 2);
    assert_eq!(store.versions("a"), 2, "the old one and one new one");
    let secret = provider.get("a").await.expect("a secret");
    assert_eq!(secret.expose_str().expect("text"), "new");
    assert_eq!(secret.meta().version, meta.version);
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_is_repeated_and_kept_once() {
    let Setup { server, store, provider } = Setup::new().await;
    let provider = Retry::new(provider);
    store.lose_next_answer();
    let options = UpdateOptions::default().with_create_missing(true);
    provider.update_with("new", &"x".into(), &options).await.expect("the second attempt");
    assert_eq!(server.count("CreateSecret"), 1);
    assert_eq!(server.count("PutSecretValue"), 2);
    assert_eq!(store.versions("new"), 1);
}

#[tokio::test]
async fn an_update_that_is_given_up_and_told_again_is_kept_once() {
    let setup = Setup::of(&["a"]).await;
    let (store, provider) = (Arc::clone(&setup.store), &setup.provider);
    store.delay_writes(Duration::from_secs(30));
    let value = "new".into();
    let options = with_token();
    let given_up = provider.update_with("a", &value, &options);
    let given_up = tokio::time::timeout(Duration::from_millis(500), given_up).await;
    assert!(given_up.is_err(), "the answer does not come");
    store.delay_writes(Duration::ZERO);
    let meta = provider.update_with("a", &value, &options).await.expect("an update");
    assert_eq!(meta.version.as_deref(), Some(TOKEN));
    assert_eq!(setup.server.count("PutSecretValue"), 2);
    assert_eq!(store.versions("a"), 2, "the old one and one new one");
}

#[tokio::test]
async fn a_token_that_has_made_another_version_is_a_conflict() {
    let setup = Setup::of(&["a"]).await;
    setup.provider.update_with("a", &"new".into(), &with_token()).await.expect("an update");
    let error = setup.provider.update_with("a", &"newer".into(), &with_token()).await;
    assert_eq!(error.expect_err("an error").kind(), ErrorKind::Conflict);
    assert_eq!(setup.store.versions("a"), 2);
}

#[tokio::test]
async fn an_update_is_sent_once_where_nobody_repeats_it() {
    let setup = Setup::of(&["a"]).await;
    setup.server.script("PutSecretValue", Answer::error(500, "InternalServiceError"));
    let error = setup.provider.update("a", &"new".into()).await.expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(setup.server.count("PutSecretValue"), 1);
}

#[tokio::test]
async fn two_updates_without_tokens_are_two() {
    let setup = Setup::of(&["a"]).await;
    setup.provider.update("a", &"new".into()).await.expect("an update");
    setup.provider.update("a", &"new".into()).await.expect("an update");
    assert_eq!(setup.store.versions("a"), 3);
}
