//! Writing: which kind is kept, what is refused, and what is created.

use omnisecret_aws_testkit::Answer;
use omnisecret_core::{ErrorKind, SecretProvider, SecretValue, UpdateOptions};
use serde_json::json;

use crate::store::Store;
use crate::support::Setup;

fn create() -> UpdateOptions {
    UpdateOptions::default().with_create_missing(true)
}

#[tokio::test]
async fn an_update_reads_the_kind_and_writes_once() {
    let setup = Setup::of(&["a"]).await;
    let meta = setup.provider.update("a", &"new".into()).await.expect("an update");
    assert_eq!(meta.canonical, Some(Store::arn("a")));
    assert_eq!(meta.stages, ["AWSCURRENT"]);
    setup.assert_calls(&[("GetSecretValue", 1), ("PutSecretValue", 1)]);
    let sent = &setup.server.requests_for("PutSecretValue")[0];
    assert_eq!(sent.json["SecretString"], "new");
    assert_eq!(sent.json["SecretBinary"], json!(null));
    assert_eq!(sent.text("ClientRequestToken").len(), 36, "a token of its own");
    assert_eq!(meta.version.as_deref(), Some(sent.text("ClientRequestToken")));
}

#[tokio::test]
async fn text_over_bytes_is_kept_as_its_bytes() {
    let setup = Setup::new().await;
    setup.store.insert("bin", &SecretValue::binary([1]));
    setup.provider.update("bin", &"text".into()).await.expect("an update");
    let secret = setup.provider.get("bin").await.expect("a secret");
    assert!(!secret.value().is_text());
    assert_eq!(secret.expose_bytes(), b"text");
}

#[tokio::test]
async fn bytes_over_text_are_refused_and_the_text_stays() {
    let setup = Setup::of(&["a"]).await;
    let error = setup.provider.update("a", &SecretValue::binary([2, 255])).await.expect_err("no");
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert_eq!(setup.store.versions("a"), 1);
    setup.assert_calls(&[("GetSecretValue", 1)]);
}

#[tokio::test]
async fn bytes_over_bytes_are_kept_as_they_are() {
    let setup = Setup::new().await;
    setup.store.insert("bin", &SecretValue::binary([1]));
    let bytes: Vec<u8> = (0..=255).collect();
    setup.provider.update("bin", &SecretValue::binary(bytes.clone())).await.expect("an update");
    assert_eq!(setup.provider.get("bin").await.expect("a secret").expose_bytes(), bytes);
}

#[tokio::test]
async fn who_may_write_and_not_read_writes_the_kind_of_the_value() {
    for value in [SecretValue::text("new"), SecretValue::binary([2, 255])] {
        let setup = Setup::of(&["a"]).await;
        setup.store.deny(&["GetSecretValue"]);
        setup.provider.update("a", &value).await.expect("an update");
        setup.store.deny(&[]);
        assert!(setup.provider.get("a").await.expect("a secret").value().ct_eq(&value));
    }
}

#[tokio::test]
async fn a_secret_without_a_value_gets_its_first_one() {
    let setup = Setup::new().await;
    setup.store.insert_empty("empty");
    setup.provider.update("empty", &SecretValue::binary([7])).await.expect("an update");
    assert_eq!(setup.provider.get("empty").await.expect("a secret").expose_bytes(), [7]);
}

#[tokio::test]
async fn a_missing_secret_is_created_only_where_that_is_asked_for() {
    let setup = Setup::new().await;
    let error = setup.provider.update("new", &"x".into()).await.expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(setup.server.count("CreateSecret"), 0);

    let meta = setup.provider.update_with("new", &"x".into(), &create()).await.expect("created");
    assert_eq!(meta.stages, ["AWSCURRENT"]);
    assert_eq!(setup.provider.get("new").await.expect("a secret").meta().version, meta.version);
}

#[tokio::test]
async fn an_arn_creates_nothing() {
    let setup = Setup::new().await;
    let arn = Store::partial_arn("new");
    let error = setup.provider.update_with(&arn, &"x".into(), &create()).await.expect_err("no");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(setup.server.count("CreateSecret"), 0);
}

#[tokio::test]
async fn a_secret_that_somebody_else_creates_meanwhile_is_updated() {
    let setup = Setup::of(&["a"]).await;
    for operation in ["GetSecretValue", "PutSecretValue"] {
        setup.server.script(operation, Answer::error(400, "ResourceNotFoundException"));
    }
    setup.provider.update_with("a", &"new".into(), &create()).await.expect("an update");
    setup.assert_calls(&[("GetSecretValue", 1), ("PutSecretValue", 2), ("CreateSecret", 1)]);
    assert_eq!(setup.store.versions("a"), 2);
}

#[tokio::test]
async fn what_is_scheduled_for_deletion_is_neither_updated_nor_created() {
    let setup = Setup::of(&["gone"]).await;
    setup.store.schedule_deletion("gone");
    for options in [UpdateOptions::default(), create()] {
        let error = setup.provider.update_with("gone", &"x".into(), &options).await;
        let error = error.expect_err("an error");
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.message().contains("scheduled for deletion"), "{error}");
    }
    assert_eq!(setup.store.versions("gone"), 1);
}

#[tokio::test]
async fn a_value_that_cannot_be_kept_is_refused_without_a_call() {
    let setup = Setup::of(&["a"]).await;
    let long = "x".repeat(65_537);
    for value in [SecretValue::text(""), SecretValue::binary([]), SecretValue::text(long)] {
        let error = setup.provider.update("a", &value).await.expect_err("an error");
        assert_eq!(error.kind(), ErrorKind::InvalidValue);
    }
    let short = UpdateOptions::default().with_idempotency_token("short");
    let error = setup.provider.update_with("a", &"x".into(), &short).await.expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    setup.assert_calls(&[]);

    setup.provider.update("a", &SecretValue::text("x".repeat(65_536))).await.expect("the most");
}
