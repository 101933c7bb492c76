//! A store that is slow, down, throttled or has revoked a secret: what is served, for how long,
//! and how often it is asked.

use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{Cached, Error, ErrorKind, Origin, SecretProvider};
use omnisecret_testkit::{ManualClock, Operation, Scripted};

use crate::{Shared, any, cached, fetch, secret, settle, text};

const MINUTE: Duration = Duration::from_secs(60);

fn down() -> Error {
    Error::new(ErrorKind::Unavailable, "down")
}

/// A cache with a ttl of a minute whose secrets may be used for an hour more.
fn patient() -> (Shared, Arc<Scripted>, ManualClock) {
    let (scripted, clock) = (Arc::new(Scripted::new()), ManualClock::new());
    let cached = Cached::builder(Arc::clone(&scripted))
        .ttl(MINUTE)
        .max_stale(60 * MINUTE)
        .refresh_ahead(false)
        .clock(clock.clone())
        .build();
    (cached, scripted, clock)
}

#[tokio::test]
async fn a_hit_near_its_end_starts_one_refresh_in_the_background() {
    let (cached, scripted, clock) = cached();
    scripted.gets().answer(secret("old"));
    cached.get("a").await.unwrap();
    clock.advance(Duration::from_secs(47));
    cached.get("a").await.unwrap();
    settle().await;
    assert_eq!(scripted.count(Operation::Get), 1, "before 80 % nothing is asked");

    clock.advance(Duration::from_secs(8));
    let held = scripted.gets().hold(secret("new"));
    for _ in 0..100 {
        assert_eq!(text(&cached.lookup("a", &any()).unwrap()), "old", "nobody waits");
    }
    scripted.reached(2).await;
    settle().await;
    held.release();
    settle().await;
    assert_eq!(text(&cached.lookup("a", &any()).unwrap()), "new");
    assert_eq!(scripted.count(Operation::Get), 2);
    assert_eq!(cached.stats().refreshes, 1);
}

#[tokio::test]
async fn a_refresh_that_fails_is_tried_again_with_back_off() {
    let (cached, scripted, clock) = cached();
    scripted.gets().answer(secret("v"));
    cached.get("a").await.unwrap();
    clock.advance(Duration::from_secs(55));
    for _ in 0..5000 {
        scripted.gets().answer(Err(down()));
    }
    // Four seconds of a thousand hits each, at a store that fails at once.
    for _ in 0..4000 {
        clock.advance(Duration::from_millis(1));
        cached.lookup("a", &any()).unwrap();
        settle().await;
    }
    let calls = scripted.count(Operation::Get) - 1;
    assert!((1..=20).contains(&calls), "{calls} calls");
}

#[tokio::test]
async fn without_refresh_ahead_nothing_is_asked_in_the_background() {
    let (cached, scripted, clock) = patient();
    scripted.gets().answer(secret("v"));
    cached.get("a").await.unwrap();
    clock.advance(Duration::from_secs(59));
    cached.get("a").await.unwrap();
    settle().await;
    assert_eq!(scripted.count(Operation::Get), 1);
}

