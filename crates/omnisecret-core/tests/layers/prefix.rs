//! What is put before a path, and taken off again.

use std::sync::Arc;

use omnisecret_core::{
    ErrorKind, GetOptions, ListOptions, MAX_PATH_BYTES, Memory, Prefix, SecretProvider,
};
use omnisecret_testkit::Scripted;

use crate::{error, fail, kind, secret, text};

fn prefix() -> Prefix<Memory> {
    let secrets = [("prod/app/db", "v"), ("prod/mail", "w"), ("production/db", "x"), ("db", "y")];
    Prefix::new(Memory::from_iter(secrets), "prod/").unwrap()
}

#[tokio::test]
async fn every_path_gets_the_prefix() {
    let prefix = prefix();
    assert_eq!(text(&prefix.get("app/db").await), "v");
    assert_eq!(kind(&prefix.get("db").await), ErrorKind::NotFound);
    assert!(prefix.path_exists("mail").await.unwrap());
    let many = prefix.get_many(&["mail", "prod/mail"], &GetOptions::default()).await;
    assert_eq!((text(&many[0]), kind(&many[1])), ("w", ErrorKind::NotFound));
    prefix.update("mail", &"new".into()).await.unwrap();
    assert_eq!(text(&prefix.provider().get("prod/mail").await), "new");
}

#[tokio::test]
async fn listings_show_what_is_below_without_the_prefix() {
    let prefix = prefix();
    assert!(prefix.get_by_path("").await.unwrap().keys().eq(["app/db", "mail"]));
    assert!(prefix.get_by_path("app").await.unwrap().keys().eq(["app/db"]));
    let entries = prefix.list("", &ListOptions::default().with_recursive(false)).await.unwrap();
    assert!(entries.iter().map(|entry| &*entry.path).eq(["mail"]));
}

#[tokio::test]
async fn an_error_names_the_path_that_was_asked_for() {
    let prefix = prefix();
    let missing = prefix.get("missing").await.unwrap_err();
    assert_eq!(missing.to_string(), r#"memory get "missing": no such secret (not_found)"#);
    let missing = prefix.update("missing", &"v".into()).await.unwrap_err();
    assert_eq!(missing.path(), Some("missing"));

    let scripted = Arc::new(Scripted::new());
    let prefix = Prefix::new(Arc::clone(&scripted), "prod/").unwrap();
    let denied = |path| error(ErrorKind::PermissionDenied).with_path(path);
    scripted.lists().answer(Err(denied("prod/app")));
    let options = ListOptions::default();
    assert_eq!(prefix.list("app", &options).await.unwrap_err().path(), Some("app"));
    scripted.get_by_paths().answer(Err(denied("prod/app/one of them")));
    let error = prefix.get_by_path("app").await.unwrap_err();
    assert_eq!(error.path(), Some("app/one of them"));
    scripted.paths_exist().answer(fail(ErrorKind::Unavailable));
    assert_eq!(prefix.path_exists("a").await.unwrap_err().path(), None);
}

#[tokio::test]
async fn the_length_of_the_whole_counts() {
    let prefix = prefix();
    let fits = "x".repeat(MAX_PATH_BYTES - "prod/".len());
    assert_eq!(kind(&prefix.get(&fits).await), ErrorKind::NotFound);
    assert_eq!(kind(&prefix.get(&format!("{fits}x")).await), ErrorKind::InvalidPath);
}

#[test]
fn a_prefix_ends_in_a_separator_or_is_empty() {
    let refused = Prefix::new(Memory::new(), "prod").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidConfig);
    assert_eq!(refused.action(), "let it end in one of ['/']");
    assert!(Prefix::new(Memory::new(), "").is_ok());
}

#[test]
fn the_address_tells_the_prefix() {
    assert_eq!(prefix().info().address(), r#"memory, below "prod/""#);
}

#[tokio::test]
async fn a_path_from_elsewhere_is_not_listed() {
    let scripted = Arc::new(Scripted::new());
    let prefix = Prefix::new(Arc::clone(&scripted), "prod/").unwrap();
    let found =
        [("prod/a".to_owned(), secret("v").unwrap()), ("b".to_owned(), secret("w").unwrap())];
    scripted.get_by_paths().answer(Ok(found.into()));
    assert!(prefix.get_by_path("").await.unwrap().keys().eq(["a"]));
}
