//! Secrets of Secrets Manager by reference.

use omnisecret_core::{ErrorKind, GetOptions, SecretProvider};

use crate::support::{text, with};

const AT: &str = "/aws/reference/secretsmanager";
const JSON: &str = r#"{"user": "u", "level1": {"level2": 3}, "list": [{"n": 1}, {}], "a b": "s"}"#;

#[tokio::test]
async fn a_plain_secret_is_one_call() {
    let (store, provider) = with(&[]).await;
    store.insert_secret("app/plain", "S3");
    let secret = provider.get(&format!("{AT}/app/plain")).await.unwrap();
    assert_eq!(secret.expose_str().unwrap(), "S3");
    assert_eq!(secret.meta().version, None);
    assert!(secret.meta().canonical.as_ref().unwrap().contains("secretsmanager"));
    assert_eq!(store.server.operations(), ["GetParameter"]);
}

#[tokio::test]
async fn the_rest_of_the_path_goes_down_the_keys() {
    for (path, value, calls) in [
        ("app/json", JSON, 1),
        ("app/json/user", "u", 2),
        ("app/json/a b", "s", 1),
        ("app/json/level1/level2", "3", 3),
        ("app/json/level1", r#"{"level2": 3}"#, 2),
    ] {
        let (store, provider) = with(&[]).await;
        store.insert_secret("app/json", JSON);
        let answer = provider.get(&format!("{AT}/{path}")).await;
        assert_eq!(text(answer).unwrap(), value, "{path}");
        assert_eq!(store.server.requests().len(), calls, "{path}");
    }
}

#[tokio::test]
async fn a_long_path_is_looked_for_in_tens() {
    let (store, provider) = with(&[]).await;
    store.insert_secret("app", r#"{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":"deep"}}}}}}}}}"#);
    let answer = provider.get(&format!("{AT}/app/a/b/c/d/e/f/g/h/i")).await;
    assert_eq!(text(answer).unwrap(), "deep");
    assert_eq!(store.server.operations(), ["GetParameter", "GetParameter", "GetParameters"]);
}

#[tokio::test]
async fn the_longest_name_wins() {
    let (store, provider) = with(&[]).await;
    for (name, value) in [("app", r#"{"x":{"y":{"z":"1"}}}"#), ("app/x", r#"{"y":{"z":"2"}}"#)] {
        store.insert_secret(name, value);
    }
    let answer = provider.get(&format!("{AT}/app/x/y/z")).await;
    assert_eq!(text(answer).unwrap(), "2");
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_what_is_no_json_has_no_keys() {
    let (store, provider) = with(&[]).await;
    store.insert_secret("app/json", JSON);
    store.insert_secret("app/plain", "S3");
    for (path, kind) in [
        ("app/json/nope", ErrorKind::NotFound),
        ("app/none", ErrorKind::NotFound),
        ("app/plain/key", ErrorKind::InvalidValue),
        ("", ErrorKind::InvalidPath),
    ] {
        let error = provider.get(&format!("{AT}/{path}")).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{path}: {error}");
    }
    assert!(provider.path_exists(&format!("{AT}/app/json/user")).await.unwrap());
    assert!(!provider.path_exists(&format!("{AT}/app/json/nope")).await.unwrap());
}

#[tokio::test]
async fn references_and_parameters_are_read_together() {
    let (store, provider) = with(&[("/a", "1"), ("/b", "2")]).await;
    store.insert_secret("app/json", JSON);
    let user = format!("{AT}/app/json/user");
    let asked = ["/a", &user, "/b", &user];
    let answers = provider.get_many(&asked, &GetOptions::default()).await;
    let values: Vec<_> = answers.into_iter().map(|answer| text(answer).unwrap()).collect();
    assert_eq!(values, ["1", "u", "2", "u"]);
    assert_eq!(store.server.count("GetParameters"), 1);
}

#[tokio::test]
async fn a_reference_is_neither_listed_nor_written() {
    let (store, provider) = with(&[]).await;
    let path = format!("{AT}/app/plain");
    store.insert_secret("app/plain", "S3");
    let error = provider.update(&path, &"new".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    let error = provider.get_by_path(&format!("{AT}/app")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert_eq!(store.server.requests().len(), 0);
}