#[tokio::test]
async fn a_store_that_is_down_leaves_the_old_value_until_max_stale() {
    let (cached, scripted, clock) = patient();
    scripted.gets().answer(secret("v"));
    cached.get("a").await.unwrap();
    clock.advance(2 * MINUTE);
    scripted.gets().answer(Err(down()));
    let stale = cached.get("a").await.unwrap();
    assert_eq!((text(&stale), stale.origin(), stale.age()), ("v", Origin::Stale, 2 * MINUTE));
    assert!(cached.lookup("a", &any()).is_none(), "stale is no hit");

    clock.advance(58 * MINUTE + Duration::from_secs(59));
    scripted.gets().answer(Err(down()));
    assert_eq!(cached.get("a").await.unwrap().origin(), Origin::Stale);

    clock.advance(Duration::from_secs(1));
    scripted.gets().answer(Err(down()));
    assert_eq!(cached.get("a").await.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_fetch_gets_the_error_and_not_the_old_value() {
    let (cached, scripted, clock) = patient();
    scripted.gets().answer(secret("v"));
    cached.get("a").await.unwrap();
    clock.advance(2 * MINUTE);
    scripted.gets().answer(Err(down()));
    assert_eq!(cached.get_with("a", &fetch()).await.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn denied_or_gone_wins_over_the_old_value() {
    for kind in [ErrorKind::PermissionDenied, ErrorKind::NotFound] {
        let (cached, scripted, clock) = patient();
        scripted.gets().answer(secret("v"));
        cached.get("a").await.unwrap();
        clock.advance(2 * MINUTE);
        scripted.gets().answer(Err(Error::new(kind, "revoked")));
        assert_eq!(cached.get("a").await.unwrap_err().kind(), kind);
        clock.advance(MINUTE);
        scripted.gets().answer(Err(down()));
        assert_eq!(cached.get("a").await.unwrap_err().kind(), ErrorKind::Unavailable, "{kind}");
    }
}

#[tokio::test]
async fn an_unauthenticated_caller_is_not_served_stale_and_drops_nothing() {
    let (cached, scripted, clock) = patient();
    scripted.gets().answer(secret("v"));
    cached.get("a").await.unwrap();
    let unauthenticated = Error::new(ErrorKind::Unauthenticated, "expired").with_retryable(true);
    scripted.gets().answer(Err(unauthenticated.clone()));
    cached.get_with("a", &fetch()).await.unwrap_err();
    assert!(cached.lookup("a", &any()).is_some(), "what is fresh stays");

    clock.advance(2 * MINUTE);
    scripted.gets().answer(Err(unauthenticated));
    assert_eq!(cached.get("a").await.unwrap_err().kind(), ErrorKind::Unauthenticated);
    clock.advance(MINUTE);
    scripted.gets().answer(Err(down()));
    assert_eq!(cached.get("a").await.unwrap().origin(), Origin::Stale, "it was not dropped");
}

#[tokio::test]
async fn those_who_ask_right_after_a_failure_get_the_same_error_without_a_call() {
    let (cached, scripted, clock) = cached();
    let patience = Duration::from_secs(10);
    scripted.gets().answer(Err(down().with_retry_after(patience)));
    for _ in 0..100 {
        assert_eq!(cached.get("a").await.unwrap_err().kind(), ErrorKind::Unavailable);
    }
    assert_eq!(scripted.count(Operation::Get), 1);
    clock.advance(patience);
    scripted.gets().answer(secret("v"));
    assert_eq!(text(&cached.get("a").await.unwrap()), "v");
}

#[tokio::test]
async fn a_fetch_is_tried_once_a_second_meanwhile() {
    let (cached, scripted, clock) = cached();
    let error = down().with_retry_after(Duration::from_secs(10));
    for _ in 0..2 {
        scripted.gets().answer(Err(error.clone()));
    }
    for _ in 0..2 {
        for _ in 0..10 {
            cached.get_with("a", &fetch()).await.unwrap_err();
        }
        clock.advance(Duration::from_secs(1));
    }
    assert_eq!(scripted.count(Operation::Get), 2);
}

#[tokio::test]
async fn a_failing_store_is_asked_less_and_less() {
    let (cached, scripted, clock) = cached();
    for _ in 0..1000 {
        scripted.gets().answer(Err(down()));
    }
    for _ in 0..2000 {
        cached.get("a").await.unwrap_err();
        clock.advance(Duration::from_millis(1));
    }
    let calls = scripted.count(Operation::Get);
    assert!(calls <= 15, "{calls} calls in two seconds");
}

#[tokio::test]
async fn a_throttle_holds_off_the_whole_provider() {
    let (cached, scripted, clock) = cached();
    let patience = Duration::from_secs(5);
    let throttled = Error::new(ErrorKind::Throttled, "slow down").with_retry_after(patience);
    scripted.gets().answer(Err(throttled));
    cached.get("a").await.unwrap_err();
    for path in ["b", "c"] {
        assert_eq!(cached.get(path).await.unwrap_err().kind(), ErrorKind::Throttled);
    }
    assert_eq!(scripted.count(Operation::Get), 1);
    clock.advance(patience);
    scripted.gets().answer(secret("v"));
    assert_eq!(text(&cached.get("b").await.unwrap()), "v");
}

#[tokio::test]
async fn a_missing_secret_is_remembered_for_its_own_short_time() {
    let (scripted, clock) = (Arc::new(Scripted::new()), ManualClock::new());
    let cached = Cached::builder(Arc::clone(&scripted))
        .negative_ttl(Duration::from_secs(5))
        .clock(clock.clone())
        .build();
    scripted.gets().answer(Err(Error::new(ErrorKind::NotFound, "no such secret")));
    for _ in 0..10 {
        assert_eq!(cached.get("a").await.unwrap_err().kind(), ErrorKind::NotFound);
    }
    assert_eq!((scripted.count(Operation::Get), cached.stats().negative), (1, 9));
    scripted.gets().answer(secret("v"));
    assert_eq!(text(&cached.get_with("a", &fetch()).await.unwrap()), "v");
    assert_eq!(text(&cached.get("a").await.unwrap()), "v", "a fetch has forgotten it");

    scripted.gets().answer(Err(Error::new(ErrorKind::NotFound, "no such secret")));
    cached.get("b").await.unwrap_err();
    clock.advance(Duration::from_secs(5));
    scripted.gets().answer(secret("v"));
    assert_eq!(text(&cached.get("b").await.unwrap()), "v");
}

#[tokio::test]
async fn ten_thousand_missing_paths_evict_no_secret() {
    let scripted = Arc::new(Scripted::new());
    let cached =
        Cached::builder(Arc::clone(&scripted)).max_entries(10).negative_ttl(MINUTE).build();
    for number in 0..10 {
        scripted.gets().answer(secret("v"));
        cached.get(&format!("there{number}")).await.unwrap();
    }
    for number in 0..10_000 {
        scripted.gets().answer(Err(Error::new(ErrorKind::NotFound, "no such secret")));
        cached.get(&format!("missing{number}")).await.unwrap_err();
    }
    for number in 0..10 {
        assert!(cached.lookup(&format!("there{number}"), &any()).is_some(), "{number}");
    }
}

#[tokio::test]
async fn a_refresh_asks_the_store_once_for_all_and_once_a_second() {
    let (cached, scripted, clock) = cached();
    scripted.gets().answer(secret("old"));
    cached.get("a").await.unwrap();
    clock.advance(Duration::from_secs(2));
    scripted.gets().answer(secret("new"));
    for _ in 0..10 {
        assert_eq!(text(&cached.refresh("a").await.unwrap()), "new");
    }
    assert_eq!(scripted.count(Operation::Get), 2);
}

#[tokio::test]
async fn a_policy_gives_a_time_to_live_to_each_secret() {
    let (scripted, clock) = (Arc::new(Scripted::new()), ManualClock::new());
    let cached = Cached::builder(Arc::clone(&scripted))
        .ttl(MINUTE)
        .ttl_by(|path, _, _| path.starts_with("flags/").then_some(Duration::from_secs(10)))
        .clock(clock.clone())
        .build();
    for path in ["flags/a", "b"] {
        scripted.gets().answer(secret("v"));
        cached.get(path).await.unwrap();
    }
    clock.advance(Duration::from_secs(10));
    assert!(cached.lookup("flags/a", &any()).is_none());
    assert!(cached.lookup("b", &any()).is_some());
}

#[tokio::test]
async fn an_answer_from_a_level_below_is_as_old_as_it_says() {
    let (cached, scripted, clock) = cached();
    let old = secret("v").unwrap().with_origin(Origin::Cache, Duration::from_secs(50));
    scripted.gets().answer(Ok(old));
    cached.get("a").await.unwrap();
    clock.advance(Duration::from_secs(9));
    assert_eq!(cached.lookup("a", &any()).unwrap().age(), Duration::from_secs(59));
    clock.advance(Duration::from_secs(1));
    assert!(cached.lookup("a", &any()).is_none());
}

#[tokio::test]
async fn the_counts_say_what_happened() {
    let (cached, scripted, _) = cached();
    let held = scripted.gets().hold(secret("v"));
    let readers: Vec<_> = (0..3).map(|_| crate::ask(&cached, any())).collect();
    scripted.reached(1).await;
    settle().await;
    held.release();
    for reader in readers {
        reader.await.unwrap().unwrap();
    }
    for _ in 0..5 {
        cached.get("a").await.unwrap();
    }
    cached.invalidate("a");
    let stats = cached.stats();
    assert_eq!((stats.misses, stats.coalesced, stats.hits), (3, 2, 5));
}
