//! No value shows where it was not asked for: in `Debug`, in errors, in logs, in listings.

use std::error::Error as StdError;
use std::fmt::{Debug, Write};

use omnisecret_core::{
    Error, GetOptions, KeyPath, ListOptions, SecretProvider, SecretValue, UpdateOptions,
    VersionSelector,
};

use super::support::{seeded, too_long};
use crate::canary::{CANARY, leaks, leaks_of};
use crate::{Harness, logs};

/// The provider, a secret, and a map of secrets show no value, and the provider no credential.
pub async fn debug_shows_no_value<H: Harness>(harness: &H) {
    let provider = seeded(harness, seeds()).await;
    let path = harness.path("app/canary");
    let secret = provider.get(&path).await.expect("the canary is there");
    let many = provider.get_many(&[&path], &GetOptions::default()).await;
    let below = provider.get_by_path(&harness.path("app")).await;
    let text = shown(&provider) + &shown(&secret) + &shown(&many) + &shown(&below);
    assert_silent(harness, &text, "Debug");
}

/// No error of a read shows a value, in its `Display`, its `Debug`, or its sources.
pub async fn errors_show_no_value<H: Harness>(harness: &H) {
    let provider = seeded(harness, seeds()).await;
    let text: String = failed_reads(harness, &provider).await.iter().map(told).collect();
    assert!(!text.is_empty(), "no read fails");
    assert_silent(harness, &text, "an error");
}

/// No error of a write shows the value that was to be written, nor the one that is there.
pub async fn failed_update_shows_no_value<H: Harness>(harness: &H) {
    let provider = seeded(harness, seeds()).await;
    let text: String = failed_writes(harness, &provider).await.iter().map(told).collect();
    assert!(!text.is_empty(), "no write fails");
    assert_silent(harness, &text, "an error");
}

/// Nothing that is logged at any level shows a value, whatever is done and whether it succeeds.
pub async fn logs_show_no_value<H: Harness>(harness: &H) {
    let ((), log) = logs::capture(|| async {
        let provider = seeded(harness, seeds()).await;
        let path = harness.path("app/canary");
        provider.get(&path).await.expect("the canary is there");
        provider.get_many(&[&path], &GetOptions::default()).await;
        // What is not supported has to fail as quietly as it would succeed.
        let _ = provider.path_exists(&path).await;
        let _ = provider.get_by_path("").await;
        let _ = provider.list("", &ListOptions::default()).await;
        let _ = provider.update(&path, &format!("{CANARY}2").into()).await;
        failed_reads(harness, &provider).await;
        failed_writes(harness, &provider).await;
    });
    assert_silent(harness, &log, "a log");
}

/// The entries of a listing show no value, not in their metadata either.
pub async fn list_shows_no_value<H: Harness>(harness: &H) {
    let provider = seeded(harness, seeds()).await;
    let entries = provider.list("", &ListOptions::default()).await.expect("a listing");
    assert_silent(harness, &shown(&entries), "a listing");
}

fn seeds() -> [(&'static str, SecretValue); 3] {
    [
        ("app/canary", CANARY.into()),
        ("app/json", format!("{{\"password\": {CANARY:?}, \"port\": {CANARY}").into()),
        ("app/plain", "plain".into()),
    ]
}

/// Every error that reading can be made to give, of the provider and of what is done with a value.
async fn failed_reads<H: Harness>(harness: &H, provider: &H::Provider) -> Vec<Error> {
    let [canary, json, missing, below] =
        ["app/canary", "app/json", "app/missing", "app/canary/below"].map(|n| harness.path(n));
    let long = too_long(harness);
    let options = [
        GetOptions::default(),
        GetOptions::default().with_version(VersionSelector::Id(H::UNKNOWN_VERSION.into())),
        GetOptions::default().with_version(VersionSelector::Stage("nosuchstage".into())),
    ];
    let mut errors = Vec::new();
    for options in &options {
        for path in [&canary, &json, &missing, &below, &long] {
            errors.extend(provider.get_with(path, options).await.err());
        }
        let many = provider.get_many(&[&canary, &missing, &long], options).await;
        errors.extend(many.into_iter().filter_map(Result::err));
    }
    errors.extend(provider.path_exists(&long).await.err());
    errors.extend(provider.get_by_path(&long).await.err());
    errors.extend(provider.list(&long, &ListOptions::default()).await.err());
    for path in [&canary, &json] {
        if let Ok(secret) = provider.get(path).await {
            errors.extend(secret.pick(&KeyPath::new(["password"])).err());
        }
    }
    errors
}

/// Every error that writing the canary can be made to give.
async fn failed_writes<H: Harness>(harness: &H, provider: &H::Provider) -> Vec<Error> {
    let [canary, missing] = ["app/canary", "app/missing"].map(|name| harness.path(name));
    let (text, bytes) = (SecretValue::text(CANARY), SecretValue::binary(CANARY.as_bytes()));
    let mut errors = Vec::new();
    for value in [&text, &bytes] {
        errors.extend(provider.update(&missing, value).await.err());
        errors.extend(provider.update(&too_long(harness), value).await.err());
        let options = UpdateOptions::default().with_create_missing(true);
        errors.extend(provider.update_with(&too_long(harness), value, &options).await.err());
    }
    errors.extend(provider.update(&canary, &bytes).await.err());
    errors
}

fn shown(value: &impl Debug) -> String {
    format!("{value:?}\n{value:#?}\n")
}

/// All that an error tells, its sources included.
fn told(error: &Error) -> String {
    // A plain mistake of the suite's own would pass for silence.
    assert_ne!(error.message(), "", "an error of kind {} says nothing", error.kind());
    let mut text = format!("{error}\n{}\n{}", error.action(), shown(error));
    let mut source = error.source();
    while let Some(error) = source {
        let _ = writeln!(text, "{error}\n{}", shown(&error));
        source = error.source();
    }
    text
}

#[track_caller]
fn assert_silent<H: Harness>(harness: &H, text: &str, place: &str) {
    if let Some(leak) = leaks(text) {
        panic!("{place} shows a value, {leak}");
    }
    for credential in harness.credentials() {
        if let Some(leak) = leaks_of(credential.expose_bytes(), text) {
            panic!("{place} shows a credential, {leak}");
        }
    }
}
