//! Temporary credentials are renewed in time, by one for all, and not lost to a failure.

use std::time::Duration;

use omnisecret_aliyun::CredentialsBuilder;
use omnisecret_core::{ErrorKind, SecretProvider};

use crate::server::Server;
use crate::setup::{Shifted, access_key, builder, until};

const MINUTE: Duration = Duration::from_secs(60);

fn role(server: &Server, clock: &Shifted) -> CredentialsBuilder {
    access_key()
        .role_arn("acs:ram::1234567890123456:role/reader")
        .sts_endpoint(server.url())
        .clock(clock.clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_cold_callers_make_one_assume_role() {
    let (server, clock) = (Server::start(), Shifted::default());
    server.state().delay = Duration::from_millis(100);
    let credentials = role(&server, &clock).build().expect("settings");
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let credentials = credentials.clone();
            tokio::spawn(async move { credentials.credentials().await })
        })
        .collect();
    for caller in callers {
        let given = caller.await.expect("no panic").expect("credentials");
        assert_eq!(given.key_id(), "STS.Temporary00000001");
    }
    assert_eq!(server.count("AssumeRole"), 1);
}

#[tokio::test]
async fn a_caller_who_gives_up_takes_nothing_from_the_others() {
    let (server, clock) = (Server::start(), Shifted::default());
    server.state().delay = Duration::from_millis(200);
    let credentials = role(&server, &clock).build().expect("settings");
    let leader = tokio::time::timeout(Duration::from_millis(50), credentials.credentials());
    assert!(leader.await.is_err(), "the leader has waited");
    assert!(credentials.credentials().await.is_ok());
    assert_eq!(server.count("AssumeRole"), 1);
}

#[tokio::test]
async fn they_are_renewed_before_they_expire_and_nobody_waits_for_it() {
    let (server, clock) = (Server::start(), Shifted::default());
    let credentials = role(&server, &clock).build().expect("settings");
    let first = credentials.credentials().await.expect("credentials");
    clock.advance(&server, 44 * MINUTE);
    assert_eq!(credentials.credentials().await.expect("the same").key_id(), first.key_id());
    assert_eq!(server.count("AssumeRole"), 1);

    clock.advance(&server, 2 * MINUTE);
    server.state().delay = Duration::from_secs(2);
    let asked = tokio::time::timeout(Duration::from_secs(1), credentials.credentials());
    let given = asked.await.expect("without a wait").expect("the same");
    assert_eq!(given.key_id(), first.key_id());
    until(|| server.count("AssumeRole") == 2).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let given = credentials.credentials().await.expect("new ones");
    assert_ne!(given.key_id(), first.key_id());
}

#[tokio::test]
async fn short_lived_ones_are_not_renewed_all_the_time() {
    let (server, clock) = (Server::start(), Shifted::default());
    server.state().role_life = Some(15 * MINUTE);
    let credentials = role(&server, &clock).build().expect("settings");
    for _ in 0..9 {
        assert!(credentials.credentials().await.is_ok());
        // Time for a renewal that there should not be.
        tokio::time::sleep(Duration::from_millis(20)).await;
        clock.advance(&server, MINUTE);
    }
    assert_eq!(server.count("AssumeRole"), 1);
}

#[tokio::test]
async fn a_failed_renewal_does_not_replace_what_is_valid_and_is_tried_again() {
    let (server, clock) = (Server::start(), Shifted::default());
    let credentials = role(&server, &clock).build().expect("settings");
    let first = credentials.credentials().await.expect("credentials");
    server.fail("AssumeRole", 9, 429, "Throttling.User");
    clock.advance(&server, 50 * MINUTE);
    for attempts in [2, 3] {
        // Many ask, one tries, and not again before some time has passed.
        for _ in 0..20 {
            let given = credentials.credentials().await.expect("still valid");
            assert_eq!(given.key_id(), first.key_id());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(server.count("AssumeRole"), attempts);
        clock.advance(&server, 2 * MINUTE);
    }
    // Expired, the failure is everybody's, until it is none any more.
    clock.advance(&server, 10 * MINUTE);
    let error = credentials.credentials().await.expect_err("nothing is valid");
    assert_eq!(error.kind(), ErrorKind::Throttled);
    server.state().faults.clear();
    let given = credentials.credentials().await.expect("new ones");
    assert_ne!(given.key_id(), first.key_id());
}

#[tokio::test]
async fn a_token_that_the_service_calls_expired_is_renewed_once_within_the_call() {
    for code in ["InvalidSecurityToken.Expired", "InvalidAccessKeyId.NotFound"] {
        let (server, clock) = (Server::start(), Shifted::default());
        server.put("app", "value");
        let provider =
            builder(&server).credentials(role(&server, &clock)).build().expect("settings");
        assert!(provider.get("app").await.is_ok());
        server.fail("GetSecretValue", 1, 400, code);
        assert!(provider.get("app").await.is_ok(), "{code}");
        assert_eq!((server.count("AssumeRole"), server.count("GetSecretValue")), (2, 3));

        server.fail("GetSecretValue", 2, 400, code);
        let error = provider.get("app").await.expect_err("refused twice");
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        assert_eq!((server.count("AssumeRole"), server.count("GetSecretValue")), (3, 5));
    }
}

#[tokio::test]
async fn when_sts_is_down_too_that_is_the_error_and_it_may_be_repeated() {
    let (server, clock) = (Server::start(), Shifted::default());
    server.put("app", "value");
    let provider = builder(&server).credentials(role(&server, &clock)).build().expect("settings");
    assert!(provider.get("app").await.is_ok());
    server.fail("GetSecretValue", 1, 400, "InvalidSecurityToken.Expired");
    server.fail("AssumeRole", 1, 503, "ServiceUnavailable");
    let error = provider.get("app").await.expect_err("no new token");
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unavailable, true));
    assert!(provider.get("app").await.is_ok());
}

#[test]
fn a_renewal_that_is_lost_with_its_runtime_is_begun_anew() {
    let (server, clock) = (Server::start(), Shifted::default());
    server.state().delay = Duration::from_millis(300);
    let credentials = role(&server, &clock).build().expect("settings");
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().expect("a runtime")
    };
    runtime().block_on(async {
        let asked = tokio::time::timeout(Duration::from_millis(50), credentials.credentials());
        assert!(asked.await.is_err());
    });
    server.state().delay = Duration::ZERO;
    assert!(runtime().block_on(credentials.credentials()).is_ok());
}
