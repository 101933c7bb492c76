//! Futures that are dropped midway.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use omnisecret_core::{SecretProvider, SecretValue};
use tokio::time::sleep;

use super::support::{assert_value, seeded};
use crate::Harness;

/// How far a future is driven before it is dropped, in polls.
const POLLS: std::ops::Range<usize> = 0..6;

/// After a `get` was dropped midway, at whatever point, the provider answers as before.
pub async fn dropped_get_leaves_the_provider_working<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "value"), ("app/other", "other")]).await;
    let paths = ["app/key", "app/other"].map(|name| harness.path(name));
    for polls in POLLS {
        drop_after(provider.get(&paths[0]), polls).await;
        for (path, value) in paths.iter().zip(["value", "other"]) {
            let what = format!("{path}, after one was dropped in poll {polls}");
            assert_value(provider.get(path).await, &value.into(), &what);
        }
    }
}

/// After an `update` was dropped midway there is the old value or the new one, and the next update
/// works. The store may still carry out the dropped one, but not for long.
pub async fn dropped_update_leaves_the_old_value_or_the_new<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "value 0")]).await;
    let path = harness.path("app/key");
    let mut old = SecretValue::text("value 0");
    for polls in POLLS {
        let new = SecretValue::text(format!("value {polls}, dropped"));
        drop_after(provider.update(&path, &new), polls).await;
        let left = provider.get(&path).await.expect("a value is left");
        let is_whole = left.value().ct_eq(&old) || left.value().ct_eq(&new);
        assert!(is_whole, "dropped in poll {polls}: neither the old value nor the new one");

        old = SecretValue::text(format!("value {polls}, written"));
        assert!(settles(&provider, &path, &old).await, "dropped in poll {polls}: no update holds");
    }
}

/// Whether an update comes to hold: at once, or when the store has done with the dropped one.
async fn settles(provider: &impl SecretProvider, path: &str, value: &SecretValue) -> bool {
    for _ in 0..100 {
        let is_written = provider.update(path, value).await.is_ok();
        sleep(Duration::from_millis(5)).await;
        let answer = provider.get(path).await;
        if is_written && answer.is_ok_and(|secret| secret.value().ct_eq(value)) {
            return true;
        }
    }
    false
}

/// Polls a future so often at most, with time for other tasks in between, and drops it.
async fn drop_after<F: Future + Send>(future: F, polls: usize) {
    let mut future = pin!(future);
    for _ in 0..polls {
        let is_done =
            poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await;
        if is_done {
            return;
        }
        sleep(Duration::from_micros(200)).await;
    }
}
