//! What is repeated, how long the waits are, and when it ends.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use omnisecret_core::{
    Capabilities, Clock, Error, ErrorKind, GetOptions, ListOptions, Memory, ProviderInfo, Retry,
    SecretMeta, SecretProvider, UpdateOptions, async_trait,
};
use omnisecret_testkit::{Faulty, ManualClock, Operation, Scripted, Step};

use crate::{error, fail, kind, secret, text};

const SECOND: Duration = Duration::from_secs(1);

/// Sleeps by moving a manual clock on, and remembers how long.
#[derive(Clone, Debug, Default)]
struct Waits(ManualClock, Arc<Mutex<Vec<Duration>>>);

impl Waits {
    fn take(&self) -> Vec<Duration> {
        std::mem::take(&mut *self.1.lock().unwrap())
    }
}

#[async_trait]
impl Clock for Waits {
    fn now(&self) -> Duration {
        self.0.now()
    }

    fn wall(&self) -> SystemTime {
        self.0.wall()
    }

    async fn sleep(&self, duration: Duration) {
        self.1.lock().unwrap().push(duration);
        self.0.advance(duration);
    }
}

fn retry() -> (Retry<Arc<Scripted>>, Arc<Scripted>, Waits) {
    let (scripted, waits) = (Arc::new(Scripted::new()), Waits::default());
    (Retry::new(Arc::clone(&scripted)).with_clock(waits.clone()), scripted, waits)
}

#[tokio::test]
async fn a_read_is_repeated_until_it_is_answered() {
    let (retry, scripted, waits) = retry();
    scripted.gets().answer(fail(ErrorKind::Unavailable));
    scripted.gets().answer(fail(ErrorKind::Timeout));
    scripted.gets().answer(secret("v"));
    assert_eq!(text(&retry.get("a").await), "v");
    assert_eq!((scripted.count(Operation::Get), waits.take().len()), (3, 2));
}

#[tokio::test]
async fn every_way_of_reading_is_repeated() {
    let (retry, scripted, _) = retry();
    scripted.get_by_paths().answer(fail(ErrorKind::Throttled));
    scripted.get_by_paths().answer(Ok([].into()));
    scripted.lists().answer(fail(ErrorKind::Unavailable));
    scripted.lists().answer(Ok(Vec::new()));
    scripted.paths_exist().answer(fail(ErrorKind::Timeout));
    scripted.paths_exist().answer(Ok(true));
    assert!(retry.get_by_path("").await.unwrap().is_empty());
    assert!(retry.list("", &ListOptions::default()).await.unwrap().is_empty());
    assert!(retry.path_exists("a").await.unwrap());
}

#[tokio::test]
async fn three_attempts_are_all() {
    let (retry, scripted, _) = retry();
    for _ in 0..3 {
        scripted.gets().answer(fail(ErrorKind::Unavailable));
    }
    assert_eq!(kind(&retry.get("a").await), ErrorKind::Unavailable);
    assert_eq!(scripted.count(Operation::Get), 3);
}

#[tokio::test]
async fn the_number_of_attempts_can_be_set() {
    for (attempts, made) in [(0, 1), (1, 1), (5, 5)] {
        let (retry, scripted, _) = retry();
        for _ in 0..5 {
            scripted.gets().answer(fail(ErrorKind::Unavailable));
        }
        retry.with_attempts(attempts).get("a").await.unwrap_err();
        assert_eq!(scripted.count(Operation::Get), made);
    }
}

#[tokio::test]
async fn what_stays_wrong_is_not_repeated() {
    for wrong in [
        error(ErrorKind::NotFound),
        error(ErrorKind::PermissionDenied),
        error(ErrorKind::Unauthenticated),
        error(ErrorKind::Conflict),
        error(ErrorKind::Unexpected),
        error(ErrorKind::Unavailable).with_retryable(false),
    ] {
        let (retry, scripted, waits) = retry();
        scripted.gets().answer(Err(wrong.clone()));
        assert_eq!(kind(&retry.get("a").await), wrong.kind());
        assert!(waits.take().is_empty(), "{wrong}");
    }
}

#[tokio::test]
async fn an_update_that_was_throttled_is_repeated() {
    let (retry, scripted, _) = retry();
    scripted.updates().answer(fail(ErrorKind::Throttled));
    scripted.updates().answer(Ok(SecretMeta::default()));
    assert!(retry.update("a", &"v".into()).await.is_ok());
    assert_eq!(scripted.count(Operation::Update), 2);
}

