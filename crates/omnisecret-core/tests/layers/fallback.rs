//! When the second provider is asked, and what is merged.

use std::sync::Arc;

use omnisecret_core::{
    Capabilities, ErrorKind, Fallback, GetOptions, ListOptions, Memory, ProviderInfo,
    SecretProvider, UpdateOptions, VersionSelector,
};
use omnisecret_testkit::Scripted;

use crate::{error, fail, kind, secret, text, version};

type Both = Fallback<Arc<Scripted>, Arc<Scripted>>;

fn scripted() -> (Both, Arc<Scripted>, Arc<Scripted>) {
    let (first, second) = (Arc::new(Scripted::new()), Arc::new(Scripted::new()));
    (Fallback::new(Arc::clone(&first), Arc::clone(&second)), first, second)
}

fn memories() -> Fallback<Memory, Memory> {
    let first = Memory::from_iter([("app/both", "first's"), ("app/first", "first's")]);
    let second = [("app/both", "older"), ("app/both", "second's"), ("app/second", "second's")];
    Fallback::new(first, Memory::from_iter(second))
}

#[tokio::test]
async fn what_is_not_found_in_the_first_comes_from_the_second() {
    let chain = memories();
    assert_eq!(text(&chain.get("app/both").await), "first's");
    assert_eq!(text(&chain.get("app/second").await), "second's");
    assert_eq!(kind(&chain.get("app/neither").await), ErrorKind::NotFound);
    assert!(chain.path_exists("app/second").await.unwrap());
    assert!(!chain.path_exists("app/neither").await.unwrap());
}

#[tokio::test]
async fn denied_does_not_fall_back() {
    only_not_found_goes_on(&[ErrorKind::PermissionDenied, ErrorKind::Unauthenticated]).await;
}

#[tokio::test]
async fn down_does_not_fall_back() {
    only_not_found_goes_on(&[ErrorKind::Unavailable, ErrorKind::Timeout, ErrorKind::Throttled])
        .await;
}

async fn only_not_found_goes_on(kinds: &[ErrorKind]) {
    for expected in kinds.iter().copied() {
        let (chain, first, second) = scripted();
        first.gets().answer(fail(expected));
        first.get_by_paths().answer(fail(expected));
        first.lists().answer(fail(expected));
        first.paths_exist().answer(fail(expected));
        assert_eq!(kind(&chain.get("a").await), expected);
        assert_eq!(kind(&chain.get_by_path("a").await), expected);
        assert_eq!(kind(&chain.list("a", &ListOptions::default()).await), expected);
        assert_eq!(kind(&chain.path_exists("a").await), expected);
        assert!(second.calls().is_empty(), "{expected}");
    }
}

#[tokio::test]
async fn an_error_of_the_second_is_told() {
    let (chain, first, second) = scripted();
    first.gets().answer(fail(ErrorKind::NotFound));
    second.gets().answer(Err(error(ErrorKind::PermissionDenied).with_context("second", "get")));
    assert_eq!(chain.get("a").await.unwrap_err().provider(), Some("second"));
}

#[tokio::test]
async fn get_many_asks_the_second_only_for_what_is_missing() {
    let (chain, first, second) = scripted();
    first.get_manys().answer(vec![
        fail(ErrorKind::NotFound),
        secret("first's"),
        fail(ErrorKind::Unavailable),
        fail(ErrorKind::NotFound),
    ]);
    second.get_manys().answer(vec![secret("second's"), fail(ErrorKind::NotFound)]);
    let answers = chain.get_many(&["a", "b", "c", "d"], &GetOptions::default()).await;
    assert_eq!((text(&answers[0]), text(&answers[1])), ("second's", "first's"));
    assert_eq!(kind(&answers[2]), ErrorKind::Unavailable);
    assert_eq!(kind(&answers[3]), ErrorKind::NotFound);
    assert_eq!(second.calls()[0].paths, ["a", "d"]);
}

