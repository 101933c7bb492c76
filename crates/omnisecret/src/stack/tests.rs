//! Each setting of the layers in the configuration file has its effect.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{
    Clock, Error, ErrorKind, GetOptions, Result, Secret, SecretMeta, SecretProvider,
};
use omnisecret_testkit::{ManualClock, Operation, Scripted, logs};
use tokio::task::JoinHandle;

use super::{Layers, Stack};
use crate::Config;

const SECOND: Duration = Duration::from_secs(1);

/// What a file says of the provider `p`.
fn loaded(settings: &str, load: fn(&Path) -> Result<Config>) -> Result<Layers> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("omnisecret.toml");
    fs::write(&file, format!("[providers.p]\n{settings}")).unwrap();
    Ok(load(&file)?.provider("p").unwrap().layers.clone())
}

/// The layers that these settings of `aws.sm` give, around a script.
fn stack(settings: &str) -> (Stack, Arc<Scripted>, ManualClock) {
    let layers =
        loaded(&format!("kind = \"aws.sm\"\n{settings}"), |file| Config::load(file)).unwrap();
    let (scripted, clock) = (Arc::new(Scripted::new()), ManualClock::new());
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    (layers.around("p", Arc::clone(&scripted) as _, &shared), scripted, clock)
}

fn answer() -> Result<Secret> {
    Ok(Secret::new("v", SecretMeta::default()))
}

fn unavailable() -> Result<Secret> {
    Err(Error::new(ErrorKind::Unavailable, "down"))
}

fn ask(stack: &Stack) -> JoinHandle<Result<Secret>> {
    let stack = stack.clone();
    tokio::spawn(async move { stack.get("a").await })
}

/// Lets time pass, each sleeper waking in its turn, until the call has ended.
async fn end(call: JoinHandle<Result<Secret>>, clock: &ManualClock) -> Result<Secret> {
    loop {
        // Whoever is about to sleep falls asleep before time goes on.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        if call.is_finished() {
            return call.await.unwrap();
        }
        clock.advance(Duration::from_millis(10));
    }
}

/// How many attempts a store that is down sees, and how long that takes.
async fn attempts(settings: &str) -> (usize, Duration) {
    let (stack, scripted, clock) = stack(settings);
    for _ in 0..20 {
        scripted.gets().answer(unavailable());
    }
    end(ask(&stack), &clock).await.unwrap_err();
    (scripted.count(Operation::Get), clock.now())
}

#[tokio::test]
async fn attempts_says_how_often_the_store_is_asked() {
    assert_eq!(attempts("").await.0, 3);
    assert_eq!(attempts("[providers.p.retry]\nattempts = 1").await.0, 1);
    assert_eq!(attempts("[providers.p.retry]\nattempts = 5").await.0, 5);
}

#[tokio::test]
async fn deadline_says_when_no_new_attempt_is_made() {
    let patient = "[providers.p.retry]\nattempts = 20\ndeadline = ";
    assert_eq!(attempts(&format!("{patient}\"0s\"")).await.0, 1);
    let (made, took) = attempts(&format!("{patient}\"2s\"")).await;
    assert!(made < 20 && took <= 3 * SECOND, "{made} in {took:?}");
}

/// How long a store that does not answer is waited for, and what is said then.
async fn patience(settings: &str) -> (Duration, Error) {
    let (stack, scripted, clock) = stack(settings);
    let held: Vec<_> = (0..20).map(|_| scripted.gets().hold(answer())).collect();
    let error = end(ask(&stack), &clock).await.unwrap_err();
    drop(held);
    assert_eq!(error.kind(), ErrorKind::Timeout);
    (clock.now(), error)
}

#[tokio::test]
async fn attempt_limits_each_attempt() {
    let once = "[providers.p.retry]\nattempts = 1\n[providers.p.timeout]\n";
    let (took, error) = patience(once).await;
    assert_eq!((took, error.message()), (5 * SECOND, "no answer within 5s"));
    let (took, error) = patience(&format!("{once}attempt = \"250ms\"")).await;
    assert_eq!((took, error.message()), (SECOND / 4, "no answer within 250ms"));
    // Three of a second, and two waits that are shorter.
    let (took, error) = patience("[providers.p.timeout]\nattempt = \"1s\"").await;
    assert_eq!(error.message(), "no answer within 1s");
    assert!(took >= 3 * SECOND && took < 4 * SECOND, "{took:?}");
}

