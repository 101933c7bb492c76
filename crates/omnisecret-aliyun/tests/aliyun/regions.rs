//! More regions than one.

use std::time::{Duration, Instant};

use omnisecret_aliyun::{AliyunSm, Region};
use omnisecret_core::{ErrorKind, GetOptions, ListOptions, SecretProvider};

use crate::server::{Reply, Server};
use crate::setup::access_key;

fn both(first: &Server, second: &Server) -> AliyunSm {
    let region = |server: &Server| Region::default().endpoint(server.url());
    let builder = AliyunSm::builder().regions([region(first), region(second)]);
    let builder = builder.timeout(Duration::from_secs(5)).credentials(access_key());
    builder.build().expect("the settings are complete")
}

fn two() -> (Server, Server, AliyunSm) {
    let (first, second) = (Server::start(), Server::start());
    for server in [&first, &second] {
        for n in 0..21 {
            server.put(&format!("app/{n:02}"), "value");
        }
    }
    let provider = both(&first, &second);
    (first, second, provider)
}

#[tokio::test]
async fn the_second_is_not_asked_while_the_first_answers() {
    let (first, second, provider) = two();
    assert!(provider.get("app/00").await.is_ok());
    assert!(provider.get_by_path("").await.is_ok());
    assert!(first.state().seen.len() > 2);
    assert_eq!(second.state().seen.len(), 0);
}

#[tokio::test]
async fn one_that_is_dead_of_two_fails_no_read() {
    let (first, second, provider) = two();
    drop(first);
    assert!(provider.get("app/00").await.is_ok());
    assert_eq!(provider.path_exists("app/01").await.ok(), Some(true));
    assert_eq!(provider.get_by_path("app").await.map(|it| it.len()).ok(), Some(21));
    let names = provider.list("", &ListOptions::default()).await.expect("names");
    assert_eq!(names.len(), 21);
    let many = provider.get_many(&["app/00", "app/20"], &GetOptions::default()).await;
    assert!(many.iter().all(Result::is_ok));
    assert!(second.state().seen.len() > 4);
}

#[tokio::test]
async fn one_that_hangs_costs_a_second_and_no_more() {
    let (first, _second, provider) = two();
    first.reply("*", 1, Reply::Hang);
    let begin = Instant::now();
    assert!(provider.get("app/00").await.is_ok());
    assert!(begin.elapsed() >= Duration::from_millis(900), "{:?}", begin.elapsed());
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn one_that_throttles_is_stood_in_for() {
    let (first, second, provider) = two();
    first.fail("GetSecretValue", 1, 429, "Rejected.Throttling");
    assert!(provider.get("app/00").await.is_ok());
    assert_eq!(second.count("GetSecretValue"), 1);
}

#[tokio::test]
async fn what_the_first_says_for_good_counts() {
    let (first, second, provider) = two();
    second.put("second/only", "value");
    let error = provider.get("second/only").await.expect_err("not in the first");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    first.fail("GetSecretValue", 1, 403, "Forbidden.NoPermission");
    let error = provider.get("app/00").await.expect_err("denied by the first");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(second.state().seen.len(), 0);
}

#[tokio::test]
async fn absent_in_the_second_is_not_absent_while_the_first_is_down() {
    let (first, second, provider) = two();
    first.fail("GetSecretValue", 1, 503, "ServiceUnavailableTemporary");
    second.state().secrets.clear();
    let error = provider.get("app/00").await.expect_err("the first is down");
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unavailable, true));
}

#[tokio::test]
async fn a_write_goes_to_the_first_and_nowhere_else() {
    let (first, second, provider) = two();
    provider.update("app/00", &"new".into()).await.expect("an update");
    first.fail("PutSecretValue", 1, 503, "ServiceUnavailableTemporary");
    let error = provider.update("app/00", &"newer".into()).await.expect_err("the first is down");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!((first.count("PutSecretValue"), second.count("PutSecretValue")), (2, 0));
}
