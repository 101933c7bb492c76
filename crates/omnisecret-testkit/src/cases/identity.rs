//! What a provider says about itself, and what its errors say about where they arose.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use omnisecret_core::{
    Error, GetOptions, ListOptions, Result, Secret, SecretProvider, SecretValue, UpdateOptions,
};

use super::support::{assert_value, seeded};
use crate::Harness;
use crate::canary::leaks_of;

/// The capabilities in the list of [`conformance!`](crate::conformance) are those that the
/// provider declares, no more and no less: a wrong list would ignore the wrong cases.
pub async fn declared_capabilities<H: Harness>(harness: &H, declared: &[&str]) {
    let capabilities = harness.seeded(&[]).await.info().capabilities();
    for (name, is_declared) in capabilities.iter() {
        let is_listed = declared.contains(&name);
        assert_eq!(is_listed, is_declared, "`{name}`: in the list, and in info().capabilities()");
    }
}

/// The id is `vendor.service`, or one such word, in lower case.
pub async fn id_is_vendor_and_service_in_lower_case<H: Harness>(harness: &H) {
    let provider = harness.seeded(&[]).await;
    let id = provider.info().id();
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
    };
    assert!(id.split('.').all(is_part), "the id {id:?} is not like vendor.service");
}

/// The address tells where the provider reads, and nothing that it authenticates with.
pub async fn address_holds_no_credential<H: Harness>(harness: &H) {
    let provider = harness.seeded(&[]).await;
    let address = provider.info().address();
    assert_ne!(address, "", "the address");
    for credential in harness.credentials() {
        assert_eq!(
            leaks_of(credential.expose_bytes(), address),
            None,
            "a credential in the address"
        );
    }
    // What a harness without credentials would miss.
    let authority =
        address.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or(rest));
    assert!(!authority.contains('@'), "the address has a user part");
    let lower = address.to_lowercase();
    for name in ["password=", "token=", "secret=", "signature=", "key="] {
        assert!(!lower.contains(name), "the address has a parameter {name:?}");
    }
}

/// The error of a read names the provider, the operation and the path.
pub async fn error_names_provider_operation_and_path<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "value")]).await;
    let missing = harness.path("app/missing");
    assert_named(provider.info().id(), "get", &missing, failed(provider.get(&missing).await));
    for answer in provider.get_many(&[&missing], &GetOptions::default()).await {
        let error = failed(answer);
        assert_eq!(error.path(), Some(&*missing), "the path in the error of get_many");
        assert_eq!(error.provider(), Some(provider.info().id()), "the provider in it");
    }
}

/// The error of a write names the provider, the operation and the path.
pub async fn failed_update_names_provider_operation_and_path<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "value")]).await;
    let missing = harness.path("app/missing");
    let error = failed(provider.update(&missing, &"new".into()).await);
    assert_named(provider.info().id(), "update", &missing, error);
}

/// A control character of a path is escaped in an error: a name cannot write to a terminal, nor
/// forge a line of a log.
pub async fn errors_escape_names<H: Harness>(harness: &H) {
    let provider = seeded(harness, [("app/key", "value")]).await;
    for name in ["app/line\nbreak", "app/\u{1b}[31mred", "app/\r\u{7}\u{9b}bell"] {
        let error = failed(provider.get(&harness.path(name)).await);
        for text in [error.to_string(), error.message().to_owned(), format!("{error:?}")] {
            let is_raw = text.contains(char::is_control);
            assert!(!is_raw, "a control character in {text:?}");
        }
    }
}

/// Behind an `Arc`, a `Box` or a `dyn` the provider does what it does directly. One that overrides
/// `get`, `get_by_path` or `update`, against their documentation, does not.
pub async fn pointers_to_the_provider_behave_alike<H: Harness>(harness: &H) {
    let provider = Arc::new(seeded(harness, [("app/key", "value"), ("app/other", "other")]).await);
    let direct = behaviour(harness, &*provider).await;
    let shared: Arc<dyn SecretProvider> = provider.clone();
    let boxed: Box<dyn SecretProvider> = Box::new(Arc::clone(&shared));
    assert_eq!(behaviour(harness, &provider).await, direct, "behind Arc<P>");
    assert_eq!(behaviour(harness, &shared).await, direct, "behind Arc<dyn SecretProvider>");
    assert_eq!(behaviour(harness, &boxed).await, direct, "behind Box<dyn SecretProvider>");
    assert_eq!(provider.info(), boxed.info(), "info");

    let path = harness.path("app/key");
    assert_value(provider.get(&path).await, &"value".into(), "get, directly");
    assert_value(boxed.get(&path).await, &"value".into(), "get, behind the pointers");
}

/// What the provider does, to compare: the lengths of values, not the values, and the kinds of
/// errors, whose messages may hold what is new with each call.
async fn behaviour<H: Harness>(harness: &H, provider: &impl SecretProvider) -> Vec<String> {
    let [key, missing, app] = ["app/key", "app/missing", "app"].map(|name| harness.path(name));
    let (options, value) = (GetOptions::default(), SecretValue::text("new"));
    let (list, update) = (ListOptions::default(), UpdateOptions::default());
    let length = |secret: Secret| secret.expose_bytes().len();
    let below = |secrets: BTreeMap<String, Secret>| {
        secrets.into_iter().map(|(path, secret)| (path, length(secret))).collect::<Vec<_>>()
    };
    let many = provider.get_many(&[&missing, &key], &options).await;
    let mut seen: Vec<_> = many.into_iter().map(|one| outcome(one.map(length))).collect();
    seen.extend([
        outcome(provider.get(&key).await.map(length)),
        outcome(provider.get_with(&key, &options).await.map(length)),
        outcome(provider.get(&missing).await.map(length)),
        outcome(provider.get_by_path(&app).await.map(below)),
        outcome(provider.get_by_path_with(&app, &list).await.map(below)),
        outcome(provider.list(&app, &list).await.map(|entries| entries.len())),
        outcome(provider.path_exists(&key).await),
        outcome(provider.update(&missing, &value).await),
        outcome(provider.update_with(&missing, &value, &update).await),
    ]);
    seen
}

fn outcome<T: Debug>(answer: Result<T>) -> String {
    answer.map_or_else(|error| error.kind().to_string(), |value| format!("{value:?}"))
}

#[track_caller]
fn failed<T>(answer: Result<T>) -> Error {
    answer.err().expect("what is not there cannot succeed")
}

#[track_caller]
fn assert_named(id: &str, operation: &str, path: &str, error: Error) {
    assert_eq!(error.provider(), Some(id), "the provider in the error");
    assert_eq!(error.operation(), Some(operation), "the operation in the error");
    assert_eq!(error.path(), Some(path), "the path in the error");
}
