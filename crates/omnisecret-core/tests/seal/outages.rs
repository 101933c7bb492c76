//! A store that fails or hangs: never an error, and never more than its time.

use std::time::Duration;

use omnisecret_core::{ErrorKind, SecretProvider};

use crate::{Fleet, Process, secret, text};

const TIME_LIMIT: Duration = Duration::from_millis(250);
const HOLD_OFF: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_store_that_fails_is_a_miss_and_left_alone_for_a_second() {
    let fleet = Fleet::default();
    fleet.process().fetches("a", "kept").await;
    fleet.store.fail();
    let process = fleet.process();
    process.fetches("a", "asked for").await;
    let calls = fleet.store.calls();
    process.fetches("a", "asked for").await;
    process.updates("a").await;
    assert_eq!(fleet.store.calls(), calls, "nobody asks a store that has just failed");

    fleet.store.heal();
    fleet.clock.advance(HOLD_OFF);
    fleet.process().is_answered("a").await;
}

#[tokio::test]
async fn a_store_that_hangs_costs_its_time_limit_once() {
    let fleet = Fleet::default();
    fleet.store.hang();
    let process = fleet.process();
    process.provider.gets().answer(secret("asked for"));
    let asking = process.ask("a");
    fleet.clock.sleepers(1).await;
    fleet.clock.advance(TIME_LIMIT - Duration::from_millis(1));
    crate::settle().await;
    assert!(process.provider.calls().is_empty(), "still hoping");
    fleet.clock.advance(Duration::from_millis(1));
    // Neither the lease nor the writing back waits again.
    assert_eq!(text(&asking.await.unwrap()), "asked for");
    process.fetches("a", "at once").await;
}

#[tokio::test]
async fn this_process_holds_to_its_update_whatever_the_store_was_told() {
    let fleet = Fleet::default();
    let writer = fleet.process();
    writer.fetches("a", "old").await;
    fleet.store.fail();
    fleet.clock.advance(Duration::from_secs(1));
    writer.updates("a").await;
    fleet.store.heal();
    fleet.clock.advance(HOLD_OFF);
    writer.fetches("a", "new").await;
}

#[tokio::test]
async fn a_level_that_would_keep_nothing_is_refused() {
    let fleet = Fleet::default();
    let without_age = fleet.builder().0.max_age(Duration::ZERO).build();
    let without_time = fleet.builder().0.time_limit(Duration::ZERO).build();
    for refused in [without_age, without_time] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidConfig);
    }
}

#[test]
fn without_a_runtime_the_provider_is_asked() {
    let fleet = Fleet::default();
    let process = Process::new(fleet.builder());
    process.provider.gets().answer(secret("asked for"));
    let mut get = process.layer.get("a");
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(get.as_mut().poll(&mut context).is_ready());
    assert_eq!(fleet.store.calls(), 0);
}
