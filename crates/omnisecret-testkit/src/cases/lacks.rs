//! What a provider does not declare is refused: `Unsupported`, not ignored, and nothing is changed.

use omnisecret_core::{
    ErrorKind, GetOptions, ListOptions, SecretProvider, SecretValue, UpdateOptions, VersionSelector,
};

use super::support::{assert_kind, assert_value, seeded};
use crate::Harness;

/// Without `list` there is no listing, with or without values.
pub async fn listing_is_unsupported<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "value")]).await;
    for prefix in ["", &harness.path("app")] {
        let list = provider.list(prefix, &ListOptions::default()).await;
        assert_kind(list, ErrorKind::Unsupported, "list");
        let secrets = provider.get_by_path(prefix).await;
        assert_kind(secrets, ErrorKind::Unsupported, "get_by_path");
    }
}

/// Without `update` nothing is written, whether it is there or not.
pub async fn updating_is_unsupported<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "value")]).await;
    let (path, missing) = (harness.path("app/key"), harness.path("app/missing"));
    let new = SecretValue::text("new");
    for path in [&path, &missing] {
        assert_kind(provider.update(path, &new).await, ErrorKind::Unsupported, "update");
    }
    let options = UpdateOptions::default().with_create_missing(true);
    let created = provider.update_with(&missing, &new, &options).await;
    assert_kind(created, ErrorKind::Unsupported, "update with create_missing");
    assert_value(provider.get(&path).await, &"value".into(), "after the refusal");
}

/// Without `create` the option is refused, even where there is nothing to create.
pub async fn creating_is_unsupported<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "value")]).await;
    let options = UpdateOptions::default().with_create_missing(true);
    for path in [harness.path("app/missing"), harness.path("app/key")] {
        let created = provider.update_with(&path, &"new".into(), &options).await;
        assert_kind(created, ErrorKind::Unsupported, "update with create_missing");
    }
    let kept = provider.get(&harness.path("app/key")).await;
    assert_value(kept, &"value".into(), "after the refusal");
}

/// Without `binary` a binary value is `InvalidValue`: not written as some text or other.
pub async fn binary_is_refused<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "value")]).await;
    let path = harness.path("app/key");
    for value in [SecretValue::binary([0xff, 0]), SecretValue::binary(*b"plain")] {
        let update = provider.update(&path, &value).await;
        assert_kind(update, ErrorKind::InvalidValue, "update with a binary value");
    }
    assert_value(provider.get(&path).await, &"value".into(), "after the refusal");
}

/// Without `version_id` an identifier is refused, not ignored.
pub async fn reading_by_version_id_is_unsupported<H: Harness>(harness: &H) {
    let version = VersionSelector::Id("1".to_owned());
    refused(harness, &GetOptions::default().with_version(version)).await;
}

/// Without `version_stage` a stage is refused, not ignored.
pub async fn reading_by_stage_is_unsupported<H: Harness>(harness: &H) {
    let version = VersionSelector::Stage(H::STAGES[0].to_owned());
    refused(harness, &GetOptions::default().with_version(version)).await;
}

/// Without `without_decrypt` the value is not given in the clear to one who asked for less.
pub async fn reading_without_decrypting_is_unsupported<H: Harness>(harness: &H) {
    refused(harness, &GetOptions::default().with_decrypt(false)).await;
    let provider = seeded(harness, [("app/key", "value")]).await;
    let options = ListOptions::default().with_decrypt(false);
    let listed = provider.get_by_path_with(&harness.path("app"), &options).await;
    assert_kind(listed, ErrorKind::Unsupported, "get_by_path_with");
}

/// Without `idempotent_update` a token is refused, not ignored: who sends one repeats.
pub async fn updating_with_a_token_is_unsupported<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "value")]).await;
    let path = harness.path("app/key");
    let options = UpdateOptions::default().with_idempotency_token("0".repeat(32));
    let update = provider.update_with(&path, &"new".into(), &options).await;
    assert_kind(update, ErrorKind::Unsupported, "update with a token");
    assert_value(provider.get(&path).await, &"value".into(), "after the refusal");
}

async fn refused<H: Harness>(harness: &H, options: &GetOptions) {
    let provider = seeded(harness, [("app/key", "value")]).await;
    let path = harness.path("app/key");
    assert_kind(provider.get_with(&path, options).await, ErrorKind::Unsupported, "get_with");
    let answers = provider.get_many(&[&path], options).await;
    assert_eq!(answers.len(), 1, "answers of get_many");
    for answer in answers {
        assert_kind(answer, ErrorKind::Unsupported, "get_many");
    }
}
