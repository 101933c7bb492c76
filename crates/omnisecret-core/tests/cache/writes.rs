//! Nothing old after a write: against slow reads, reads in between, and writers who give up.

use std::time::Duration;

use omnisecret_core::{Error, ErrorKind, SecretMeta, SecretProvider, SecretValue};
use tokio::task::JoinHandle;

use crate::{Shared, any, ask, cached, secret, settle, text};

fn write(cached: &Shared) -> JoinHandle<omnisecret_core::Result<SecretMeta>> {
    let cached = cached.clone();
    tokio::spawn(async move { cached.update("a", &SecretValue::text("new")).await })
}

#[tokio::test]
async fn an_update_forgets_its_path_and_no_other() {
    let (cached, scripted, _) = cached();
    for value in ["a's", "b's"] {
        scripted.gets().answer(secret(value));
    }
    cached.get("a").await.unwrap();
    cached.get("b").await.unwrap();
    scripted.updates().answer(Ok(SecretMeta::default()));
    cached.update("a", &SecretValue::text("new")).await.unwrap();
    assert!(cached.lookup("a", &any()).is_none());
    assert!(cached.lookup("b", &any()).is_some());
}

#[tokio::test]
async fn a_failed_update_forgets_its_path_too() {
    let (cached, scripted, _) = cached();
    scripted.gets().answer(secret("old"));
    cached.get("a").await.unwrap();
    scripted.updates().answer(Err(Error::new(ErrorKind::Timeout, "no answer")));
    cached.update("a", &SecretValue::text("new")).await.unwrap_err();
    assert!(cached.lookup("a", &any()).is_none(), "the store may have done it");
}

#[tokio::test]
async fn a_slow_read_from_before_an_update_does_not_bring_the_old_value_back() {
    let (cached, scripted, _) = cached();
    let slow = scripted.gets().hold(secret("old"));
    scripted.updates().answer(Ok(SecretMeta::default()));
    scripted.gets().answer(secret("new"));
    let reader = ask(&cached, any());
    scripted.reached(1).await;
    cached.update("a", &SecretValue::text("new")).await.unwrap();
    // Whoever asks now does not board the flight from before the update either.
    assert_eq!(text(&cached.get("a").await.unwrap()), "new");
    slow.release();
    assert_eq!(text(&reader.await.unwrap().unwrap()), "old");
    assert_eq!(text(&cached.get("a").await.unwrap()), "new");
}

#[tokio::test]
async fn a_slow_read_from_before_an_invalidation_is_not_kept() {
    let (cached, scripted, _) = cached();
    let slow = scripted.gets().hold(secret("old"));
    let reader = ask(&cached, any());
    scripted.reached(1).await;
    cached.invalidate("a");
    slow.release();
    reader.await.unwrap().unwrap();
    assert!(cached.lookup("a", &any()).is_none());
}

#[tokio::test]
async fn nothing_is_kept_while_its_path_is_written() {
    let (cached, scripted, _) = cached();
    let held = scripted.updates().hold(Ok(SecretMeta::default()));
    let writer = write(&cached);
    scripted.reached(1).await;
    for value in ["old", "new"] {
        scripted.gets().answer(secret(value));
        assert_eq!(text(&cached.get("a").await.unwrap()), value);
    }
    held.release();
    writer.await.unwrap().unwrap();
    assert!(cached.lookup("a", &any()).is_none());
}

#[tokio::test]
async fn cancelled_update_does_not_leave_the_old_value_cached() {
    let (cached, scripted, clock) = cached();
    scripted.gets().answer(secret("old"));
    cached.get("a").await.unwrap();
    let held = scripted.updates().hold(Ok(SecretMeta::default()));
    let writer = write(&cached);
    scripted.reached(2).await;
    writer.abort();
    writer.await.unwrap_err();
    // The store is still at it: what it says now may be old, and must not stay.
    scripted.gets().answer(secret("old"));
    assert_eq!(text(&cached.get("a").await.unwrap()), "old");
    clock.advance(Duration::from_secs(1));
    held.release();
    settle().await;
    scripted.gets().answer(secret("new"));
    assert_eq!(text(&cached.get("a").await.unwrap()), "new");
}