#[tokio::test]
async fn total_limits_all_attempts_together() {
    let (took, error) = patience("[providers.p.timeout]\nattempt = \"2s\"\ntotal = \"3s\"").await;
    assert_eq!((took, error.message()), (3 * SECOND, "no answer within 3s"));
}

#[tokio::test]
async fn a_local_file_is_waited_for_unless_a_limit_is_set() {
    let attempt = |settings: &str| loaded(settings, |file| Config::load(file)).unwrap().attempt;
    for kind in ["acct", "securestore"] {
        let kind = format!("kind = {kind:?}\npath = \"a\"\n");
        assert_eq!(attempt(&kind), None, "{kind}");
        let limited = format!("{kind}[providers.p.timeout]\nattempt = \"7s\"");
        assert_eq!(attempt(&limited), Some(7 * SECOND));
    }
}

#[test]
fn a_found_file_may_set_times() {
    let settings = "kind = \"acct\"\n[providers.p.retry]\nattempts = 2\ndeadline = \"1s\"\n\
                    [providers.p.timeout]\nattempt = \"2s\"\ntotal = \"3s\"\n";
    let layers = loaded(settings, |file| Config::load_found(file, |_| Ok(false))).unwrap();
    assert_eq!((layers.attempts, layers.deadline), (2, SECOND));
    assert_eq!((layers.attempt, layers.total), (Some(2 * SECOND), Some(3 * SECOND)));
}

#[test]
fn what_cannot_be_is_refused_by_its_name() {
    for (settings, fault) in [
        ("retry]\nattempts = 0", "providers.p.retry.attempts is not a whole number from 1"),
        ("retry]\nattempts = 4294967296", "providers.p.retry.attempts is not a whole number"),
        ("retry]\nattempts = \"3\"", "providers.p.retry.attempts is not a whole number"),
        ("retry]\ndeadline = 5", "providers.p.retry.deadline is not a string"),
        ("retry]\nattempt = 5", "unknown key \"attempt\", did you mean \"attempts\"?"),
        ("timeout]\nattempt = \"0s\"", "providers.p.timeout.attempt is not longer than nothing"),
        ("timeout]\ntotal = \"soon\"", "providers.p.timeout.total is not a duration"),
        ("timeout]\nattempts = \"1s\"", "unknown key \"attempts\", did you mean \"attempt\"?"),
    ] {
        for kind in ["acct", "aws.sm"] {
            let settings = format!("kind = {kind:?}\n[providers.p.{settings}\n");
            let error = loaded(&settings, |file| Config::load(file)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            assert!(error.message().contains(fault), "{fault}: {error}");
        }
    }
}

#[tokio::test]
async fn those_who_wait_for_one_secret_share_its_attempts() {
    let (stack, scripted, clock) = stack("");
    scripted.gets().answer(unavailable());
    let held = scripted.gets().hold(answer());
    let readers: Vec<_> = (0..10).map(|_| ask(&stack)).collect();
    while scripted.count(Operation::Get) < 2 {
        clock.advance(Duration::from_millis(10));
        tokio::task::yield_now().await;
    }
    held.release();
    for reader in readers {
        assert!(reader.await.unwrap().is_ok());
    }
    assert_eq!(scripted.count(Operation::Get), 2);
}

#[test]
fn what_the_cache_serves_is_observed_under_the_providers_name() {
    let (stack, scripted, _) = stack("");
    scripted.gets().answer(answer());
    let (_, log) = logs::capture(|| async {
        stack.get("a").await.unwrap();
        stack.lookup("a", &GetOptions::default()).unwrap();
    });
    for origin in ["store", "cache"] {
        let told =
            format!("name=\"p\" operation=\"get\" path=\"a\" outcome=\"ok\" origin={origin:?}");
        assert!(log.contains(&told), "{told}: {log}");
    }
}
