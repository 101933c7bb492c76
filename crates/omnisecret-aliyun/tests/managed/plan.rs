//! The refreshing by plan: when it is due, and that nothing ends it.

use std::sync::Arc;
use std::time::Duration;

use omnisecret_aliyun::{ManagedSecrets, ManagedValue};
use omnisecret_core::{Clock, Error, ErrorKind, Secret, SecretMeta};
use omnisecret_testkit::{ManualClock, Operation, Scripted, Step};

use crate::store::{HOUR, NAME, PERIOD, Scene, json, secret};

#[tokio::test]
async fn a_changed_key_is_there_after_six_hours_and_told_of() {
    let scene = Scene::new(5);
    let credentials = scene.credentials().await;
    let mut changes = credentials.changes();
    scene.put("key2");
    scene.pass(PERIOD - Duration::from_secs(1)).await;
    assert_eq!((scene.fetches(), credentials.current().key_id()), (1, "key1"));
    scene.pass(Duration::from_secs(1)).await;
    assert_eq!(changes.next().await.unwrap().key_id(), "key2");
    assert_eq!(credentials.current().key_id(), "key2");
    assert_eq!(scene.fetches(), 2);
}

#[tokio::test]
async fn an_unchanged_key_is_no_change() {
    let scene = Scene::new(5);
    let credentials = scene.credentials().await;
    let before = credentials.current();
    let changed = tokio::spawn({
        let credentials = credentials.clone();
        async move { credentials.credentials_changed().await }
    });
    tokio::task::yield_now().await;
    scene.pass(PERIOD).await;
    assert_eq!(scene.fetches(), 2);
    assert!(Arc::ptr_eq(&before, &credentials.current()));
    assert!(!changed.is_finished());
    scene.put("key2");
    scene.pass(PERIOD).await;
    assert_eq!(changed.await.unwrap().key_id(), "key2");
}

#[tokio::test]
async fn an_announced_rotation_moves_the_refresh_behind_it() {
    let (clock, provider) = (ManualClock::new(), Arc::new(Scripted::new()));
    let rotates = SecretMeta::default().with_next_rotation(clock.wall() + HOUR);
    provider.gets().answer(Ok(Secret::new(json("key1"), rotates)));
    provider.gets().answer(Ok(secret("key2")));
    let spread = Duration::from_secs(7);
    let secrets =
        ManagedSecrets::builder(Arc::clone(&provider)).clock(clock.clone()).spread(spread).build();
    let credentials = secrets.credentials(NAME).await.unwrap();
    let expected = HOUR + Duration::from_secs(300) + spread;
    assert_eq!(credentials.health().next_refresh, expected);
    clock.sleepers(1).await;
    clock.advance(expected);
    assert_eq!(credentials.credentials_changed().await.key_id(), "key2");
}

#[tokio::test]
async fn throttling_in_the_background_never_stops_the_refreshing() {
    let scene = Scene::new(5);
    let credentials = scene.credentials().await;
    scene.put("key2");
    scene.store.always(Step::Fail(Error::new(ErrorKind::Throttled, "slow down")));
    scene.pass(PERIOD).await;
    for failures in 1..=50 {
        let health = credentials.health();
        assert_eq!((health.failures as usize, scene.fetches()), (failures, 1 + failures));
        assert!(health.next_refresh >= Duration::from_secs(2), "{health:?}");
        assert!(health.next_refresh <= Duration::from_secs(300), "{health:?}");
        assert_eq!(credentials.current().key_id(), "key1");
        scene.pass(health.next_refresh).await;
    }
    scene.store.always(Step::Pass);
    scene.pass(credentials.health().next_refresh).await;
    assert_eq!(credentials.current().key_id(), "key2");
    let health = credentials.health();
    assert_eq!((health.failures, health.next_refresh), (0, PERIOD));
    assert!(health.last_error.is_none());
}

#[tokio::test]
async fn the_wait_that_a_service_asks_for_is_kept() {
    let scene = Scene::new(5);
    let credentials = scene.credentials().await;
    let asked = Duration::from_secs(1234);
    let error = Error::new(ErrorKind::Throttled, "slow down").with_retry_after(asked);
    scene.store.script([Step::Fail(error)]);
    scene.pass(PERIOD).await;
    assert_eq!(credentials.health().next_refresh, asked);
}

#[tokio::test]
async fn a_secret_that_is_gone_or_spoilt_leaves_the_last_key() {
    let scene = Scene::new(5);
    let credentials = scene.credentials().await;
    scene.store.inner().insert(NAME, "hunter2");
    scene.pass(PERIOD).await;
    let error = credentials.health().last_error.unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert!(!format!("{error:?} {error}").contains("hunter2"));
    scene.store.inner().remove(NAME);
    scene.pass(credentials.health().next_refresh).await;
    assert_eq!(credentials.health().last_error.unwrap().kind(), ErrorKind::NotFound);
    assert_eq!(credentials.current().key_id(), "key1");
    assert_eq!(scene.store.count(Operation::Get), 3);
}

/// A value whose reader is not up to all secrets.
#[derive(Debug)]
struct Touchy(String);

impl ManagedValue for Touchy {
    const PERIOD: Duration = HOUR;

    fn from_secret(secret: &Secret) -> omnisecret_core::Result<Self> {
        let text = secret.expose_str()?;
        assert_ne!(text, "odd");
        Ok(Self(text.to_owned()))
    }

    fn is_same_as(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

#[tokio::test]
async fn a_panic_does_not_end_the_refreshing() {
    let scene = Scene::new(5);
    scene.store.inner().insert("touchy", "first");
    let touchy = scene.secrets.managed::<Touchy>("touchy").await.unwrap();
    scene.store.inner().insert("touchy", "odd");
    scene.pass(HOUR).await;
    let health = touchy.health();
    assert_eq!(health.last_error.unwrap().kind(), ErrorKind::Unexpected);
    scene.store.inner().insert("touchy", "second");
    scene.pass(health.next_refresh).await;
    assert_eq!(touchy.current().0, "second");
}
