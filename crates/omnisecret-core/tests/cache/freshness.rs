//! How long an answer is kept, and what it tells about itself.

use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{
    Cached, Clock, Error, ErrorKind, Memory, Origin, Secret, SecretMeta, SecretProvider,
    VersionSelector,
};
use omnisecret_testkit::{Operation, Scripted};

use crate::{any, ask, cached, fetch, secret, settle, text};

#[tokio::test]
async fn a_secret_is_fresh_for_the_ttl_and_tells_its_age() {
    let (cached, scripted, clock) = cached();
    scripted.gets().answer(secret("old"));
    scripted.gets().answer(secret("new"));
    assert_eq!(cached.get("a").await.unwrap().origin(), Origin::Store);
    clock.advance(Duration::from_secs(59));
    let hit = cached.lookup("a", &any()).unwrap();
    assert_eq!((text(&hit), hit.origin()), ("old", Origin::Cache));
    assert_eq!(hit.age(), Duration::from_secs(59));
    clock.advance(Duration::from_secs(1));
    assert!(cached.lookup("a", &any()).is_none());
    assert_eq!(text(&cached.get("a").await.unwrap()), "new");
}

#[tokio::test]
async fn nothing_is_served_past_the_secrets_own_expiry() {
    let (cached, scripted, clock) = cached();
    let meta = SecretMeta::default().with_expires(clock.wall() + Duration::from_secs(10));
    scripted.gets().answer(Ok(Secret::new("short", meta)));
    cached.get("a").await.unwrap();
    clock.advance(Duration::from_secs(9));
    assert!(cached.lookup("a", &any()).is_some());
    clock.advance(Duration::from_secs(1));
    assert!(cached.lookup("a", &any()).is_none());
}

#[tokio::test]
async fn each_version_is_a_secret_of_its_own() {
    let cached = Cached::new(Memory::from_iter([("a", "old"), ("a", "new")]));
    for (version, value) in [
        (VersionSelector::Current, "new"),
        (VersionSelector::Id("1".into()), "old"),
        (VersionSelector::Stage("previous".into()), "old"),
        (VersionSelector::Stage("current".into()), "new"),
    ] {
        let options = any().with_version(version);
        for _ in 0..2 {
            assert_eq!(text(&cached.get_with("a", &options).await.unwrap()), value, "{options:?}");
        }
    }
}

#[tokio::test]
async fn a_fetch_that_finds_nothing_forgets_what_was_cached() {
    for kind in [ErrorKind::NotFound, ErrorKind::PermissionDenied] {
        let (cached, scripted, _) = cached();
        scripted.gets().answer(secret("revoked"));
        scripted.gets().answer(Err(Error::new(kind, "gone")));
        cached.get("a").await.unwrap();
        cached.get_with("a", &fetch()).await.unwrap_err();
        assert!(cached.lookup("a", &any()).is_none(), "{kind}");
    }
}

#[tokio::test]
async fn a_fetch_that_fails_otherwise_leaves_what_was_cached() {
    let (cached, scripted, _) = cached();
    scripted.gets().answer(secret("v"));
    scripted.gets().answer(Err(Error::new(ErrorKind::Unavailable, "down")));
    cached.get("a").await.unwrap();
    cached.get_with("a", &fetch()).await.unwrap_err();
    assert!(cached.lookup("a", &any()).is_some());
}

#[tokio::test]
async fn get_many_fetches_only_what_is_missing_and_keeps_the_order() {
    let (cached, scripted, _) = cached();
    scripted.gets().answer(secret("b's"));
    cached.get("b").await.unwrap();
    let missing = vec![secret("a's"), Err(Error::new(ErrorKind::NotFound, "no such secret"))];
    scripted.get_manys().answer(missing);
    let many = cached.get_many(&["a", "b", "c"], &any()).await;
    assert_eq!(text(many[0].as_ref().unwrap()), "a's");
    assert_eq!(text(many[1].as_ref().unwrap()), "b's");
    assert_eq!(many[2].as_ref().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(scripted.calls().last().unwrap().paths, ["a", "c"]);
    assert_eq!(text(&cached.lookup("a", &any()).unwrap()), "a's");
}

#[tokio::test]
async fn the_size_limit_holds_and_the_newest_stays() {
    let names = (0..500).map(|number| (format!("n{number}"), "v"));
    let cached = Cached::builder(Memory::from_iter(names)).max_entries(10).build();
    for number in 0..500 {
        cached.get(&format!("n{number}")).await.unwrap();
    }
    let is_kept = |number: &i32| cached.lookup(&format!("n{number}"), &any()).is_some();
    assert!((0..500).filter(is_kept).count() <= 10);
    assert!(is_kept(&499));
}

#[tokio::test]
async fn a_ttl_of_zero_caches_nothing_and_still_joins_readers() {
    let scripted = Arc::new(Scripted::new());
    let cached = Cached::builder(Arc::clone(&scripted)).ttl(Duration::ZERO).build();
    let held = scripted.gets().hold(secret("v"));
    let readers = [ask(&cached, any()), ask(&cached, any())];
    scripted.reached(1).await;
    settle().await;
    held.release();
    for reader in readers {
        reader.await.unwrap().unwrap();
    }
    assert!(cached.lookup("a", &any()).is_none());
    assert_eq!(scripted.count(Operation::Get), 1);
}

#[tokio::test]
async fn an_answer_that_is_not_kept_leaves_no_older_one_behind() {
    let (cached, scripted, _) = cached();
    scripted.gets().answer(secret("old"));
    cached.get("a").await.unwrap();
    let held = scripted.gets().hold(secret("new"));
    let reader = ask(&cached, fetch());
    scripted.reached(2).await;
    // A change of anything has what is in the air not kept.
    cached.invalidate("another");
    held.release();
    assert_eq!(text(&reader.await.unwrap().unwrap()), "new");
    scripted.gets().answer(secret("new"));
    assert_eq!(text(&cached.get("a").await.unwrap()), "new");
}

#[tokio::test]
async fn what_is_in_use_stays_and_what_was_not_in_use_for_longest_goes() {
    let numbers = || (0..20).map(|number| number.to_string());
    let memory: Memory = numbers().map(|path| (path, "v")).collect();
    memory.insert("a", "v");
    let cached = Cached::builder(memory).max_entries(3).build();
    cached.get("a").await.unwrap();
    for path in numbers() {
        assert!(cached.lookup("a", &any()).is_some(), "before {path}");
        cached.get(&path).await.unwrap();
    }
    assert_eq!(cached.stats().entries, 3);
    let kept: Vec<_> = numbers().filter(|path| cached.lookup(path, &any()).is_some()).collect();
    assert_eq!(kept, ["18", "19"]);
}
