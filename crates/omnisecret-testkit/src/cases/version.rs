//! Reading a version that is named, by its identifier or by a stage.

use omnisecret_core::{
    ErrorKind, GetOptions, ListOptions, Result, Secret, SecretProvider, VersionSelector,
};

use super::support::{assert_kind, assert_value, seeded};
use crate::Harness;

/// The version that `get` tells is one that can be asked for, and gives the same value.
pub async fn current_version_is_readable_by_its_id<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "old"), ("app/key", "new")]).await;
    let path = harness.path("app/key");
    let id = version(provider.get(&path).await);
    let answer = provider.get_with(&path, &by_id(&id)).await;
    assert_value(answer.clone(), &"new".into(), "the current version by its id");
    assert_eq!(version(answer), id, "the version that the answer tells");
}

/// After an update the version before is still there under its own identifier.
pub async fn old_version_stays_readable_by_its_id<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "old")]).await;
    let path = harness.path("app/key");
    let old = version(provider.get(&path).await);
    provider.update(&path, &"new".into()).await.expect("an update");

    let answer = provider.get_with(&path, &by_id(&old)).await;
    assert_value(answer.clone(), &"old".into(), "the old version by its id");
    assert_eq!(version(answer), old, "the version that the answer tells");
    assert_value(provider.get(&path).await, &"new".into(), "the current version");
}

/// What `update` returns names the new version, the one that `get` then shows.
pub async fn update_tells_the_version_that_get_shows<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "old")]).await;
    let path = harness.path("app/key");
    let old = version(provider.get(&path).await);
    let meta = provider.update(&path, &"new".into()).await.expect("an update");
    let new = version(provider.get(&path).await);
    assert_eq!(meta.version.as_deref(), Some(&*new), "the version that update returns");
    assert_ne!(new, old, "the identifiers of two versions");
}

/// `get_many` tells the version that `get` tells: a batch is no reason to forget it.
pub async fn get_many_tells_the_version_that_get_tells<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "old"), ("app/key", "new")]).await;
    let path = harness.path("app/key");
    let id = version(provider.get(&path).await);
    for answer in provider.get_many(&[&path], &GetOptions::default()).await {
        assert_eq!(version(answer), id, "the version that get_many tells");
    }
}

/// An identifier that no version has is `NotFound`, not the current version.
pub async fn unknown_version_id_is_not_found<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "value")]).await;
    let path = harness.path("app/key");
    let options = by_id(H::UNKNOWN_VERSION);
    assert_kind(provider.get_with(&path, &options).await, ErrorKind::NotFound, "get");
    for answer in provider.get_many(&[&path], &options).await {
        assert_kind(answer, ErrorKind::NotFound, "get_many");
    }
}

/// One stage points at the current version and another at the one before.
pub async fn each_stage_names_its_version<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "old"), ("app/key", "new")]).await;
    let path = harness.path("app/key");
    for (stage, expected) in H::STAGES.into_iter().zip(["new", "old"]) {
        let answer = provider.get_with(&path, &by_stage(stage)).await;
        assert_value(answer, &expected.into(), &format!("get, stage {stage:?}"));
        for answer in provider.get_many(&[&path], &by_stage(stage)).await {
            assert_value(answer, &expected.into(), &format!("get_many, stage {stage:?}"));
        }
    }
}

/// A stage that points nowhere is `NotFound`, not the current version.
pub async fn unknown_stage_is_not_found<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "old"), ("app/key", "new")]).await;
    let answer = provider.get_with(&harness.path("app/key"), &by_stage("nosuchstage")).await;
    assert_kind(answer, ErrorKind::NotFound, "an unknown stage");
}

/// What is read without decrypting is something other than the value.
pub async fn reading_without_decrypting_hides_the_value<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "the plain value")]).await;
    let path = harness.path("app/key");
    let sealed = provider.get_with(&path, &GetOptions::default().with_decrypt(false)).await;
    let sealed = sealed.expect("an answer without decrypting");
    assert_hidden(&sealed);
    assert_value(provider.get(&path).await, &"the plain value".into(), "a decrypted read after it");
}

/// What a listing reads without decrypting is something other than the values, and does not pass
/// for them afterwards.
pub async fn listing_without_decrypting_hides_the_values<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "the plain value")]).await;
    let options = ListOptions::default().with_decrypt(false);
    let sealed = provider.get_by_path_with(&harness.path("app"), &options).await;
    for secret in sealed.expect("an answer without decrypting").values() {
        assert_hidden(secret);
    }
    let plain = provider.get_by_path(&harness.path("app")).await.expect("a decrypted listing");
    let plain = plain.get(&harness.path("app/key")).cloned().expect("the secret is listed");
    assert_value(Ok(plain), &"the plain value".into(), "a decrypted listing after it");
}

#[track_caller]
fn assert_hidden(secret: &Secret) {
    let shows = secret.expose_bytes().windows(15).any(|window| window == b"the plain value");
    assert!(!shows, "the value shows without decrypting");
}

fn by_id(id: &str) -> GetOptions {
    GetOptions::default().with_version(VersionSelector::Id(id.to_owned()))
}

fn by_stage(stage: &str) -> GetOptions {
    GetOptions::default().with_version(VersionSelector::Stage(stage.to_owned()))
}

#[track_caller]
fn version(answer: Result<Secret>) -> String {
    let secret = answer.expect("an answer");
    secret.meta().version.clone().expect("a provider with `version_id` tells the version")
}
