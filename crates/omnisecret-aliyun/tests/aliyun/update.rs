//! Writing: once, in the body, and only where it can be kept.

use std::time::Duration;

use omnisecret_core::{ErrorKind, Retry, SecretProvider, SecretValue, UpdateOptions};

use crate::server::{Reply, Server};
use crate::setup::{builder, provider};

#[tokio::test]
async fn a_value_is_sent_in_the_body_and_not_in_the_address() {
    let server = Server::start();
    server.put("app", "old");
    let value = "a value & more=1 +%41é\n";
    let provider = provider(&server);
    provider.update("app", &value.into()).await.expect("an update");
    let create = UpdateOptions::default().with_create_missing(true);
    provider.update_with("new", &value.into(), &create).await.expect("a creation");
    for action in ["PutSecretValue", "CreateSecret"] {
        let seen = server.seen(action).pop().expect("a call");
        assert_eq!(seen.parameters.get("SecretData").map(String::as_str), Some(value), "{action}");
        assert!(!seen.target.contains("SecretData="), "{action}");
    }
}

#[tokio::test]
async fn an_update_whose_answer_is_lost_is_repeated_and_kept_once() {
    let server = Server::start();
    server.put("app", "old");
    let provider = Retry::new(provider(&server))
        .with_waits(Duration::from_millis(1), Duration::from_millis(2));
    // The first attempt is refused for the moment, the second stored before its answer is lost.
    server.fail("PutSecretValue", 1, 503, "ServiceUnavailableTemporary");
    server.reply("PutSecretValue-stored", 1, Reply::Close);
    let meta = provider.update("app", &"new".into()).await.expect("an update");
    assert_eq!(server.count("PutSecretValue"), 3);
    let state = server.state();
    let ids: Vec<_> = state.secrets["app"].versions.iter().map(|it| it.id.clone()).collect();
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert_eq!(meta.version.as_ref(), ids.last());
}

#[tokio::test]
async fn a_version_of_the_same_id_with_another_value_is_a_conflict() {
    let server = Server::start();
    server.put("app", "old");
    let provider = provider(&server);
    let options =
        UpdateOptions::default().with_idempotency_token("0123456789abcdef0123456789abcdef");
    provider.update_with("app", &"one".into(), &options).await.expect("an update");
    let error = provider.update_with("app", &"two".into(), &options).await.expect_err("another");
    assert_eq!(error.kind(), ErrorKind::Conflict);
    // The kind counts as well.
    let binary = SecretValue::binary(*b"one");
    let error = provider.update_with("app", &binary, &options).await.expect_err("another kind");
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_before_anything_is_sent() {
    let server = Server::start();
    server.put("app", "old");
    let provider = provider(&server);
    let large = SecretValue::text("x".repeat(30_721));
    for value in [SecretValue::text(""), large, SecretValue::binary([0xff, 0xfe])] {
        let error = provider.update("app", &value).await.expect_err("not to be kept");
        assert_eq!(error.kind(), ErrorKind::InvalidValue);
    }
    let arn = "acs:kms:cn-hangzhou:1234567890123456:secret/app";
    let error = provider.update(arn, &"new".into()).await.expect_err("another's");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(server.state().seen.len(), 0);
}

#[tokio::test]
async fn the_largest_value_fits() {
    let server = Server::start();
    server.put("app", "old");
    // Each character takes three in the form.
    let value = SecretValue::text("é".repeat(15_360));
    provider(&server).update("app", &value).await.expect("an update");
    assert!(provider(&server).get("app").await.expect("it").value().ct_eq(&value));
}

#[tokio::test]
async fn a_secret_is_created_where_the_settings_say() {
    let server = Server::start();
    let provider = builder(&server)
        .create_in_instance("kst-hzz65f176a0ogplgq0001")
        .create_with_key("key-hzz65f176a0ogplgq0001")
        .build()
        .expect("settings");
    let create = UpdateOptions::default().with_create_missing(true);
    provider.update_with("new", &"value".into(), &create).await.expect("a creation");
    let seen = server.seen("CreateSecret").pop().expect("a call");
    let parameter = |name: &str| seen.parameters.get(name).map(String::as_str);
    assert_eq!(parameter("DKMSInstanceId"), Some("kst-hzz65f176a0ogplgq0001"));
    assert_eq!(parameter("EncryptionKeyId"), Some("key-hzz65f176a0ogplgq0001"));
}

#[tokio::test]
async fn a_secret_that_is_scheduled_for_deletion_is_not_created_anew() {
    let server = Server::start();
    server.put("app", "old");
    server.fail("PutSecretValue", 1, 409, "Rejected.ResourceInDeleteWindow");
    let create = UpdateOptions::default().with_create_missing(true);
    let error = provider(&server).update_with("app", &"new".into(), &create).await;
    assert_eq!(error.expect_err("it is going").kind(), ErrorKind::NotFound);
    assert_eq!(server.count("CreateSecret"), 0);
}
