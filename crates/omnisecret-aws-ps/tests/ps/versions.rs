//! Versions, labels, ARNs, and what an answer tells.

use std::time::{Duration, UNIX_EPOCH};

use omnisecret_aws_testkit::Answer;
use omnisecret_core::{ErrorKind, GetOptions, SecretProvider, VersionSelector};
use serde_json::json;

use crate::store::arn;
use crate::support::{text, with};

#[tokio::test]
async fn a_version_and_a_label_may_stand_in_the_path_or_in_the_options() {
    let (store, provider) = with(&[("/a", "old"), ("/a", "new")]).await;
    let id = |id: &str| GetOptions::default().with_version(VersionSelector::Id(id.to_owned()));
    let stage =
        |it: &str| GetOptions::default().with_version(VersionSelector::Stage(it.to_owned()));
    assert_eq!(text(provider.get("/a:1").await).unwrap(), "old");
    assert_eq!(text(provider.get("/a:previous").await).unwrap(), "old");
    assert_eq!(text(provider.get_with("/a", &id("1")).await).unwrap(), "old");
    assert_eq!(text(provider.get_with("/a", &stage("current")).await).unwrap(), "new");
    let asked: Vec<_> =
        store.server.requests().iter().map(|it| it.text("Name").to_owned()).collect();
    assert_eq!(asked, ["/a:1", "/a:previous", "/a:1", "/a:current"]);

    let error = provider.get_with("/a:1", &id("2")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPath, "{error}");
    // "1" is a version, so it is no label: the store is not asked for it as one.
    let error = provider.get_with("/a", &stage("1")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert_eq!(store.server.requests().len(), 4);
}

#[tokio::test]
async fn an_answer_tells_version_label_time_and_arn() {
    let (_store, provider) = with(&[("/a", "old"), ("/a", "new")]).await;
    let secret = provider.get("/a").await.unwrap();
    let meta = secret.meta();
    assert_eq!(meta.version.as_deref(), Some("2"));
    assert_eq!(meta.created, Some(UNIX_EPOCH + Duration::from_millis(1_795_568_523_500)));
    assert_eq!(meta.canonical.as_deref(), Some(&*arn("/a")));
    assert!(meta.stages.is_empty());
    let secret = provider.get("/a:previous").await.unwrap();
    assert_eq!(secret.meta().version.as_deref(), Some("1"));
    assert_eq!(secret.meta().stages, ["previous"]);
}

#[tokio::test]
async fn a_shared_parameter_is_read_by_its_arn() {
    let (store, provider) = with(&[("/shared/db", "old"), ("/shared/db", "new")]).await;
    let arn = arn("/shared/db");
    assert_eq!(text(provider.get(&arn).await).unwrap(), "new");
    assert_eq!(text(provider.get(&format!("{arn}:1")).await).unwrap(), "old");
    assert_eq!(store.server.requests()[0].text("Name"), arn);
    assert!(provider.path_exists(&arn).await.unwrap());
}

#[tokio::test]
async fn a_list_of_strings_is_one_text() {
    let (store, provider) = with(&[]).await;
    store.insert_as("/l", "a,b,c", serde_json::json!({"Type": "StringList"}));
    assert_eq!(text(provider.get("/l").await).unwrap(), "a,b,c");
}

#[tokio::test]
async fn a_parameter_without_a_value_is_no_empty_secret() {
    let (store, provider) = with(&[("/f/a", "1"), ("/f/b", "2")]).await;
    let empty = json!({"Name": "/f/a", "Version": 1});
    let list = json!({"Parameters": [empty]});
    for (operation, answer) in [
        ("GetParameter", json!({"Parameter": empty})),
        ("GetParameters", list.clone()),
        ("GetParametersByPath", list),
    ] {
        store.server.script(operation, Answer::json(answer));
    }
    let unexpected = Err("unexpected".to_owned());
    assert_eq!(text(provider.get("/f/a").await), unexpected);
    let many = provider.get_many(&["/f/a", "/f/b"], &GetOptions::default()).await;
    let many: Vec<_> = many.into_iter().map(text).collect();
    assert_eq!(many, [unexpected, Ok("2".to_owned())]);
    let error = provider.get_by_path("/f").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected, "{error}");
}