#[tokio::test]
async fn a_version_that_the_first_does_not_have_is_not_the_seconds() {
    let chain = memories();
    let newer = version("2");
    assert_eq!(kind(&chain.get_with("app/both", &newer).await), ErrorKind::NotFound);
    let previous = VersionSelector::Stage("previous".into());
    let previous = GetOptions::default().with_version(previous);
    assert_eq!(kind(&chain.get_with("app/both", &previous).await), ErrorKind::NotFound);
    assert_eq!(kind(&chain.get_many(&["app/both"], &newer).await[0]), ErrorKind::NotFound);

    let oldest = version("1");
    assert_eq!(text(&chain.get_with("app/second", &oldest).await), "second's");
    assert_eq!(text(&chain.get_many(&["app/second"], &oldest).await[0]), "second's");
}

#[tokio::test]
async fn listings_are_merged_and_the_first_wins() {
    let chain = memories();
    let below = chain.get_by_path("app").await.unwrap();
    let below: Vec<_> =
        below.iter().map(|(path, secret)| (&**path, secret.expose_str().unwrap())).collect();
    assert_eq!(
        below,
        [("app/both", "first's"), ("app/first", "first's"), ("app/second", "second's")]
    );
    let entries = chain.list("app", &ListOptions::default()).await.unwrap();
    let entries: Vec<_> =
        entries.iter().map(|entry| (&*entry.path, entry.meta.version.as_deref())).collect();
    assert_eq!(
        entries,
        [("app/both", Some("1")), ("app/first", Some("1")), ("app/second", Some("1"))]
    );
}

#[tokio::test]
async fn an_update_goes_to_the_first_alone() {
    let chain = memories();
    let update = chain.update("app/second", &"new".into()).await;
    assert_eq!(kind(&update), ErrorKind::NotFound);
    assert_eq!(text(&chain.second().get("app/second").await), "second's");

    let create = UpdateOptions::default().with_create_missing(true);
    chain.update_with("app/second", &"new".into(), &create).await.unwrap();
    assert_eq!(text(&chain.get("app/second").await), "new");
    assert_eq!(text(&chain.first().get("app/second").await), "new");
}

#[tokio::test]
async fn it_can_do_what_takes_both_and_what_takes_the_first() {
    let all = Scripted::new().info().capabilities();
    let mut reads = Capabilities::NONE;
    reads.version_id = true;
    let both = |first, second| {
        let scripted = |capabilities| {
            Scripted::with_info(ProviderInfo::new("test.scripted", "there", capabilities))
        };
        Fallback::new(scripted(first), scripted(second))
    };
    let declared = |first, second| {
        let capabilities = both(first, second).info().capabilities();
        capabilities.iter().filter(|(_, has)| *has).map(|(name, _)| name).collect::<Vec<_>>()
    };
    let expected = ["update", "create", "binary", "version_id", "idempotent_update"];
    assert_eq!(declared(all, reads), expected);
    assert_eq!(declared(reads, all), ["version_id"]);

    // The first alone could have.
    let chain = both(all, Capabilities::NONE);
    assert_eq!(kind(&chain.get_with("a", &version("1")).await), ErrorKind::Unsupported);
    assert_eq!(kind(&chain.get_many(&["a"], &version("1")).await[0]), ErrorKind::Unsupported);
    assert_eq!(kind(&chain.list("", &ListOptions::default()).await), ErrorKind::Unsupported);
    assert!(chain.first().calls().is_empty());
}

#[test]
fn the_address_names_both() {
    assert_eq!(memories().info().address(), "memory, then memory memory");
    assert_eq!(memories().info().id(), "memory");
}

#[tokio::test]
async fn three_are_a_chain_in_a_chain() {
    let one = |path| Memory::from_iter([(path, path)]);
    let chain = Fallback::new(one("a"), Fallback::new(one("b"), one("c")));
    for path in ["a", "b", "c"] {
        assert_eq!(text(&chain.get(path).await), path);
    }
}
