//! What `update` does. Each case reads first, so that it catches a cache that forgets to forget.

use omnisecret_core::{
    ErrorKind, GetOptions, ListOptions, SecretProvider, SecretValue, UpdateOptions,
};

use super::support::{assert_kind, assert_same, assert_value, seeded};
use crate::Harness;

/// After an update `get` gives the new value.
pub async fn update_replaces_the_value<H: Harness>(harness: &H) {
    replaced(harness, "old".into(), &["new".into(), "newer".into(), "old".into()]).await;
}

/// Text that is written comes back as text, to the byte.
pub async fn update_keeps_text_text<H: Harness>(harness: &H) {
    let texts = ["12345", "null", " 42 ", "line\n", "pässwörd", "{ \"a\" : 1 }"];
    replaced(harness, "old".into(), &texts.map(SecretValue::text)).await;
}

/// Binary that is written comes back as binary, over text and over binary.
pub async fn update_keeps_binary_binary<H: Harness>(harness: &H) {
    let values = [SecretValue::binary([0xff, 0, 0x80]), SecretValue::binary([0xfe; 100])];
    replaced(harness, SecretValue::binary([0x80]), &values).await;
    replaced(harness, "text".into(), &values).await;
}

/// The empty value can be written, and is not taken for a deletion.
pub async fn update_to_the_empty_value_is_kept<H: Harness>(harness: &H) {
    replaced(harness, "old".into(), &["".into()]).await;
}

/// Writing the value that is there already succeeds.
pub async fn update_to_the_same_value_succeeds<H: Harness>(harness: &H) {
    replaced(harness, "same".into(), &["same".into(), "same".into()]).await;
}

/// An update of one path changes no other.
pub async fn update_leaves_the_neighbours_alone<H: Harness>(harness: &H) {
    let neighbours = ["app/a", "app/key/below", "app/key2", "other/key"];
    let names = neighbours.into_iter().chain(["app/key"]);
    let provider = seeded(harness, names.map(|name| (name, name))).await;
    provider.update(&harness.path("app/key"), &"new".into()).await.expect("an update");
    for name in neighbours {
        assert_value(provider.get(&harness.path(name)).await, &name.into(), name);
    }
}

/// Without `create_missing` an update creates nothing, neither the secret nor a trace of it.
pub async fn update_of_a_missing_path_is_not_found_and_creates_nothing<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/a", "value")]).await;
    let missing = harness.path("app/missing");
    assert_kind(provider.get(&missing).await, ErrorKind::NotFound, "before the update");
    assert_kind(provider.update(&missing, &"new".into()).await, ErrorKind::NotFound, "the update");
    assert_kind(provider.get(&missing).await, ErrorKind::NotFound, "after the update");
    assert_eq!(provider.path_exists(&missing).await.ok(), Some(false), "path_exists after it");
}

/// After an update every way of reading gives the new value, though each gave the old one before.
pub async fn update_shows_in_every_way_of_reading<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "old")]).await;
    let path = harness.path("app/key");
    assert_everywhere(harness, &provider, &path, "old").await;
    provider.update(&path, &"new".into()).await.expect("an update");
    assert_everywhere(harness, &provider, &path, "new").await;
}

/// With `create_missing` an update creates the secret, even right after it was found missing.
pub async fn create_missing_creates<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/a", "value")]).await;
    let path = harness.path("app/new");
    assert_kind(provider.get(&path).await, ErrorKind::NotFound, "before");
    assert_eq!(provider.path_exists(&path).await.ok(), Some(false), "path_exists before");

    provider.update_with(&path, &"created".into(), &create()).await.expect("a creation");
    assert_value(provider.get(&path).await, &"created".into(), "after");
    assert_eq!(provider.path_exists(&path).await.ok(), Some(true), "path_exists after");
    assert_value(provider.get(&harness.path("app/a")).await, &"value".into(), "the neighbour");
}

/// `create_missing` allows a creation, it does not ask for one: what is there is replaced.
pub async fn create_missing_replaces_what_is_there<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "old")]).await;
    let path = harness.path("app/key");
    assert_value(provider.get(&path).await, &"old".into(), "before");
    provider.update_with(&path, &"new".into(), &create()).await.expect("an update");
    assert_value(provider.get(&path).await, &"new".into(), "after");
}

/// A secret that was created shows in a listing that was made before.
pub async fn created_secret_is_listed<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/a", "value")]).await;
    let paths = ["app/a", "app/new"].map(|name| harness.path(name));
    for (expected, is_before) in [(&paths[..1], true), (&paths[..], false)] {
        let entries = provider.list(&harness.path("app"), &ListOptions::default()).await;
        let entries = entries.expect("a listing");
        let listed: Vec<_> = entries.into_iter().map(|entry| entry.path).collect();
        assert_eq!(listed, expected, "before the creation: {is_before}");
        if is_before {
            let created = provider.update_with(&paths[1], &"created".into(), &create()).await;
            created.expect("a creation");
        }
    }
}

/// An update that is told again with its token, because its answer was lost, makes no second
/// version, and tells the first.
pub async fn repeated_update_with_one_token_is_kept_once<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "old")]).await;
    kept_once(harness, &provider, "app/key", UpdateOptions::default()).await;
}

/// As an update, so a creation.
pub async fn repeated_creation_with_one_token_is_kept_once<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/a", "value")]).await;
    kept_once(harness, &provider, "app/new", create()).await;
}

async fn kept_once<H: Harness>(
    harness: &H,
    provider: &H::Provider,
    name: &str,
    options: UpdateOptions,
) {
    const TOKENS: [&str; 2] =
        ["00000000000000000000000000000001", "00000000000000000000000000000002"];

    let path = harness.path(name);
    let mut versions = Vec::new();
    for token in [TOKENS[0], TOKENS[0], TOKENS[1]] {
        let options = options.clone().with_idempotency_token(token);
        let meta = provider.update_with(&path, &"new".into(), &options).await.expect("an update");
        versions.push(meta.version.expect("a store with tokens tells the version"));
    }
    assert_eq!(versions[0], versions[1], "the version of one update, told twice");
    assert_ne!(versions[1], versions[2], "the versions of two updates");
    assert_value(provider.get(&path).await, &"new".into(), "after the updates");
}

fn create() -> UpdateOptions {
    UpdateOptions::default().with_create_missing(true)
}

/// Writes the values one after another, each over the one before, and reads each back.
async fn replaced<H: Harness>(harness: &H, before: SecretValue, values: &[SecretValue]) {
    let provider = seeded(harness, [("app/key", before.clone())]).await;
    let path = harness.path("app/key");
    assert_value(provider.get(&path).await, &before, "before the update");
    for value in values {
        if let Err(error) = provider.update(&path, value).await {
            panic!("the update fails: {error}");
        }
        assert_value(provider.get(&path).await, value, "after the update");
    }
}

async fn assert_everywhere<H: Harness>(
    harness: &H,
    provider: &H::Provider,
    path: &str,
    expected: &str,
) {
    let expected = SecretValue::text(expected);
    assert_value(provider.get(path).await, &expected, "get");
    for answer in provider.get_many(&[path], &GetOptions::default()).await {
        assert_value(answer, &expected, "get_many");
    }
    for prefix in ["", &harness.path("app")] {
        let secrets = provider.get_by_path(prefix).await.expect("a listing");
        let secret = secrets.get(path).expect("the secret is below the prefix");
        assert_same(secret.value(), &expected, "get_by_path");
    }
}
