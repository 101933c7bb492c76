//! The four requests: what each option does.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use omnisecret::{
    Error, ErrorKind, Memory, Origin, Reference, Result, Secret, Secrets, VersionSelector,
};

use crate::world::Gated;

/// Secrets of a provider `m`, and the store behind its cache.
fn memory() -> (Secrets, Arc<Memory>) {
    let memory = Arc::new(Memory::from_iter([
        ("prod/db", r#"{"user":"app","password":"old"}"#),
        ("prod/db/replica", "x"),
        ("prod/text", "y"),
    ]));
    memory.insert("prod/db", r#"{"user":"app","password":"hunter2","list":[1, 2]}"#);
    (Secrets::builder().provider("m", Arc::clone(&memory)).build(), memory)
}

fn kind<T>(result: Result<T>) -> ErrorKind {
    result.err().unwrap().kind()
}

#[tokio::test]
async fn a_key_path_picks_a_field_and_keeps_what_is_known() {
    let (secrets, _) = memory();
    let password = secrets.get("m", "prod/db").key_path(["password"]).await.unwrap();
    assert_eq!(password.expose_str().unwrap(), "hunter2");
    assert_eq!(password.meta().version.as_deref(), Some("2"));
    assert_eq!(password.origin(), Origin::Store);
    let second = secrets.get("m", "prod/db").key_path(["list", "1"]).await.unwrap();
    assert_eq!(second.expose_str().unwrap(), "2");
    assert_eq!(second.origin(), Origin::Cache, "one cached value serves every field");
    let whole = secrets.get("m", "prod/db").key_path(Vec::<String>::new()).await.unwrap();
    assert!(whole.expose_str().unwrap().starts_with('{'));
}

#[tokio::test]
async fn a_field_that_is_not_there_is_named_with_provider_and_path() {
    let (secrets, _) = memory();
    let error = secrets.get("m", "prod/db").key_path(["a", "b"]).await.unwrap_err();
    let expected = r#"m get "prod/db": no such key: "a.b" (not_found)"#;
    assert_eq!(error.to_string(), expected);
    let error = secrets.get("m", "prod/text").key_path(["a"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert_eq!(error.path(), Some("prod/text"));
}

#[tokio::test]
async fn fresh_asks_the_store() {
    let (secrets, memory) = memory();
    let get = || secrets.get("m", "prod/text");
    assert_eq!(get().await.unwrap().expose_str().unwrap(), "y");
    memory.insert("prod/text", "changed");
    let cached = get().await.unwrap();
    assert_eq!((cached.expose_str().unwrap(), cached.origin()), ("y", Origin::Cache));
    let fresh = get().fresh().await.unwrap();
    assert_eq!((fresh.expose_str().unwrap(), fresh.origin()), ("changed", Origin::Store));
    assert_eq!(get().await.unwrap().expose_str().unwrap(), "changed");
}

#[tokio::test]
async fn a_default_stands_in_for_what_is_not_there_and_for_nothing_else() {
    let (secrets, _) = memory();
    let text = |answer: Result<Secret>| answer.unwrap().expose_str().unwrap().to_owned();
    assert_eq!(text(secrets.get("m", "prod/none").default("d").await), "d");
    let field = secrets.get("m", "prod/db").key_path(["none"]).default("d");
    assert_eq!(text(field.await), "d");
    // Both of what is cached and of what is not.
    let field = secrets.get("m", "prod/db").key_path(["none"]).default("d");
    assert_eq!(text(field.await), "d");
    assert_eq!(text(secrets.get("m", "prod/text").default("d").await), "y");
    let no_json = secrets.get("m", "prod/text").key_path(["none"]).default("d").await;
    assert_eq!(kind(no_json), ErrorKind::InvalidValue);
    let no_provider = secrets.get("nobody", "prod/text").default("d").await;
    assert_eq!(kind(no_provider), ErrorKind::InvalidConfig);
    let debug = format!("{:?}", secrets.get("m", "prod/none").default("hunter2"));
    assert!(!debug.contains("hunter2"), "{debug}");
}

#[tokio::test]
async fn raw_asks_for_what_the_store_keeps() {
    // Which this store does not give, so that asking shows.
    let (secrets, _) = memory();
    assert_eq!(kind(secrets.get("m", "prod/text").raw().await), ErrorKind::Unsupported);
    assert_eq!(kind(secrets.get_by_path("m", "prod").raw().await), ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_version_is_asked_for_by_number_or_stage() {
    let (secrets, _) = memory();
    for version in [VersionSelector::Id("1".into()), VersionSelector::Stage("previous".into())] {
        let old = secrets.get("m", "prod/db").version(version).key_path(["password"]).await;
        assert_eq!(old.unwrap().expose_str().unwrap(), "old");
    }
    let none = secrets.get("m", "prod/db").version(VersionSelector::Id("9".into())).await;
    assert_eq!(kind(none), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_reference_asks_for_its_version_and_field() {
    let (secrets, _) = memory();
    for (reference, value) in [
        ("m:prod/db#password", "hunter2"),
        ("m:prod/db?version=1#password", "old"),
        ("m:prod/db?stage=previous#user", "app"),
        ("m:prod/text", "y"),
    ] {
        let reference: Reference = reference.parse().unwrap();
        let secret = secrets.get_reference(&reference).await.unwrap();
        assert_eq!(secret.expose_str().unwrap(), value, "{reference}");
    }
}

#[tokio::test]
async fn a_prefix_gives_what_is_below() {
    let (secrets, _) = memory();
    let below = async |prefix, recursive| {
        let found = secrets.get_by_path("m", prefix).recursive(recursive).await.unwrap();
        found.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(below("prod", true).await, ["prod/db", "prod/db/replica", "prod/text"]);
    assert_eq!(below("prod", false).await, ["prod/db", "prod/text"]);
    assert_eq!(secrets.get_by_path("m", "").fresh().await.unwrap().len(), 3);
}

#[tokio::test]
async fn exists_answers_for_a_path_and_for_a_field() {
    let (secrets, _) = memory();
    let exists =
        |path: &str, keys: &[&str]| secrets.path_exists("m", path).key_path(keys.iter().copied());
    assert!(exists("prod/db", &[]).await.unwrap());
    assert!(!exists("prod", &[]).await.unwrap());
    assert!(exists("prod/db", &["user"]).await.unwrap());
    assert!(!exists("prod/db", &["none"]).await.unwrap());
    assert!(!exists("none", &["user"]).await.unwrap());
    assert_eq!(kind(exists("prod/text", &["user"]).await), ErrorKind::InvalidValue);
}

#[tokio::test]
async fn an_update_is_seen_by_the_next_get_and_creates_only_when_asked() {
    let (secrets, _) = memory();
    assert_eq!(secrets.get("m", "prod/text").await.unwrap().expose_str().unwrap(), "y");
    let meta = secrets.update("m", "prod/text", "z").await.unwrap();
    assert_eq!(meta.version.as_deref(), Some("2"));
    assert_eq!(secrets.get("m", "prod/text").await.unwrap().expose_str().unwrap(), "z");
    assert_eq!(kind(secrets.update("m", "new", "z").await), ErrorKind::NotFound);
    secrets.update("m", "new", "z").create_missing().await.unwrap();
    assert!(secrets.path_exists("m", "new").await.unwrap());
}

#[tokio::test]
async fn a_request_does_nothing_until_it_is_awaited() {
    let gated = Gated::shut();
    let secrets = Secrets::builder().provider("g", Arc::clone(&gated)).build();
    drop(secrets.get("g", "x"));
    drop(secrets.update("g", "x", "y").into_future());
    assert_eq!(gated.calls(), 0);
}

#[tokio::test]
async fn a_timeout_ends_the_wait_of_every_request() {
    let secrets = Secrets::builder().provider("g", Gated::shut()).build();
    let limit = Duration::from_millis(20);
    let errors: [(&str, Error); 4] = [
        ("get", secrets.get("g", "a/b").timeout(limit).await.unwrap_err()),
        ("get_by_path", secrets.get_by_path("g", "a/b").timeout(limit).await.unwrap_err()),
        ("path_exists", secrets.path_exists("g", "a/b").timeout(limit).await.unwrap_err()),
        ("update", secrets.update("g", "a/b", "x").timeout(limit).await.unwrap_err()),
    ];
    for (operation, error) in errors {
        assert_eq!(error.kind(), ErrorKind::Timeout);
        let expected = format!(r#"g {operation} "a/b": no answer within 20ms (timeout)"#);
        assert_eq!(error.to_string(), expected);
        assert!(error.is_retryable());
    }
    let field = secrets.path_exists("g", "a/b").key_path(["x"]).timeout(limit).await;
    assert_eq!(kind(field), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_call_goes_on_without_the_caller_who_gave_up() {
    let gated = Gated::shut();
    let secrets = Secrets::builder().provider("g", Arc::clone(&gated)).build();
    let given_up = secrets.get("g", "x").timeout(Duration::from_millis(20)).await;
    assert_eq!(kind(given_up), ErrorKind::Timeout);
    gated.open();
    let answer = secrets.get("g", "x").timeout(Duration::from_secs(20)).await.unwrap();
    assert_eq!(answer.expose_str().unwrap(), "answer");
    assert_eq!(gated.calls(), 1);
    // What is cached takes no time.
    let cached = secrets.get("g", "x").timeout(Duration::ZERO).await.unwrap();
    assert_eq!(cached.origin(), Origin::Cache);
}

#[tokio::test]
async fn many_who_ask_at_once_are_one_call() {
    let gated = Gated::shut();
    let secrets = Secrets::builder().provider("g", Arc::clone(&gated)).build();
    let asked: Vec<_> =
        (0..100).map(|_| tokio::spawn(secrets.get("g", "x").into_future())).collect();
    while gated.calls() == 0 {
        tokio::task::yield_now().await;
    }
    gated.open();
    for answer in asked {
        assert_eq!(answer.await.unwrap().unwrap().expose_str().unwrap(), "answer");
    }
    assert_eq!(gated.calls(), 1);
}

#[test]
fn providers_outlive_the_runtime_that_they_were_first_used_on() {
    let (secrets, _) = memory();
    for expected in [Origin::Store, Origin::Cache, Origin::Cache] {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let secret = runtime.block_on(secrets.get("m", "prod/text").into_future()).unwrap();
        assert_eq!(secret.origin(), expected);
        let fresh = runtime.block_on(secrets.get("m", "prod/text").fresh().into_future());
        assert_eq!(fresh.unwrap().origin(), Origin::Store);
    }
}

#[test]
fn without_a_runtime_a_timeout_is_an_error_and_all_else_works() {
    let (secrets, _) = memory();
    let mut context = Context::from_waker(Waker::noop());
    let mut request = pin!(secrets.get("m", "prod/text").into_future());
    let Poll::Ready(answer) = request.as_mut().poll(&mut context) else { panic!("it waits") };
    assert_eq!(answer.unwrap().expose_str().unwrap(), "y");
    let mut request = secrets.path_exists("m", "x").timeout(Duration::MAX).into_future();
    let Poll::Ready(answer) = request.as_mut().poll(&mut context) else { panic!("it waits") };
    assert_eq!(kind(answer), ErrorKind::InvalidConfig);
}

#[test]
fn a_request_shows_no_value() {
    let (secrets, _) = memory();
    let shown = format!("{:?} {:?}", secrets.update("m", "x", "hunter2"), secrets);
    assert!(!shown.contains("hunter2"), "{shown}");
}
