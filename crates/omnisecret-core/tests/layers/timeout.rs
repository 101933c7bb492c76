//! How long a call may take, and what is said when it takes longer.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{
    Error, ErrorKind, GetOptions, ListOptions, Memory, Result, SecretMeta, SecretProvider, Timeout,
    UpdateOptions,
};
use omnisecret_testkit::{ManualClock, Scripted};

use crate::{kind, secret, text};

const NANOSECOND: Duration = Duration::from_nanos(1);

type Limited = Timeout<Arc<Scripted>>;

fn timeout() -> (Limited, Arc<Scripted>, ManualClock) {
    let (scripted, clock) = (Arc::new(Scripted::new()), ManualClock::new());
    (Timeout::new(Arc::clone(&scripted)).with_clock(clock.clone()), scripted, clock)
}

/// Makes a call that the script holds, lets five seconds pass, and gives what comes of it.
async fn overdue<T, F>(
    timeout: Limited,
    clock: &ManualClock,
    call: impl FnOnce(Arc<Limited>) -> F,
) -> T
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let call = tokio::spawn(call(Arc::new(timeout)));
    clock.sleepers(1).await;
    clock.advance(Duration::from_secs(5) - NANOSECOND);
    tokio::task::yield_now().await;
    assert!(!call.is_finished(), "before the limit");
    clock.advance(NANOSECOND);
    call.await.unwrap()
}

#[track_caller]
fn assert_read_timed_out<T>(answer: Result<T>, operation: &str) -> Error {
    let error = answer.err().unwrap();
    assert_eq!(
        error.to_string(),
        format!("test.scripted {operation} \"a\": no answer within 5s (timeout)")
    );
    assert!(error.is_retryable());
    error
}

#[tokio::test]
async fn every_way_of_reading_ends_at_the_limit_and_may_be_repeated() {
    let (timeout, scripted, clock) = timeout();
    let _held = scripted.gets().hold(secret("late"));
    let answer = overdue(timeout.clone(), &clock, async |it| it.get("a").await).await;
    assert_read_timed_out(answer, "get");

    let _held = scripted.get_by_paths().hold(Ok([].into()));
    let answer = overdue(timeout.clone(), &clock, async |it| it.get_by_path("a").await).await;
    assert_read_timed_out(answer, "get_by_path");

    let _held = scripted.lists().hold(Ok(Vec::new()));
    let list = async |it: Arc<Limited>| it.list("a", &ListOptions::default()).await;
    assert_read_timed_out(overdue(timeout.clone(), &clock, list).await, "list");

    let _held = scripted.paths_exist().hold(Ok(true));
    let answer = overdue(timeout.clone(), &clock, async |it| it.path_exists("a").await).await;
    assert_read_timed_out(answer, "path_exists");

    let _held = scripted.get_manys().hold(vec![secret("late"), secret("late")]);
    let many = async |it: Arc<Limited>| it.get_many(&["a", "b"], &GetOptions::default()).await;
    let [first, second] = <[_; 2]>::try_from(overdue(timeout, &clock, many).await).unwrap();
    assert_read_timed_out(first, "get_many");
    assert_eq!(second.unwrap_err().path(), Some("b"));
}

#[tokio::test]
async fn many_secrets_may_take_longer_than_one() {
    let (timeout, scripted, clock) = timeout();
    let timeout = timeout.with_many_limit(None);
    let held = [
        scripted.get_by_paths().hold(Ok([].into())),
        scripted.lists().hold(Ok(Vec::new())),
        scripted.get_manys().hold(vec![secret("late")]),
    ];
    let all = tokio::spawn({
        let timeout = timeout.clone();
        async move {
            let (get, options) = (GetOptions::default(), ListOptions::default());
            tokio::join!(
                timeout.get_by_path("a"),
                timeout.list("a", &options),
                timeout.get_many(&["a"], &get),
            )
        }
    });
    scripted.reached(3).await;
    clock.advance(Duration::from_secs(3600));
    drop(held);
    let (secrets, names, answers) = all.await.unwrap();
    assert!(secrets.is_ok() && names.is_ok() && answers[0].is_ok());
    // One secret is as urgent as it was.
    let _held = scripted.gets().hold(secret("late"));
    let answer = overdue(timeout, &clock, async |it| it.get("a").await).await;
    assert_read_timed_out(answer, "get");
}

#[tokio::test]
async fn an_update_that_timed_out_may_be_repeated_with_its_token() {
    let (timeout, scripted, clock) = timeout();
    let _held = scripted.updates().hold(Ok(SecretMeta::default()));
    let update = async |it: Arc<Limited>| {
        let options = UpdateOptions::default().with_idempotency_token("t");
        it.update_with("a", &"new".into(), &options).await
    };
    assert!(overdue(timeout, &clock, update).await.unwrap_err().is_retryable());
}

#[tokio::test]
async fn an_update_that_timed_out_may_still_be_done_and_says_so() {
    let (timeout, scripted, clock) = timeout();
    let _held = scripted.updates().hold(Ok(SecretMeta::default()));
    let update = async |it: Arc<Limited>| it.update("a", &"v".into()).await;
    let error = overdue(timeout, &clock, update).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "test.scripted update \"a\": no answer within 5s; the store may still do it (timeout)"
    );
    assert!(!error.is_retryable());
    assert!(error.action().contains("read the secret"));
}

#[tokio::test]
async fn the_limit_can_be_set() {
    let (timeout, scripted, clock) = timeout();
    let timeout = timeout.with_limit(Duration::from_millis(250));
    let _held = scripted.gets().hold(secret("late"));
    let call = tokio::spawn(async move { timeout.get("a").await });
    clock.sleepers(1).await;
    clock.advance(Duration::from_millis(250));
    assert_eq!(kind(&call.await.unwrap()), ErrorKind::Timeout);
}

#[tokio::test]
async fn without_a_limit_it_waits() {
    let (timeout, scripted, clock) = timeout();
    let timeout = timeout.with_limit(None);
    let held = scripted.gets().hold(secret("late"));
    let call = tokio::spawn(async move { timeout.get("a").await });
    scripted.reached(1).await;
    clock.advance(Duration::from_secs(1_000_000));
    tokio::task::yield_now().await;
    assert!(!call.is_finished());
    held.release();
    assert_eq!(text(&call.await.unwrap()), "late");
}

#[tokio::test]
async fn an_answer_that_comes_together_with_the_alarm_counts() {
    let (timeout, scripted, clock) = timeout();
    let held = scripted.gets().hold(secret("just in time"));
    let call = tokio::spawn(async move { timeout.get("a").await });
    clock.sleepers(1).await;
    held.release();
    clock.advance(Duration::from_secs(5));
    assert_eq!(text(&call.await.unwrap()), "just in time");
}

/// The clock of the system would panic here, were it slept on.
#[test]
fn an_answer_at_once_takes_no_timer() {
    let timeout = Timeout::new(Memory::from_iter([("a", "v")]));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(text(&runtime.block_on(timeout.get("a"))), "v");
}
