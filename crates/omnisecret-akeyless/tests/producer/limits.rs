//! Limits to what a request can draw out.

use std::time::{Duration, Instant};

use omnisecret_akeyless::testkit::FakeGateway;
use serde_json::json;

use super::vendor::{Vendor, admin, open};

#[tokio::test]
async fn a_body_that_is_too_large_is_413_and_one_that_does_not_come_408() {
    let producer = open(Vendor::new().operations())
        .max_body(1000)
        .time_limit(Duration::from_millis(200))
        .build()
        .expect("a producer");
    let gateway = FakeGateway::new(producer.router(), "");
    let large = json!({"payload": admin().to_string(), "more": "x".repeat(1000)}).to_string();
    assert_eq!(gateway.send("create", large).await.status, 413);
    let start = Instant::now();
    let answer = gateway.dribble("create", &admin(), Duration::from_millis(50)).await;
    assert_eq!(answer.status, 408);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn more_than_the_limit_wait_for_their_turn() {
    let vendor = Vendor::new().slow(Duration::from_millis(10));
    let producer = open(vendor.operations()).max_under_way(2).build().expect("a producer");
    let gateway = FakeGateway::new(producer.router(), "");
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let gateway = gateway.clone();
        callers.spawn(async move { gateway.create(&admin()).await.status });
    }
    assert!(callers.join_all().await.into_iter().all(|status| status == 200));
    assert_eq!(vendor.most_at_work(), 2);
}

#[tokio::test]
async fn whoever_has_waited_to_no_end_is_told_to_come_again() {
    let vendor = Vendor::new().slow(Duration::from_millis(400));
    let producer = open(vendor.operations())
        .max_under_way(1)
        .time_limit(Duration::from_millis(100))
        .build()
        .expect("a producer");
    let gateway = FakeGateway::new(producer.router(), "");
    let payload = admin();
    let (late, waited) = tokio::join!(gateway.create(&payload), gateway.create(&payload));
    assert_eq!((late.status.as_u16(), waited.status.as_u16()), (504, 503));
}