#[tokio::test]
async fn an_update_that_timed_out_is_not_repeated() {
    for may_be_done in [
        error(ErrorKind::Timeout),
        error(ErrorKind::Unavailable),
        error(ErrorKind::Throttled).with_retryable(false),
    ] {
        let mut capabilities = Capabilities::NONE;
        capabilities.update = true;
        let info = ProviderInfo::new("test.once", "a script", capabilities);
        let (scripted, waits) = (Arc::new(Scripted::with_info(info)), Waits::default());
        let retry = Retry::new(Arc::clone(&scripted)).with_clock(waits.clone());
        scripted.updates().answer(Err(may_be_done.clone()));
        assert_eq!(kind(&retry.update("a", &"v".into()).await), may_be_done.kind());
        assert!(waits.take().is_empty(), "{may_be_done}");
    }
}

#[tokio::test]
async fn an_update_whose_answer_was_lost_is_repeated_and_kept_once() {
    let faulty = Faulty::new(Memory::from_iter([("a", "1")]));
    faulty.script([Step::Lose(error(ErrorKind::Timeout)), Step::Fail(error(ErrorKind::Timeout))]);
    let retry = Retry::new(faulty).with_clock(Waits::default());
    let meta = retry.update("a", &"2".into()).await.unwrap();
    assert_eq!(meta.version.as_deref(), Some("2"));
    assert_eq!(retry.provider().count(Operation::Update), 3);
    // One that has failed for good is not to be repeated by others: they have another token.
    let faulty = Faulty::new(Memory::from_iter([("a", "1")]));
    faulty.always(Step::Lose(error(ErrorKind::Timeout)));
    let failing = Retry::new(faulty).with_clock(Waits::default());
    assert!(!failing.update("a", &"2".into()).await.unwrap_err().is_retryable());
    // The next update is another one, of the same value too.
    let meta = retry.update("a", &"2".into()).await.unwrap();
    assert_eq!(meta.version.as_deref(), Some("3"));
}

#[tokio::test]
async fn an_update_with_a_token_keeps_it() {
    let retry = Retry::new(Memory::from_iter([("a", "1")]));
    let options = UpdateOptions::default().with_idempotency_token("t");
    for _ in 0..2 {
        let meta = retry.update_with("a", &"2".into(), &options).await.unwrap();
        assert_eq!(meta.version.as_deref(), Some("2"));
    }
    let other = retry.update_with("a", &"3".into(), &options).await;
    assert_eq!(kind(&other), ErrorKind::Conflict);
    assert_eq!(text(&retry.get("a").await), "2");
}

#[tokio::test]
async fn get_many_asks_again_only_for_what_failed() {
    let (retry, scripted, _) = retry();
    scripted.get_manys().answer(vec![
        secret("a's"),
        fail(ErrorKind::Throttled),
        fail(ErrorKind::NotFound),
        fail(ErrorKind::Unavailable),
    ]);
    scripted.get_manys().answer(vec![secret("b's"), fail(ErrorKind::Unavailable)]);
    scripted.get_manys().answer(vec![secret("d's")]);
    let answers = retry.get_many(&["a", "b", "c", "d"], &GetOptions::default()).await;
    assert_eq!((text(&answers[0]), text(&answers[1]), text(&answers[3])), ("a's", "b's", "d's"));
    assert_eq!(kind(&answers[2]), ErrorKind::NotFound);
    let asked: Vec<_> = scripted.calls().into_iter().map(|call| call.paths).collect();
    assert_eq!(asked, [vec!["a", "b", "c", "d"], vec!["b", "d"], vec!["d"]]);
}

#[tokio::test]
async fn get_many_waits_for_the_longest_that_is_asked_for_and_gives_up_what_is_too_late() {
    let (retry, scripted, waits) = retry();
    let throttled = |wait| Err(error(ErrorKind::Throttled).with_retry_after(wait));
    scripted.get_manys().answer(vec![
        throttled(SECOND),
        throttled(2 * SECOND),
        throttled(60 * SECOND),
    ]);
    scripted.get_manys().answer(vec![secret("a's"), secret("b's")]);
    let answers = retry.get_many(&["a", "b", "c"], &GetOptions::default()).await;
    assert_eq!((text(&answers[0]), text(&answers[1])), ("a's", "b's"));
    assert_eq!(kind(&answers[2]), ErrorKind::Throttled);
    let [wait] = waits.take()[..] else { panic!("one wait for all") };
    assert!(wait >= 2 * SECOND);
}

