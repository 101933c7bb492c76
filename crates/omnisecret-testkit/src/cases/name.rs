//! Which paths there are: odd ones, ones that are alike, and ones that there can never be.

use omnisecret_core::{
    ErrorKind, GetOptions, ListOptions, MAX_PATH_BYTES, SecretProvider, SecretValue, UpdateOptions,
};

use super::support::{
    assert_absent, assert_kind, assert_value, seeded, seeded_at, too_long, value_of,
};
use crate::Harness;

/// Unusual names are found, each with its own value: none is trimmed, folded, composed or decoded.
pub async fn odd_names_are_found<H: Harness>(harness: &H) {
    assert!(!H::ODD_NAMES.is_empty(), "a harness without odd names skips this case");
    let paths: Vec<_> = H::ODD_NAMES.iter().map(|name| harness.path(name)).collect();
    let provider = seeded_at(harness, &paths).await;
    for path in &paths {
        assert_value(provider.get(path).await, &value_of(path), &format!("{path:?}"));
        let exists = provider.path_exists(path).await;
        assert!(matches!(exists, Ok(true)), "path_exists {path:?}: {exists:?}");
    }
}

/// `/a`, `a/` and `A` are not `a`: a path is taken as it is.
pub async fn paths_are_not_normalised<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/password", "value")]).await;
    let path = harness.path("app/password");
    let slash_toggled =
        path.strip_prefix('/').map_or_else(|| format!("/{path}"), ToOwned::to_owned);
    for other in [
        slash_toggled,
        format!("{path}/"),
        path.replace("app/", "app//"),
        path.replace("app/", "app/./"),
        path.replace("app/", "x/../app/"),
        path.to_uppercase(),
        path.replace("password", "%70assword"),
        format!(" {path}"),
        format!("{path} "),
        format!("{path}\n"),
        format!("{path}\0"),
    ] {
        // A harness's own mapping may have left nothing to replace.
        if other != path {
            assert_absent(&provider, &other).await;
        }
    }
    assert_value(provider.get(&path).await, &"value".into(), "the path itself");
}

/// A path of more than 4096 bytes is `InvalidPath` for every way of reading.
pub async fn too_long_path_is_invalid_path<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/password", "value")]).await;
    let long = too_long(harness);
    assert_eq!(long.len(), MAX_PATH_BYTES + 1, "the harness's own part of the path");

    assert_kind(provider.get(&long).await, ErrorKind::InvalidPath, "get");
    assert_kind(provider.path_exists(&long).await, ErrorKind::InvalidPath, "path_exists");
    for answer in provider.get_many(&[&long], &GetOptions::default()).await {
        assert_kind(answer, ErrorKind::InvalidPath, "get_many");
    }
}

/// A prefix of more than 4096 bytes is `InvalidPath`.
pub async fn too_long_prefix_is_invalid_path<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/password", "value")]).await;
    let long = too_long(harness);
    let list = provider.list(&long, &ListOptions::default()).await;
    assert_kind(list, ErrorKind::InvalidPath, "list");
    assert_kind(provider.get_by_path(&long).await, ErrorKind::InvalidPath, "get_by_path");
}

/// A path of more than 4096 bytes is `InvalidPath` for a write, whether it may create or not.
pub async fn too_long_path_is_invalid_path_for_update<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/password", "value")]).await;
    let long = too_long(harness);
    let create = provider.info().capabilities().create;
    let options = UpdateOptions::default().with_create_missing(create);
    let update = provider.update_with(&long, &SecretValue::text("new"), &options).await;
    assert_kind(update, ErrorKind::InvalidPath, "update");
}

/// A path that the provider can never have is `InvalidPath`, not `NotFound`.
pub async fn path_outside_the_grammar_is_invalid_path<H: Harness>(harness: &H) {
    let paths = H::INVALID_PATHS;
    assert!(!paths.is_empty(), "a harness that lists `grammar` gives INVALID_PATHS");
    let provider = seeded(harness, [("app/password", "value")]).await;
    for path in paths {
        assert_kind(provider.get(path).await, ErrorKind::InvalidPath, &format!("get {path:?}"));
        let exists = provider.path_exists(path).await;
        assert_kind(exists, ErrorKind::InvalidPath, &format!("path_exists {path:?}"));
    }
    let answers = provider.get_many(paths, &GetOptions::default()).await;
    assert_eq!(answers.len(), paths.len(), "answers of get_many");
    for (path, answer) in paths.iter().zip(answers) {
        assert_kind(answer, ErrorKind::InvalidPath, &format!("get_many {path:?}"));
    }
}
