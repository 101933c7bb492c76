//! Nothing old after a write: against slow reads, reads in between, and writers who give up.

use std::time::Duration;

use omnisecret_core::{
    Cached, Error, ErrorKind, Memory, Secret, SecretMeta, SecretProvider, SecretValue,
};
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

#[tokio::test]
async fn what_the_store_does_late_is_not_hidden_by_what_was_read_in_between() {
    let (cached, scripted, clock) = cached();
    scripted.updates().answer(Err(Error::new(ErrorKind::Timeout, "no answer")));
    cached.update("a", &SecretValue::text("new")).await.unwrap_err();
    for value in ["old", "old", "new"] {
        clock.advance(Duration::from_secs(9));
        scripted.gets().answer(secret(value));
        assert_eq!(text(&cached.get("a").await.unwrap()), value, "read through");
    }
    clock.advance(Duration::from_secs(9));
    scripted.gets().answer(secret("new"));
    cached.get("a").await.unwrap();
    assert!(cached.lookup("a", &any()).is_some(), "after 30 seconds it is kept again");
}

#[tokio::test]
async fn a_refused_update_needs_no_grace() {
    let (cached, scripted, _) = cached();
    scripted.updates().answer(Err(Error::new(ErrorKind::NotFound, "no such secret")));
    cached.update("a", &SecretValue::text("new")).await.unwrap_err();
    scripted.gets().answer(secret("old"));
    cached.get("a").await.unwrap();
    assert!(cached.lookup("a", &any()).is_some());
}

#[tokio::test]
async fn an_update_under_one_name_forgets_the_secret_under_its_others() {
    let (cached, scripted, _) = cached();
    let arn = || SecretMeta::default().with_canonical("arn:a");
    for path in ["a", "alias", "other"] {
        let meta = if path == "other" { SecretMeta::default() } else { arn() };
        scripted.gets().answer(Ok(Secret::new("old", meta)));
        cached.get(path).await.unwrap();
    }
    scripted.updates().answer(Ok(arn()));
    cached.update("a", &SecretValue::text("new")).await.unwrap();
    assert!(cached.lookup("alias", &any()).is_none());
    assert!(cached.lookup("other", &any()).is_some());

    // And by the canonical name itself, of which the cache has heard before.
    scripted.gets().answer(Ok(Secret::new("old", arn())));
    cached.get("alias").await.unwrap();
    scripted.updates().answer(Ok(SecretMeta::default()));
    cached.update("arn:a", &SecretValue::text("newer")).await.unwrap();
    assert!(cached.lookup("alias", &any()).is_none());
}

/// A cache in front of another, whose store has got a new value that neither knows of.
async fn two_levels() -> Cached<Cached<Memory>> {
    let cached = Cached::new(Cached::new(Memory::from_iter([("a", "old"), ("b", "old")])));
    for path in ["a", "b"] {
        cached.get(path).await.unwrap();
        cached.provider().provider().insert(path, "new");
    }
    cached
}

#[tokio::test]
async fn what_is_invalidated_is_not_taken_from_a_cache_behind_this_one() {
    let cached = two_levels().await;
    cached.invalidate("a");
    assert_eq!(text(&cached.get("a").await.unwrap()), "new");
    assert_eq!(text(&cached.get("b").await.unwrap()), "old");

    let cached = two_levels().await;
    cached.invalidate_all();
    for path in ["a", "b"] {
        assert_eq!(text(&cached.get(path).await.unwrap()), "new");
    }

    let cached = two_levels().await;
    cached.invalidate("a");
    cached.invalidate("b");
    let many = cached.get_many(&["a", "b"], &any()).await;
    assert!(many.iter().all(|answer| text(answer.as_ref().unwrap()) == "new"));
}
