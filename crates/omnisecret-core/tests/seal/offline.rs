//! Answers past their age while the provider is down: only when asked for.

use std::time::Duration;

use omnisecret_core::{Clock, ErrorKind, Origin, Secret, SecretMeta, SecretProvider};

use crate::{Fleet, MAX_AGE, Process, failure, fetch};

const OFFLINE: Duration = Duration::from_secs(3600);

fn with_offline(fleet: &Fleet) -> Process {
    let (builder, provider) = fleet.builder();
    Process::new((builder.offline(OFFLINE), provider))
}

#[tokio::test]
async fn without_it_an_outage_is_an_error() {
    let fleet = Fleet::default();
    fleet.process().fetches("a", "old").await;
    fleet.clock.advance(MAX_AGE + Duration::from_secs(1));
    let process = fleet.process();
    process.provider.gets().answer(failure(ErrorKind::Unavailable));
    assert_eq!(process.layer.get("a").await.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn with_it_an_old_answer_says_how_old() {
    let fleet = Fleet::default();
    with_offline(&fleet).fetches("a", "old").await;
    let age = MAX_AGE + OFFLINE;
    fleet.clock.advance(age);
    for kind in [ErrorKind::Unavailable, ErrorKind::Timeout, ErrorKind::Throttled] {
        let process = with_offline(&fleet);
        process.provider.gets().answer(failure(kind));
        let stale = process.layer.get("a").await.unwrap();
        assert_eq!((stale.origin(), stale.age()), (Origin::Stale, age));
    }
    // It is not written back as if it were new.
    fleet.clock.advance(Duration::from_secs(1));
    let process = with_offline(&fleet);
    process.provider.gets().answer(failure(ErrorKind::Unavailable));
    process.layer.get("a").await.unwrap_err();
}

#[tokio::test]
async fn a_provider_that_says_no_is_not_down() {
    for kind in [ErrorKind::NotFound, ErrorKind::PermissionDenied, ErrorKind::Unauthenticated] {
        let fleet = Fleet::default();
        with_offline(&fleet).fetches("a", "old").await;
        fleet.clock.advance(MAX_AGE + Duration::from_secs(1));
        let process = with_offline(&fleet);
        process.provider.gets().answer(failure(kind));
        assert_eq!(process.layer.get("a").await.unwrap_err().kind(), kind);
    }
}

#[tokio::test]
async fn fetch_takes_no_old_answer() {
    let fleet = Fleet::default();
    with_offline(&fleet).fetches("a", "old").await;
    let process = with_offline(&fleet);
    process.provider.gets().answer(failure(ErrorKind::Unavailable));
    process.layer.get_with("a", &fetch()).await.unwrap_err();
}

#[tokio::test]
async fn nothing_is_given_past_its_own_expiry() {
    let fleet = Fleet::default();
    let process = with_offline(&fleet);
    let end = fleet.clock.wall() + MAX_AGE + Duration::from_secs(2);
    let meta = SecretMeta::default().with_expires(end);
    process.provider.gets().answer(Ok(Secret::new("old", meta)));
    process.layer.get("a").await.unwrap();
    fleet.clock.advance(MAX_AGE + Duration::from_secs(1));
    process.provider.gets().answer(failure(ErrorKind::Unavailable));
    process.layer.get("a").await.unwrap();
    fleet.clock.advance(Duration::from_secs(1));
    process.provider.gets().answer(failure(ErrorKind::Unavailable));
    process.layer.get("a").await.unwrap_err();
}
