//! What a listing is: sorted, whole, and true to what `get` gives.

use omnisecret_core::{ListOptions, SecretProvider};

use super::support::{assert_same, assert_value, many_paths, seeded_at, value_of};
use crate::Harness;

/// A listing is sorted by the bytes of the path, and no path stands in it twice.
pub async fn list_is_sorted_without_duplicates<H: Harness>(harness: &H) {
    let paths = ["app/b", "app/a1", "app/a", "app/a/b", "app/B", "app/10", "app/9"]
        .map(|name| harness.path(name));
    let provider = seeded_at(harness, &paths).await;
    let listed = listed(&provider, "").await;
    let is_sorted = listed.is_sorted_by(|one, next| one < next);
    assert!(is_sorted, "not sorted, or with duplicates: {listed:?}");
    assert_eq!(listed.len(), paths.len(), "{listed:?}");
}

/// `list` and `get_by_path` give the same paths.
pub async fn list_and_get_by_path_agree<H: Harness>(harness: &H) {
    let paths = ["app/a", "app/db/user", "app/db/password", "other/b"].map(|n| harness.path(n));
    let provider = seeded_at(harness, &paths).await;
    for prefix in ["", &harness.path("app"), &harness.path("app/db"), &harness.path("other")] {
        let read: Vec<_> = by_path(&provider, prefix).await.into_keys().collect();
        assert_eq!(read, listed(&provider, prefix).await, "below {prefix:?}");
        assert!(!read.is_empty(), "below {prefix:?}");
    }
}

/// A listed path is one that `get` and `path_exists` accept as it is.
pub async fn what_is_listed_can_be_read<H: Harness>(harness: &H) {
    let paths = ["app/a", "app/db/user", "other/b"].map(|name| harness.path(name));
    let provider = seeded_at(harness, &paths).await;
    let listed = listed(&provider, "").await;
    assert_eq!(listed.len(), paths.len(), "{listed:?}");
    for path in listed {
        assert_value(provider.get(&path).await, &value_of(&path), &path);
        assert_eq!(provider.path_exists(&path).await.ok(), Some(true), "{path:?}");
    }
}

/// `get_by_path` gives each path the value that `get` gives it.
pub async fn get_by_path_gives_the_values_of_get<H: Harness>(harness: &H) {
    let paths = ["app/a", "app/b", "app/db/user"].map(|name| harness.path(name));
    let provider = seeded_at(harness, &paths).await;
    let secrets = by_path(&provider, &harness.path("app")).await;
    assert_eq!(secrets.len(), paths.len(), "secrets below the prefix");
    for (path, secret) in secrets {
        assert_same(secret.value(), &value_of(&path), &path);
        assert_value(provider.get(&path).await, secret.value(), &path);
    }
}

/// More secrets than any store gives in one page are all listed and read.
pub async fn list_goes_beyond_one_page<H: Harness>(harness: &H) {
    let paths = many_paths(harness, 120);
    let provider = seeded_at(harness, &paths).await;
    let prefix = harness.path("many");
    assert_eq!(listed(&provider, &prefix).await.len(), 120, "listed");
    let secrets = by_path(&provider, &prefix).await;
    assert_eq!(secrets.len(), 120, "read");
    for (path, secret) in secrets {
        assert_same(secret.value(), &value_of(&path), &path);
    }
}

async fn listed(provider: &impl SecretProvider, prefix: &str) -> Vec<String> {
    match provider.list(prefix, &ListOptions::default()).await {
        Ok(entries) => entries.into_iter().map(|entry| entry.path).collect(),
        Err(error) => panic!("list {prefix:?}: {error}"),
    }
}

async fn by_path(
    provider: &impl SecretProvider,
    prefix: &str,
) -> std::collections::BTreeMap<String, omnisecret_core::Secret> {
    match provider.get_by_path(prefix).await {
        Ok(secrets) => secrets,
        Err(error) => panic!("get_by_path {prefix:?}: {error}"),
    }
}
