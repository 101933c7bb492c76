//! Connections that are gone, answers that are late: nothing is left behind at the vendor's.

use std::time::Duration;

use omnisecret_akeyless::testkit::FakeGateway;
use serde_json::json;

use super::vendor::{Vendor, admin, gateway, open, settled};

const DELAY: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_credential_that_nobody_waits_for_is_revoked_again() {
    let vendor = Vendor::new().slow(DELAY);
    let (producer, gateway) = gateway(vendor.operations());
    let answered = gateway.hang_up("create", &admin(), DELAY / 2).await;
    assert!(!answered);
    settled(&producer).await;
    assert_eq!((vendor.made(), vendor.good()), (1, vec!["key-0".to_owned()]));
}

#[tokio::test]
async fn a_credential_whose_answer_is_never_read_is_revoked_again() {
    let vendor = Vendor::new();
    let (producer, gateway) = gateway(vendor.operations());
    gateway.turn_away("create", &admin()).await;
    settled(&producer).await;
    assert_eq!((vendor.made(), vendor.good()), (1, vec!["key-0".to_owned()]));
}

#[tokio::test]
async fn a_credential_that_is_late_is_revoked_again_and_the_answer_is_504() {
    let vendor = Vendor::new().slow(DELAY);
    let producer = open(vendor.operations()).time_limit(DELAY / 2).build().expect("a producer");
    let gateway = FakeGateway::new(producer.router(), "");
    let answer = gateway.create(&admin()).await;
    assert_eq!(answer.status, 504, "{answer:?}");
    settled(&producer).await;
    assert_eq!((vendor.made(), vendor.good()), (1, vec!["key-0".to_owned()]));
}

#[tokio::test]
async fn a_rotation_that_is_hung_up_on_leaves_the_old_credential_and_no_other() {
    // In the middle of creating, and a good while after it has begun.
    for at in [1, 50, 90, 99] {
        let vendor = Vendor::new().slow(DELAY);
        let (producer, gateway) = gateway(vendor.operations());
        assert!(!gateway.hang_up("rotate", &admin(), Duration::from_millis(at)).await);
        settled(&producer).await;
        assert_eq!(vendor.good(), ["key-0"], "after {at} ms");
    }
}

#[tokio::test]
async fn a_rotation_whose_answer_is_never_read_leaves_the_old_credential() {
    let vendor = Vendor::new();
    let (producer, gateway) = gateway(vendor.operations());
    gateway.turn_away("rotate", &admin()).await;
    settled(&producer).await;
    assert_eq!(vendor.good(), ["key-0"]);
}

#[tokio::test]
async fn a_rotation_that_is_late_leaves_the_old_credential() {
    let vendor = Vendor::new().slow(DELAY);
    let producer = open(vendor.operations()).time_limit(DELAY / 2).build().expect("a producer");
    let gateway = FakeGateway::new(producer.router(), "");
    assert_eq!(gateway.rotate(&admin()).await.status, 504);
    settled(&producer).await;
    assert_eq!(vendor.good(), ["key-0"]);
}

#[tokio::test]
async fn work_goes_on_when_the_connection_is_gone_and_a_revocation_is_not_cut_short() {
    let vendor = Vendor::new().slow(DELAY);
    let (producer, gateway) = gateway(vendor.operations());
    let created = gateway.create(&admin()).await;
    let id = created.body["id"].as_str().expect("an id").to_owned();
    let body = json!({"payload": admin().to_string(), "ids": [id]}).to_string();
    let revoke = gateway.send("revoke", body);
    assert!(tokio::time::timeout(DELAY / 2, revoke).await.is_err());
    settled(&producer).await;
    assert_eq!(vendor.good(), ["key-0"]);
}

#[tokio::test]
async fn a_thousand_disconnects_never_exceed_the_limit_and_leave_nothing_behind() {
    let vendor = Vendor::new().slow(Duration::from_millis(5));
    let producer = open(vendor.operations()).max_under_way(16).build().expect("a producer");
    let gateway = FakeGateway::new(producer.router(), "");
    let mut callers = tokio::task::JoinSet::new();
    for n in 0..1000_u64 {
        let gateway = gateway.clone();
        callers.spawn(async move {
            gateway.hang_up("create", &admin(), Duration::from_millis(n % 40)).await
        });
    }
    let answered = callers.join_all().await.into_iter().filter(|answered| *answered).count();
    settled(&producer).await;
    assert!(vendor.most_at_work() <= 16, "{} at once", vendor.most_at_work());
    assert_eq!(vendor.good().len(), 1 + answered, "as many as were handed out");
}

#[tokio::test]
async fn a_panic_of_a_callable_is_500_and_the_next_request_is_answered() {
    use omnisecret_akeyless::{Context, Operations, Result};
    use serde_json::Value;

    let operations =
        Operations::new().no_revoke().create_fn(|context: Context, _: Value| async move {
            assert!(
                context.payload().get("panic").is_none(),
                "a payload that a callable chokes on"
            );
            Result::Ok(json!({"token": "t"}))
        });
    let (producer, gateway) = gateway(operations);
    let answer = gateway.create(&json!({"panic": 1})).await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.body["error"], "the producer failed; its log says why");
    assert_eq!(gateway.create(&json!({"a": 1})).await.status, 200);
    settled(&producer).await;
}
