//! What the cases share: seeding, and assertions that never print a value.

use omnisecret_core::{ErrorKind, MAX_PATH_BYTES, Result, Secret, SecretProvider, SecretValue};

use crate::Harness;

/// A provider that holds these values at the paths for these names.
pub(super) async fn seeded<H: Harness, V: Into<SecretValue>>(
    harness: &H,
    seeds: impl IntoIterator<Item = (&str, V)> + Send,
) -> H::Provider {
    let seeds: Vec<_> =
        seeds.into_iter().map(|(name, value)| (harness.path(name), value.into())).collect();
    harness.seeded(&seeds).await
}

/// A provider that holds a text of its own at each of these paths, which are taken as they are.
pub(super) async fn seeded_at<H: Harness>(harness: &H, paths: &[String]) -> H::Provider {
    let seeds: Vec<_> = paths.iter().map(|path| (path.clone(), value_of(path))).collect();
    harness.seeded(&seeds).await
}

/// What [`seeded_at`] puts at this path: never the same for two paths.
pub(super) fn value_of(path: &str) -> SecretValue {
    SecretValue::text(format!("value of {path}"))
}

/// `count` paths in one folder, in no order, neither by name nor by number.
pub(super) fn many_paths<H: Harness>(harness: &H, count: usize) -> Vec<String> {
    (0..count).map(|n| harness.path(&format!("many/{}", (n * 37 + 11) % count))).collect()
}

/// A path that is one byte too long and has otherwise nothing wrong with it.
pub(super) fn too_long<H: Harness>(harness: &H) -> String {
    let path = harness.path("app/x");
    let missing = (MAX_PATH_BYTES + 1).saturating_sub(path.len());
    path + &"x".repeat(missing)
}

#[track_caller]
pub(super) fn assert_value(answer: Result<Secret>, expected: &SecretValue, what: &str) {
    match answer {
        Ok(secret) => assert_same(secret.value(), expected, what),
        Err(error) => panic!("{what}: {error}"),
    }
}

#[track_caller]
pub(super) fn assert_same(value: &SecretValue, expected: &SecretValue, what: &str) {
    let kind = |value: &SecretValue| if value.is_text() { "text" } else { "binary" };
    assert_eq!(kind(value), kind(expected), "{what}: the kind of the value");
    assert!(
        value.ct_eq(expected),
        "{what}: another value than the one stored, of {} bytes instead of {}",
        value.expose_bytes().len(),
        expected.expose_bytes().len()
    );
}

#[track_caller]
pub(super) fn assert_kind<T>(answer: Result<T>, expected: ErrorKind, what: &str) {
    match answer {
        Ok(_) => panic!("{what}: succeeds instead of {expected}"),
        Err(error) => assert_eq!(error.kind(), expected, "{what}: {error}"),
    }
}

/// Asserts that nothing is read at this path: there is none, or there can be none.
pub(super) async fn assert_absent(provider: &impl SecretProvider, path: &str) {
    match provider.get(path).await {
        Ok(_) => panic!("get {path:?} finds a secret that was never stored there"),
        Err(error) => assert!(is_absence(error.kind()), "get {path:?}: {error}"),
    }
    match provider.path_exists(path).await {
        Ok(exists) => assert!(!exists, "{path:?} exists and was never stored"),
        Err(error) => assert!(is_absence(error.kind()), "path_exists {path:?}: {error}"),
    }
}

fn is_absence(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::InvalidPath)
}
