//! Listings: cached as names, their values as single entries.

use std::collections::BTreeMap;
use std::time::Duration;

use omnisecret_core::{
    Error, ErrorKind, Freshness, GetOptions, ListOptions, Secret, SecretEntry, SecretMeta,
    SecretProvider, SecretValue,
};
use omnisecret_testkit::Operation;

use crate::{any, cached, secret, settle, text};

fn map(names: &[&str]) -> omnisecret_core::Result<BTreeMap<String, Secret>> {
    Ok(names.iter().map(|name| ((*name).to_owned(), secret(name).unwrap())).collect())
}

#[tokio::test]
async fn a_listing_is_asked_for_once_and_fills_single_entries() {
    let (cached, scripted, _) = cached();
    scripted.get_by_paths().answer(map(&["p/a", "p/b"]));
    for _ in 0..3 {
        assert_eq!(cached.get_by_path("p").await.unwrap().len(), 2);
    }
    assert_eq!(text(&cached.lookup("p/a", &any()).unwrap()), "p/a");
    assert_eq!(scripted.count(Operation::GetByPath), 1);
}

#[tokio::test]
async fn a_listing_shows_the_newer_value_of_a_single_entry() {
    let (cached, scripted, _) = cached();
    scripted.get_by_paths().answer(map(&["p/a"]));
    cached.get_by_path("p").await.unwrap();
    scripted.gets().answer(secret("newer"));
    cached.get_with("p/a", &crate::fetch()).await.unwrap();
    assert_eq!(text(&cached.get_by_path("p").await.unwrap()["p/a"]), "newer");
    assert_eq!(scripted.count(Operation::GetByPath), 1);
}

#[tokio::test]
async fn a_listing_with_a_value_missing_is_read_anew() {
    let (cached, scripted, clock) = cached();
    scripted.get_by_paths().answer(map(&["p/a", "p/b"]));
    cached.get_by_path("p").await.unwrap();
    scripted.gets().answer(Err(Error::new(ErrorKind::NotFound, "gone")));
    cached.get_with("p/a", &crate::fetch()).await.unwrap_err();
    clock.advance(Duration::from_secs(1));
    scripted.get_by_paths().answer(map(&["p/b"]));
    assert_eq!(cached.get_by_path("p").await.unwrap().len(), 1);
}

#[tokio::test]
async fn each_way_of_listing_is_a_listing_of_its_own() {
    let (cached, scripted, _) = cached();
    scripted.get_by_paths().answer(map(&["p/a", "p/q/b"]));
    scripted.get_by_paths().answer(map(&["p/a"]));
    assert_eq!(cached.get_by_path("p").await.unwrap().len(), 2);
    let flat = ListOptions::default().with_recursive(false);
    assert_eq!(cached.get_by_path_with("p", &flat).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_listed_without_decrypting_is_not_taken_for_the_values() {
    let (cached, scripted, _) = cached();
    scripted.get_by_paths().answer(map(&["p/a"]));
    scripted.get_by_paths().answer(map(&["p/a"]));
    scripted.gets().answer(Ok(Secret::new("plain", SecretMeta::default())));
    let sealed = ListOptions::default().with_decrypt(false);
    for _ in 0..2 {
        cached.get_by_path_with("p", &sealed).await.unwrap();
    }
    assert_eq!(scripted.count(Operation::GetByPath), 1);
    let raw = GetOptions::default().with_decrypt(false);
    assert!(cached.lookup("p/a", &raw).is_some());
    assert_eq!(cached.get("p/a").await.unwrap().expose_str().unwrap(), "plain");
    cached.get_by_path("p").await.unwrap();
    assert_eq!(scripted.count(Operation::GetByPath), 2);
}

#[tokio::test]
async fn names_are_listed_from_the_cache_too() {
    let (cached, scripted, clock) = cached();
    for _ in 0..3 {
        scripted.lists().answer(Ok(vec![SecretEntry::new("p/a", SecretMeta::default())]));
    }
    let options = ListOptions::default();
    for _ in 0..3 {
        assert_eq!(cached.list("p", &options).await.unwrap().len(), 1);
    }
    assert_eq!(scripted.count(Operation::List), 1);
    let fetch = options.clone().with_freshness(Freshness::Fetch);
    cached.list("p", &fetch).await.unwrap();
    clock.advance(Duration::from_secs(60));
    cached.list("p", &options).await.unwrap();
    assert_eq!(scripted.count(Operation::List), 3);
}

#[tokio::test]
async fn any_write_or_invalidation_drops_the_listings() {
    let (cached, scripted, _) = cached();
    for _ in 0..4 {
        scripted.get_by_paths().answer(map(&["p/a"]));
    }
    cached.get_by_path("p").await.unwrap();
    scripted.updates().answer(Ok(SecretMeta::default()));
    cached.update("elsewhere", &SecretValue::text("x")).await.unwrap();
    cached.get_by_path("p").await.unwrap();
    cached.invalidate("elsewhere");
    cached.get_by_path("p").await.unwrap();
    cached.invalidate_all();
    cached.get_by_path("p").await.unwrap();
    assert_eq!(scripted.count(Operation::GetByPath), 4);
}

#[tokio::test]
async fn a_slow_listing_from_before_an_update_brings_nothing_old_back() {
    let (cached, scripted, _) = cached();
    let slow = scripted.get_by_paths().hold(map(&["p/a"]));
    let listing = tokio::spawn({
        let cached = cached.clone();
        async move { cached.get_by_path("p").await }
    });
    scripted.reached(1).await;
    scripted.updates().answer(Ok(SecretMeta::default()));
    cached.update("p/a", &SecretValue::text("new")).await.unwrap();
    slow.release();
    listing.await.unwrap().unwrap();
    settle().await;
    assert!(cached.lookup("p/a", &any()).is_none());
}

#[tokio::test]
async fn a_cached_secret_exists_without_a_call() {
    let (cached, scripted, _) = cached();
    scripted.gets().answer(secret("v"));
    cached.get("a").await.unwrap();
    assert!(cached.path_exists("a").await.unwrap());
    scripted.paths_exist().answer(Ok(false));
    assert!(!cached.path_exists("b").await.unwrap());
    assert_eq!(scripted.count(Operation::PathExists), 1);
}

#[tokio::test]
async fn a_slow_listing_does_not_bring_back_what_was_read_anew_since() {
    let (cached, scripted, _) = cached();
    let old = BTreeMap::from([("a".to_owned(), secret("old").unwrap())]);
    let slow = scripted.get_by_paths().hold(Ok(old));
    let lister = tokio::spawn({
        let cached = cached.clone();
        async move { cached.get_by_path("").await }
    });
    scripted.reached(1).await;
    scripted.gets().answer(secret("new"));
    assert_eq!(text(&cached.get("a").await.unwrap()), "new");
    slow.release();
    lister.await.unwrap().unwrap();
    assert_eq!(text(&cached.get("a").await.unwrap()), "new");
}
