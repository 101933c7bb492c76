//! What the service says when it is in trouble, and what comes of it.

use std::time::Duration;

use omnisecret_aliyun::{AliyunSm, Region};
use omnisecret_core::{ErrorKind, GetOptions, SecretProvider};
use serde_json::json;

use crate::fake::{Fake, REGION, count};

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn throttling_tells_how_long_to_wait_where_the_service_does() {
    let fake = Fake::start().await;
    fake.put("prod/db", "hunter2").await;
    for hint in [None, Some(1500)] {
        let fault = json!({
            "action": "GetSecretValue", "status": 429, "code": "Rejected.Throttling",
            "retry_after_ms": hint,
        });
        fake.order("fault", fault).await;
        let error = fake.provider().get("prod/db").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert_eq!(error.retry_after(), hint.map(Duration::from_millis));
    }
}

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn errors_have_the_kinds_of_the_table() {
    let fake = Fake::start().await;
    fake.put("prod/db", "hunter2").await;
    for (status, code, kind) in [
        (503, "ServiceUnavailableTemporary", ErrorKind::Unavailable),
        (500, "InternalFailure", ErrorKind::Unavailable),
        (403, "Forbidden.NoPermission", ErrorKind::PermissionDenied),
        (409, "Rejected.Disabled", ErrorKind::PermissionDenied),
        (400, "SignatureDoesNotMatch", ErrorKind::Unauthenticated),
    ] {
        fake.order("fault", json!({ "status": status, "code": code })).await;
        let error = fake.provider().get("prod/db").await.unwrap_err();
        assert_eq!(error.kind(), kind, "{code}");
        assert!(error.to_string().contains(code) && !error.to_string().contains("hunter2"));
    }
    fake.order("settings", json!({ "skew": 3600 })).await;
    let error = fake.provider().get("prod/db").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.action().contains("clock"), "{}", error.action());
}

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn a_slow_answer_is_a_timeout_and_a_dropped_one_unavailable() {
    let fake = Fake::start().await;
    fake.put("prod/db", "hunter2").await;
    fake.order("fault", json!({ "delay_ms": 2000 })).await;
    let hasty = fake.builder().timeout(Duration::from_millis(300)).build().unwrap();
    assert_eq!(hasty.get("prod/db").await.unwrap_err().kind(), ErrorKind::Timeout);
    fake.order("fault", json!({ "drop": true })).await;
    let error = fake.provider().get("prod/db").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn a_redirect_is_not_followed() {
    let (fake, other) = (Fake::start().await, Fake::start().await);
    fake.order("fault", json!({ "location": other.http })).await;
    assert!(fake.provider().get("prod/db").await.is_err());
    assert_eq!(other.calls().await, []);
}

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn another_region_answers_for_one_that_is_in_trouble() {
    let fake = Fake::start().await;
    let second = fake.second_region().await;
    fake.put("prod/db", "hunter2").await;
    fake.order("fault", json!({ "status": 503, "code": "ServiceUnavailableTemporary" })).await;
    let provider = AliyunSm::builder()
        .region(Region::new(REGION).endpoint(&*fake.http))
        .region(Region::new("cn-beijing").endpoint(&*second.http))
        .credentials(fake.credentials().provider(fake.fixed()))
        .build()
        .unwrap();
    assert_eq!(provider.get("prod/db").await.unwrap().expose_str().unwrap(), "hunter2");
    assert_eq!(count(&second.calls().await, "GetSecretValue"), 1);
}

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn two_hundred_secrets_take_ten_requests_and_single_ones_where_the_batch_is_denied() {
    let fake = Fake::start().await;
    let names: Vec<_> = (0..200).map(|number| format!("batch/{number:03}")).collect();
    for name in &names {
        fake.put(name, name).await;
    }
    let paths: Vec<_> = names.iter().map(String::as_str).collect();
    fake.calls().await;
    for (denied, requests) in [(vec![], 10), (vec!["BatchGetSecretValue"], 200)] {
        fake.order("settings", json!({ "denied": denied })).await;
        let found = fake.provider().get_many(&paths, &GetOptions::default()).await;
        for (name, secret) in names.iter().zip(found) {
            assert_eq!(secret.unwrap().expose_str().unwrap(), name);
        }
        let calls = fake.calls().await;
        let answered = calls.iter().filter(|call| call.code.is_empty()).count();
        assert_eq!(answered, requests);
    }
}