#[tokio::test]
async fn every_retry_waits_within_full_jitter() {
    let (retry, scripted, waits) = retry();
    let retry = retry.with_attempts(5).with_waits(SECOND, 3 * SECOND).with_deadline(Duration::MAX);
    let bounds = [SECOND, 2 * SECOND, 3 * SECOND, 3 * SECOND];
    let mut lowest = [Duration::MAX; 4];
    let mut highest = [Duration::ZERO; 4];
    for _ in 0..200 {
        for _ in 0..5 {
            scripted.gets().answer(fail(ErrorKind::Unavailable));
        }
        retry.get("a").await.unwrap_err();
        for (n, wait) in waits.take().into_iter().enumerate() {
            lowest[n] = lowest[n].min(wait);
            highest[n] = highest[n].max(wait);
        }
    }
    // Each fails by chance less than once in a billion runs.
    for n in 0..4 {
        assert!(highest[n] < bounds[n], "{n}: {highest:?}");
        assert!(highest[n] > bounds[n] * 8 / 10, "{n}: {highest:?}");
        assert!(lowest[n] < bounds[n] * 2 / 10, "{n}: {lowest:?}");
    }
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let (retry, scripted, waits) = retry();
    let throttled = error(ErrorKind::Throttled).with_retry_after(10 * SECOND);
    scripted.gets().answer(Err(throttled.clone()));
    scripted.gets().answer(secret("v"));
    scripted.updates().answer(Err(throttled));
    scripted.updates().answer(Ok(SecretMeta::default()));
    retry.get("a").await.unwrap();
    retry.update("a", &"v".into()).await.unwrap();
    // With a part of it random, so that those who were told the same do not come back together.
    for wait in waits.take() {
        assert!(wait >= 10 * SECOND && wait < 10 * SECOND + Duration::from_millis(200), "{wait:?}");
    }
}

#[tokio::test]
async fn retry_after_past_the_deadline_gives_the_error_at_once() {
    let (retry, scripted, waits) = retry();
    scripted.gets().answer(Err(error(ErrorKind::Throttled).with_retry_after(30 * SECOND)));
    let answer = retry.get("a").await;
    assert_eq!(answer.unwrap_err().retry_after(), Some(30 * SECOND));
    assert!(waits.take().is_empty());
}

#[tokio::test]
async fn the_deadline_ends_it() {
    let (retry, scripted, waits) = retry();
    let retry = retry.with_attempts(100).with_deadline(5 * SECOND);
    for _ in 0..100 {
        let throttled: Error = error(ErrorKind::Throttled).with_retry_after(2 * SECOND);
        scripted.gets().answer(Err(throttled));
    }
    assert_eq!(kind(&retry.get("a").await), ErrorKind::Throttled);
    assert_eq!(waits.take().len(), 2);
    assert_eq!(scripted.count(Operation::Get), 3);
}

#[tokio::test]
async fn a_deadline_of_zero_allows_the_first_attempt_alone() {
    let (retry, scripted, _) = retry();
    scripted.gets().answer(fail(ErrorKind::Unavailable));
    retry.with_deadline(Duration::ZERO).get("a").await.unwrap_err();
    assert_eq!(scripted.count(Operation::Get), 1);
}

#[tokio::test]
async fn the_time_that_attempts_take_counts() {
    let (scripted, clock) = (Arc::new(Scripted::new()), ManualClock::new());
    let retry = Retry::new(Arc::clone(&scripted)).with_deadline(SECOND).with_clock(clock.clone());
    let held = scripted.gets().hold(fail(ErrorKind::Unavailable));
    let call = tokio::spawn(async move { retry.get("a").await });
    scripted.reached(1).await;
    clock.advance(SECOND);
    held.release();
    assert_eq!(kind(&call.await.unwrap()), ErrorKind::Unavailable);
    assert_eq!(scripted.count(Operation::Get), 1);
}

#[tokio::test]
async fn the_next_attempt_is_made_when_the_wait_is_over_and_not_before() {
    let (scripted, clock) = (Arc::new(Scripted::new()), ManualClock::new());
    let retry = Retry::new(Arc::clone(&scripted)).with_clock(clock.clone());
    scripted.gets().answer(Err(error(ErrorKind::Throttled).with_retry_after(SECOND)));
    scripted.gets().answer(secret("v"));
    let call = tokio::spawn(async move { retry.get("a").await });
    clock.sleepers(1).await;
    clock.advance(SECOND - Duration::from_nanos(1));
    tokio::task::yield_now().await;
    assert_eq!(scripted.count(Operation::Get), 1);
    clock.advance(SECOND);
    assert_eq!(text(&call.await.unwrap()), "v");
}
