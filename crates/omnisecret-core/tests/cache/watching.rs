//! Watches: one poll for any number of handles, and what they show when.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use omnisecret_core::{
    Cached, Error, ErrorKind, Origin, Rotating, Secret, SecretMeta, SecretProvider, SecretValue,
};
use omnisecret_testkit::{ManualClock, Operation, Scripted};

use crate::{cached, secret, settle, text};

#[tokio::test]
async fn a_watch_follows_the_secret_with_one_poll_for_all_handles() {
    let (cached, scripted, clock) = cached();
    scripted.gets().answer(secret("old"));
    let mut watches = Vec::new();
    for _ in 0..10 {
        watches.push(cached.watch("a").await.unwrap());
    }
    assert_eq!(text(watches[0].current().secret().unwrap()), "old");
    scripted.gets().answer(secret("new"));
    clock.sleepers(1).await;
    clock.advance(Duration::from_secs(55));
    for watch in &mut watches {
        watch.changed().await;
        assert_eq!(text(watch.current().secret().unwrap()), "new");
    }
    assert_eq!(scripted.count(Operation::Get), 2);
}

#[tokio::test]
async fn the_same_value_again_is_no_change() {
    let (cached, scripted, clock) = cached();
    scripted.gets().answer(secret("v"));
    let mut watch = cached.watch("a").await.unwrap();
    scripted.gets().answer(secret("v"));
    clock.sleepers(1).await;
    clock.advance(Duration::from_secs(55));
    scripted.reached(2).await;
    settle().await;
    assert!(tokio::time::timeout(Duration::from_millis(20), watch.changed()).await.is_err());
}

#[tokio::test]
async fn a_watch_sees_an_update_at_once() {
    let (cached, scripted, clock) = cached();
    scripted.gets().answer(secret("old"));
    let mut watch = cached.watch("a").await.unwrap();
    clock.sleepers(1).await;
    scripted.gets().answer(secret("new"));
    scripted.updates().answer(Ok(SecretMeta::default()));
    cached.update("a", &SecretValue::text("new")).await.unwrap();
    watch.changed().await;
    assert_eq!(text(watch.current().secret().unwrap()), "new");
}

#[tokio::test]
async fn a_watch_shows_fresh_then_stale_then_the_error() {
    let (scripted, clock) = (Arc::new(Scripted::new()), ManualClock::new());
    let cached = Cached::builder(Arc::clone(&scripted))
        .ttl(Duration::from_secs(60))
        .max_stale(Duration::from_secs(60))
        .clock(clock.clone())
        .build();
    scripted.gets().answer(secret("v"));
    let watch = cached.watch("a").await.unwrap();
    for _ in 0..1000 {
        scripted.gets().answer(Err(Error::new(ErrorKind::Unavailable, "down")));
    }
    let mut seen = vec![(0, Some(Origin::Store))];
    for second in 1..=130 {
        clock.sleepers(1).await;
        clock.advance(Duration::from_secs(1));
        settle().await;
        let shows = watch.current().secret().ok().map(omnisecret_core::Secret::origin);
        if seen.last().unwrap().1 != shows {
            seen.push((second, shows));
        }
    }
    let (origins, seconds): (Vec<_>, Vec<_>) = seen.iter().map(|(at, shows)| (*shows, *at)).unzip();
    assert_eq!(origins, [Some(Origin::Store), Some(Origin::Cache), Some(Origin::Stale), None]);
    assert_eq!(seconds[2..], [60, 120], "{seen:?}");
}

#[tokio::test]
async fn a_watch_shows_a_revocation_at_once() {
    let (cached, scripted, clock) = cached();
    scripted.gets().answer(secret("v"));
    let mut watch = cached.watch("a").await.unwrap();
    scripted.gets().answer(Err(Error::new(ErrorKind::PermissionDenied, "revoked")));
    clock.sleepers(1).await;
    clock.advance(Duration::from_secs(55));
    watch.changed().await;
    assert_eq!(watch.current().secret().unwrap_err().kind(), ErrorKind::PermissionDenied);
}

#[tokio::test]
async fn the_poll_ends_with_the_last_handle() {
    let (cached, scripted, clock) = cached();
    scripted.gets().answer(secret("v"));
    let watch = cached.watch("a").await.unwrap();
    let second = watch.clone();
    drop(watch);
    clock.sleepers(1).await;
    drop(second);
    settle().await;
    clock.advance(Duration::from_secs(600));
    settle().await;
    assert_eq!(scripted.count(Operation::Get), 1);
}

#[tokio::test]
async fn a_watch_begins_with_a_value_or_an_error() {
    let (cached, scripted, _) = cached();
    scripted.gets().answer(Err(Error::new(ErrorKind::NotFound, "no such secret")));
    assert_eq!(cached.watch("a").await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_watch_without_a_runtime_is_refused() {
    use std::future::Future;
    use std::task::{Context, Poll, Waker};

    let (cached, _, _) = cached();
    let mut watch = Box::pin(cached.watch("a"));
    let Poll::Ready(Err(error)) = watch.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    else {
        panic!("it is known at once")
    };
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[cfg(feature = "stream")]
#[tokio::test]
async fn a_stream_shows_what_there_is_and_then_each_change() {
    use tokio_stream::StreamExt as _;

    let (cached, scripted, clock) = cached();
    scripted.gets().answer(secret("old"));
    let mut stream = std::pin::pin!(cached.watch("a").await.unwrap().into_stream());
    assert_eq!(text(&stream.next().await.unwrap().unwrap()), "old");
    scripted.gets().answer(secret("new"));
    clock.sleepers(1).await;
    clock.advance(Duration::from_secs(55));
    assert_eq!(text(&stream.next().await.unwrap().unwrap()), "new");
}

#[tokio::test]
async fn what_is_built_from_a_secret_is_built_anew_when_it_changes() {
    let (cached, scripted, clock) = cached();
    scripted.gets().answer(secret("old"));
    let build = |secret: Secret| async move { secret.expose_str().map(str::to_owned) };
    let rotating = Rotating::new(cached.watch("a").await.unwrap(), build).await.unwrap();
    let in_use = rotating.get();
    scripted.gets().answer(secret("new"));
    clock.sleepers(1).await;
    clock.advance(Duration::from_secs(55));
    scripted.reached(2).await;
    settle().await;
    assert_eq!((&**in_use, &**rotating.get()), ("old", "new"));
}

#[tokio::test]
async fn a_build_that_fails_leaves_the_old_one_and_is_tried_again() {
    let (cached, scripted, clock) = cached();
    scripted.gets().answer(secret("old"));
    let tries = Arc::new(AtomicUsize::new(0));
    let build = {
        let tries = Arc::clone(&tries);
        move |secret: Secret| {
            let is_refused = tries.fetch_add(1, Ordering::Relaxed) == 1;
            async move {
                if is_refused {
                    return Err(Error::new(ErrorKind::Unavailable, "not yet"));
                }
                secret.expose_str().map(str::to_owned)
            }
        }
    };
    let rotating = Rotating::new(cached.watch("a").await.unwrap(), build).await.unwrap();
    scripted.gets().answer(secret("new"));
    clock.sleepers(1).await;
    clock.advance(Duration::from_secs(55));
    scripted.reached(2).await;
    // The poll and the one who waits to try again.
    clock.sleepers(2).await;
    assert_eq!(&**rotating.get(), "old");
    clock.advance(Duration::from_secs(1));
    settle().await;
    assert_eq!(&**rotating.get(), "new");
    assert_eq!(tries.load(Ordering::Relaxed), 3);
}
