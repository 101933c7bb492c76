//! Many secrets: how few calls they take, and that each path gets its own answer.

use omnisecret_aws_testkit::Answer;
use omnisecret_core::{
    ErrorKind, GetOptions, Result, Secret, SecretProvider, SecretValue, VersionSelector,
};
use serde_json::json;

use crate::store::Store;
use crate::support::{Setup, value_of};

fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("many/{:03}", (n * 37 + 11) % count)).collect()
}

async fn setup_of(names: &[String]) -> Setup {
    Setup::of(&names.iter().map(String::as_str).collect::<Vec<_>>()).await
}

async fn get_many(setup: &Setup, paths: &[&str]) -> Vec<Result<Secret>> {
    setup.provider.get_many(paths, &GetOptions::default()).await
}

#[track_caller]
fn assert_values(answers: &[Result<Secret>], names: &[&str]) {
    assert_eq!(answers.len(), names.len());
    for (answer, name) in answers.iter().zip(names) {
        let secret = answer.as_ref().expect(name);
        assert!(secret.value().ct_eq(&value_of(name).into()), "{name}");
    }
}

#[tokio::test]
async fn a_hundred_secrets_take_five_batches() {
    let names = names(100);
    let setup = setup_of(&names).await;
    let paths: Vec<_> = names.iter().map(String::as_str).collect();
    assert_values(&get_many(&setup, &paths).await, &paths);
    setup.assert_calls(&[("BatchGetSecretValue", 5)]);
}

#[tokio::test]
async fn a_hundred_secrets_below_a_prefix_take_their_listing_and_five_batches() {
    let names = names(100);
    let setup = setup_of(&names).await;
    let secrets = setup.provider.get_by_path("many").await.expect("secrets");
    assert_eq!(secrets.len(), 100);
    for (name, secret) in secrets {
        assert!(secret.value().ct_eq(&value_of(&name).into()), "{name}");
    }
    // The first page of this server is an empty one.
    setup.assert_calls(&[("ListSecrets", 2), ("BatchGetSecretValue", 5)]);
}

#[tokio::test]
async fn one_path_takes_no_right_to_batches() {
    let setup = Setup::of(&["a"]).await;
    assert_values(&get_many(&setup, &["a", "a"]).await, &["a", "a"]);
    setup.assert_calls(&[("GetSecretValue", 1)]);
}

#[tokio::test]
async fn each_way_of_naming_a_secret_gets_its_answer() {
    let setup = Setup::of(&["prod/db", "prod/db2", "prod"]).await;
    let (arn, partial) = (Store::arn("prod/db"), Store::partial_arn("prod/db2"));
    let paths = [&*partial, "prod", &*arn, "prod/db", "prod/db2", "prod"];
    let of = ["prod/db2", "prod", "prod/db", "prod/db", "prod/db2", "prod"];
    assert_values(&get_many(&setup, &paths).await, &of);
    setup.assert_calls(&[("BatchGetSecretValue", 1)]);
}

#[tokio::test]
async fn each_path_gets_its_own_error() {
    let setup = Setup::of(&["a", "b", "gone"]).await;
    setup.store.schedule_deletion("gone");
    let missing = Store::partial_arn("missing");
    let answers = get_many(&setup, &["a", "missing", "with space", "gone", &missing, "b"]).await;
    let kinds: Vec<_> =
        answers.iter().map(|answer| answer.as_ref().map_err(|error| error.kind()).err()).collect();
    let not_found = Some(ErrorKind::NotFound);
    let expected = [None, not_found, Some(ErrorKind::InvalidPath), not_found, not_found, None];
    assert_eq!(kinds, expected);
    let error = answers[3].as_ref().expect_err("an error").to_string();
    assert_eq!(error, r#"aws.sm get "gone": the secret is scheduled for deletion (not_found)"#);
    setup.assert_calls(&[("BatchGetSecretValue", 1)]);
}

#[tokio::test]
async fn where_the_batch_is_denied_single_calls_do_it_and_it_is_not_asked_for_again() {
    let names = names(50);
    let setup = setup_of(&names).await;
    setup.store.deny(&["BatchGetSecretValue"]);
    let paths: Vec<_> = names.iter().map(String::as_str).collect();
    assert_values(&get_many(&setup, &paths).await, &paths);
    setup.assert_calls(&[("BatchGetSecretValue", 1), ("GetSecretValue", 50)]);

    setup.server.forget();
    assert_values(&get_many(&setup, &paths).await, &paths);
    setup.assert_calls(&[("GetSecretValue", 50)]);
}

#[tokio::test]
async fn a_caller_who_may_nothing_says_nothing_about_batches() {
    let setup = Setup::of(&["a", "b"]).await;
    setup.store.deny(&["BatchGetSecretValue", "GetSecretValue"]);
    for answer in get_many(&setup, &["a", "b"]).await {
        assert_eq!(answer.expect_err("an error").kind(), ErrorKind::PermissionDenied);
    }
    setup.store.deny(&[]);
    setup.server.forget();
    assert_values(&get_many(&setup, &["a", "b"]).await, &["a", "b"]);
    setup.assert_calls(&[("BatchGetSecretValue", 1)]);
}

#[tokio::test]
async fn a_batch_that_is_refused_for_one_path_is_asked_for_path_by_path() {
    let setup = Setup::of(&["a", "b"]).await;
    setup.server.script("BatchGetSecretValue", Answer::error(400, "InvalidParameterException"));
    assert_values(&get_many(&setup, &["a", "b"]).await, &["a", "b"]);
    setup.assert_calls(&[("BatchGetSecretValue", 1), ("GetSecretValue", 2)]);
}

#[tokio::test]
async fn what_a_batch_is_silent_about_is_asked_for_alone() {
    let setup = Setup::of(&["a", "b", "c"]).await;
    let only_b = json!({
        "SecretValues": [{
            "Name": "b", "ARN": Store::arn("b"), "VersionId": "v", "SecretString": value_of("b"),
        }],
    });
    setup.server.script("BatchGetSecretValue", Answer::json(only_b));
    assert_values(&get_many(&setup, &["a", "b", "c"]).await, &["a", "b", "c"]);
    setup.assert_calls(&[("BatchGetSecretValue", 1), ("GetSecretValue", 2)]);
}

#[tokio::test]
async fn a_throttled_batch_is_the_error_of_its_paths_alone() {
    let names = names(45);
    let setup = setup_of(&names).await;
    setup.server.script("BatchGetSecretValue", Answer::error(400, "ThrottlingException"));
    let mut paths: Vec<_> = names.iter().map(String::as_str).collect();
    paths.sort_unstable();
    let answers = get_many(&setup, &paths).await;
    for answer in &answers[..20] {
        let error = answer.as_ref().expect_err("an error");
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert!(error.is_retryable());
    }
    assert_values(&answers[20..], &paths[20..]);
    setup.assert_calls(&[("BatchGetSecretValue", 3)]);
}

#[tokio::test]
async fn versions_that_are_named_come_one_by_one() {
    let setup = Setup::of(&["a", "b"]).await;
    setup.store.insert("a", &SecretValue::text("newer"));
    setup.store.insert("b", &SecretValue::text("newer"));
    let options =
        GetOptions::default().with_version(VersionSelector::Stage("AWSPREVIOUS".to_owned()));
    let answers = setup.provider.get_many(&["b", "a", "b"], &options).await;
    assert_values(&answers, &["b", "a", "b"]);
    setup.assert_calls(&[("GetSecretValue", 2)]);
}
