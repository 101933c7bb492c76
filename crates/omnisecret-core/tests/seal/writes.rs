//! Nothing old after a write: in any process, by any clock, and if the writer dies.

use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{Error, ErrorKind, Secret, SecretMeta, SecretProvider};

use crate::{Fleet, secret, text};

#[tokio::test]
async fn an_update_is_seen_by_every_process() {
    let fleet = Fleet::default();
    fleet.process().fetches("a", "old").await;
    fleet.process().fetches("b", "b's").await;
    fleet.process().updates("a").await;
    fleet.process().fetches("a", "new").await;
    fleet.process().is_answered("b").await;
}

#[tokio::test]
async fn a_failed_update_outdates_too() {
    let fleet = Fleet::default();
    fleet.process().fetches("a", "old").await;
    let writer = fleet.process();
    writer.provider.updates().answer(Err(Error::new(ErrorKind::Timeout, "no answer")));
    writer.layer.update("a", &"new".into()).await.unwrap_err();
    fleet.process().fetches("a", "whichever").await;
}

#[tokio::test]
async fn an_update_that_nobody_waits_for_leaves_nothing_old() {
    let fleet = Fleet::default();
    fleet.process().fetches("a", "old").await;
    let writer = fleet.process();
    let _held = writer.provider.updates().hold(Ok(SecretMeta::default()));
    let layer = Arc::clone(&writer.layer);
    let write = tokio::spawn(async move { layer.update("a", &"new".into()).await });
    writer.provider.reached(1).await;
    write.abort();
    fleet.process().fetches("a", "whichever").await;
}

#[tokio::test]
async fn a_slow_read_from_before_an_update_does_not_bring_the_old_value_back() {
    for skew in [0, 59] {
        let fleet = Fleet::default();
        let slow = fleet.ahead_by(Duration::from_secs(skew));
        let held = slow.provider.gets().hold(secret("old"));
        let read = slow.ask("a");
        slow.provider.reached(1).await;
        fleet.process().updates("a").await;
        held.release();
        assert_eq!(text(&read.await.unwrap()), "old", "it was asked for before");
        fleet.process().fetches("a", "new").await;
    }
}

#[tokio::test]
async fn after_a_minute_the_new_value_is_shared() {
    let fleet = Fleet::default();
    fleet.process().updates("a").await;
    fleet.clock.advance(Duration::from_secs(61));
    fleet.process().fetches("a", "new").await;
    fleet.process().is_answered("a").await;
}

#[tokio::test]
async fn an_update_under_one_name_outdates_the_store_s_own_name_for_it() {
    let fleet = Fleet::default();
    fleet.process().fetches("arn:a", "old").await;
    let writer = fleet.process();
    writer.provider.updates().answer(Ok(SecretMeta::default().with_canonical("arn:a")));
    writer.layer.update("a", &"new".into()).await.unwrap();
    fleet.process().fetches("arn:a", "new").await;
}

#[tokio::test]
async fn what_was_old_when_it_came_is_kept_as_old() {
    let fleet = Fleet::default();
    let one = fleet.process();
    let age = Duration::from_secs(100);
    let old = Secret::new("old", SecretMeta::default());
    one.provider.gets().answer(Ok(old.with_origin(omnisecret_core::Origin::Cache, age)));
    one.layer.get("a").await.unwrap();
    assert_eq!(fleet.process().is_answered("a").await.age(), age);
}
