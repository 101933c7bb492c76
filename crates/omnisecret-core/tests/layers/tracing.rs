//! The events of `Observed`: what they tell, and that they never tell a value.

use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{
    ErrorKind, GetOptions, ListOptions, Memory, Observed, Origin, Secret, SecretMeta,
    SecretProvider, SecretValue, UpdateOptions,
};
use omnisecret_testkit::canary::{self, CANARY};
use omnisecret_testkit::{ManualClock, Scripted, logs};

use crate::{error, fail, secret};

fn observed() -> (Observed<Arc<Scripted>>, Arc<Scripted>, ManualClock) {
    let (scripted, clock) = (Arc::new(Scripted::new()), ManualClock::new());
    let observed =
        Observed::new(Arc::clone(&scripted)).with_name("billing").with_clock(clock.clone());
    (observed, scripted, clock)
}

/// The lines of events, without those about the span's own life.
fn events(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.contains(" outcome=")).collect()
}

#[track_caller]
fn only<'a>(log: &'a str, parts: &[&str]) -> &'a str {
    let [event] = events(log)[..] else { panic!("one event: {log}") };
    for part in parts {
        assert!(event.contains(part), "{part}: {event}");
    }
    event
}

#[test]
fn an_event_tells_who_was_asked_for_what_and_how_it_ended() {
    let (observed, scripted, clock) = observed();
    let held = scripted.gets().hold(secret("v"));
    let (_, log) = logs::capture(|| async {
        let call = tokio::spawn(async move { observed.get("prod/db").await });
        scripted.reached(1).await;
        clock.advance(Duration::from_millis(1500));
        held.release();
        call.await.unwrap().unwrap();
    });
    let fields = [
        "DEBUG",
        r#"provider="test.scripted""#,
        r#"name="billing""#,
        r#"operation="get""#,
        r#"path="prod/db""#,
        r#"outcome="ok""#,
        r#"origin="store""#,
        "elapsed=1.5s",
    ];
    only(&log, &fields);
    assert!(log.contains("secret{"), "the span: {log}");
}

#[test]
fn every_operation_is_told_by_its_name() {
    let (observed, _, _) = observed();
    let (_, log) = logs::capture(|| async {
        let _ = observed.get("a").await;
        let _ = observed.get_many(&["a"], &GetOptions::default()).await;
        let _ = observed.get_by_path("a").await;
        let _ = observed.list("a", &ListOptions::default()).await;
        let _ = observed.path_exists("a").await;
        let _ = observed.update("a", &"v".into()).await;
    });
    let operations = ["get", "get_many", "get_by_path", "list", "path_exists", "update"];
    assert_eq!(events(&log).len(), operations.len());
    for (event, operation) in events(&log).iter().zip(operations) {
        assert!(event.contains(&format!("operation={operation:?}")), "{event}");
    }
}

#[test]
fn a_failure_is_a_warning_and_not_found_is_none() {
    for (kind, level) in [
        (ErrorKind::NotFound, "DEBUG"),
        (ErrorKind::PermissionDenied, "WARN"),
        (ErrorKind::Unavailable, "WARN"),
    ] {
        let (observed, scripted, _) = observed();
        scripted.gets().answer(fail(kind));
        let (_, log) = logs::capture(|| async { observed.get("a").await });
        only(&log, &[level, &format!("outcome={:?}", kind.name()), r#"origin="none""#]);
    }
}

#[test]
fn a_stale_answer_is_a_warning() {
    let (observed, scripted, _) = observed();
    let stale = Secret::new("v", SecretMeta::default()).with_origin(Origin::Stale, Duration::ZERO);
    scripted.gets().answer(Ok(stale));
    let (_, log) = logs::capture(|| async { observed.get("a").await });
    only(&log, &["WARN", r#"outcome="ok""#, r#"origin="stale""#]);
}

#[test]
fn a_batch_tells_the_first_that_failed() {
    let (observed, scripted, _) = observed();
    scripted.get_manys().answer(vec![secret("v"), fail(ErrorKind::Throttled)]);
    let (_, log) =
        logs::capture(|| async { observed.get_many(&["a", "b"], &GetOptions::default()).await });
    only(&log, &["WARN", r#"outcome="throttled""#, r#"path=["a", "b"]"#]);
}

#[test]
fn a_call_that_was_given_up_is_told() {
    let (observed, scripted, _) = observed();
    let _held = scripted.gets().hold(secret("v"));
    let (_, log) = logs::capture(|| async {
        let call = tokio::spawn(async move { observed.get("a").await });
        scripted.reached(1).await;
        call.abort();
        call.await.unwrap_err();
    });
    only(&log, &["DEBUG", r#"outcome="cancelled""#]);
}

#[test]
fn a_path_cannot_forge_a_line() {
    let (observed, _, _) = observed();
    let (_, log) = logs::capture(|| async { observed.get("a\n\u{1b}[31m WARN forged").await });
    only(&log, &[r#"path="a\n\u{1b}[31m WARN forged""#]);
    assert!(!log.lines().any(|line| line.starts_with("\u{1b}[31m WARN")));
}

#[cfg(feature = "cache")]
#[test]
fn what_lookup_finds_is_told() {
    let cached = omnisecret_core::Cached::new(Memory::from_iter([("a", "v")]));
    let observed = Observed::new(cached.clone());
    let (_, log) = logs::capture(|| async {
        assert!(observed.lookup("a", &GetOptions::default()).is_none());
        cached.get("a").await.unwrap();
        assert!(observed.lookup("a", &GetOptions::default()).is_some());
    });
    only(&log, &["TRACE", r#"operation="get""#, r#"path="a""#, r#"origin="cache""#]);
}

#[test]
fn no_event_tells_a_value() {
    let value = SecretValue::text(CANARY);
    let observed = Observed::new(Memory::from_iter([("a", value.clone())]));
    let (_, log) = logs::capture(|| async {
        let create = UpdateOptions::default().with_create_missing(true);
        let _ = observed.get("a").await;
        let _ = observed.get_many(&["a", "b"], &GetOptions::default()).await;
        let _ = observed.get_by_path("").await;
        let _ = observed.list("", &ListOptions::default()).await;
        let _ = observed.path_exists("a").await;
        let _ = observed.update_with("c", &value, &create).await;
        let _ = observed.update("missing", &value).await;
    });
    assert_eq!(events(&log).len(), 7);
    assert_eq!(canary::leaks(&log), None);
}

#[test]
fn the_text_of_an_error_is_not_told() {
    let (observed, scripted, _) = observed();
    let careless = error(ErrorKind::Corrupt).with_source(std::io::Error::other(CANARY));
    scripted.gets().answer(Err(careless));
    let (_, log) = logs::capture(|| async { observed.get("a").await });
    assert_eq!(canary::leaks(&log), None);
    assert!(!log.contains("on script"), "{log}");
}
