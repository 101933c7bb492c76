//! Updates: of exactly one parameter, with all else of it kept.

use omnisecret_aws_testkit::Answer;
use omnisecret_core::{ErrorKind, Retry, SecretProvider, SecretValue, UpdateOptions};
use serde_json::{Value, json};

use crate::support::{text, with};

#[tokio::test]
async fn everything_but_the_value_is_kept() {
    let (store, provider) = with(&[]).await;
    let kept = json!({
        "Type": "SecureString", "KeyId": "alias/mykey", "Tier": "Advanced",
        "Description": "the password", "DataType": "text", "AllowedPattern": "^v[0-9]$",
        "Policies": [
            {"PolicyText": r#"{"Type":"Expiration","Version":"1.0"}"#, "PolicyType": "Expiration",
             "PolicyStatus": "Pending"},
            {"PolicyText": r#"{"Type":"NoChangeNotification"}"#,
             "PolicyType": "NoChangeNotification", "PolicyStatus": "Pending"},
        ],
    });
    store.insert_as("/prod/s", "v1", kept.clone());
    let meta = provider.update("/prod/s", &"v2".into()).await.unwrap();
    assert_eq!(meta.version.as_deref(), Some("2"));
    assert!(meta.canonical.unwrap().ends_with(":parameter/prod/s"));
    assert_eq!(store.server.operations(), ["DescribeParameters", "PutParameter"]);

    let put = &store.server.requests_for("PutParameter")[0].json;
    assert_eq!(put["Overwrite"], json!(true));
    let stored = store.get("/prod/s").unwrap();
    assert_eq!(stored.values, ["v1", "v2"]);
    let order = |policies: &Value| -> Vec<Value> {
        let policies = policies.as_array().cloned().unwrap_or_default();
        let texts = policies.iter().filter_map(|policy| policy["PolicyText"].as_str());
        texts.map(|text| serde_json::from_str(text).unwrap()).collect()
    };
    for (key, value) in kept.as_object().unwrap() {
        if key == "Policies" {
            assert_eq!(order(&stored.attributes[key]), order(value));
        } else {
            assert_eq!(stored.attributes[key], *value, "{key}");
        }
    }
}

#[tokio::test]
async fn what_a_parameter_does_not_have_is_not_sent() {
    let (store, provider) = with(&[]).await;
    store.insert_as("/a", "old", json!({"Type": "String", "Tier": "Standard"}));
    provider.update("/a", &"new".into()).await.unwrap();
    let put = store.server.requests_for("PutParameter")[0].json.clone();
    let sent: Vec<_> = put.as_object().unwrap().keys().cloned().collect();
    assert_eq!(sent, ["Name", "Overwrite", "Tier", "Type", "Value"]);
    assert_eq!(store.get("/a").unwrap().attributes["Type"], json!("String"));
}

#[tokio::test]
async fn a_parameter_whose_name_only_begins_so_is_never_overwritten() {
    let (store, provider) = with(&[("/prod/database", "keep-me")]).await;
    let error = provider.update("/prod/data", &"overwritten".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert_eq!(store.get("/prod/database").unwrap().values, ["keep-me"]);

    // A service with an inexact filter, as the old one was, changes nothing about it.
    let twin = json!({"Parameters": [{"Name": "/prod/database", "Version": 1, "Type": "String"}]});
    store.server.script("DescribeParameters", Answer::json(twin));
    let error = provider.update("/prod/data", &"overwritten".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert_eq!(store.server.count("PutParameter"), 0);

    let filter = &store.server.requests()[0].json["ParameterFilters"];
    assert_eq!(*filter, json!([{"Key": "Name", "Option": "Equals", "Values": ["/prod/data"]}]));
}

#[tokio::test]
async fn a_sibling_that_begins_alike_does_not_stand_in_the_way() {
    let (store, provider) = with(&[("/prod/db", "a"), ("/prod/db2", "b")]).await;
    provider.update("/prod/db", &"new".into()).await.unwrap();
    assert_eq!(store.get("/prod/db").unwrap().values, ["a", "new"]);
    assert_eq!(store.get("/prod/db2").unwrap().values, ["b"]);
}

#[tokio::test]
async fn a_new_parameter_is_encrypted_and_overwrites_nothing() {
    let (store, provider) = with(&[]).await;
    let options = UpdateOptions::default().with_create_missing(true);
    let meta = provider.update_with("/new", &"v".into(), &options).await.unwrap();
    assert_eq!(meta.version.as_deref(), Some("1"));
    let put = store.server.requests_for("PutParameter")[0].json.clone();
    assert_eq!(
        put,
        json!({"Name": "/new", "Value": "v", "Type": "SecureString", "Overwrite": false})
    );
    // Somebody else has made it since DescribeParameters.
    store.server.script("DescribeParameters", Answer::json(json!({"Parameters": []})));
    let error = provider.update_with("/new", &"mine".into(), &options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert_eq!(store.get("/new").unwrap().values, ["v"]);
}

#[tokio::test]
async fn an_empty_page_is_not_taken_for_a_missing_parameter() {
    let (store, provider) = with(&[("/a", "old")]).await;
    let empty = json!({"Parameters": [], "NextToken": "0"});
    store.server.script("DescribeParameters", Answer::json(empty));
    provider.update("/a", &"new".into()).await.unwrap();
    assert_eq!(store.server.count("DescribeParameters"), 2);
}

#[tokio::test]
async fn a_version_a_label_and_an_arn_are_not_written() {
    let (store, provider) = with(&[("/a", "old")]).await;
    let arn = crate::store::arn("/a");
    for path in ["/a:1", "/a:current", &arn, "/a/"] {
        let error = provider.update(path, &"new".into()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPath, "{path}: {error}");
    }
    assert_eq!(store.server.requests().len(), 0);
}

#[tokio::test]
async fn a_value_that_cannot_be_kept_is_told_with_what_to_do() {
    let (store, provider) = with(&[("/a", "old")]).await;
    store.insert_as("/v", "v1", json!({"Type": "String", "AllowedPattern": "^v[0-9]$"}));
    let long = SecretValue::text("x".repeat(4097));
    for (path, value, action) in [
        ("/a", long, "4 KB"),
        ("/a", SecretValue::text(""), ""),
        ("/a", SecretValue::binary(*b"bytes"), "base64"),
        ("/v", SecretValue::text("bad"), ""),
    ] {
        let error = provider.update(path, &value).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidValue, "{error}");
        assert!(error.action().contains(action), "{}", error.action());
    }
    assert_eq!(store.get("/a").unwrap().values, ["old"]);
}

#[tokio::test]
async fn an_advanced_parameter_takes_eight_kilobytes() {
    let (store, provider) = with(&[]).await;
    store.insert_as("/a", "old", json!({"Type": "SecureString", "Tier": "Advanced"}));
    let long = "x".repeat(8192);
    provider.update("/a", &SecretValue::text(long.as_str())).await.unwrap();
    assert_eq!(text(provider.get("/a").await).unwrap(), long);
}

#[tokio::test]
async fn an_update_is_repeated_where_the_store_has_refused_it_and_nowhere_else() {
    let (store, provider) = with(&[("/a", "old")]).await;
    let provider = Retry::new(provider);
    store.server.script("PutParameter", Answer::error(400, "ThrottlingException"));
    store.server.script("PutParameter", Answer::error(400, "TooManyUpdates"));
    provider.update("/a", &"new".into()).await.unwrap();
    assert_eq!(store.get("/a").unwrap().values, ["old", "new"]);
    assert_eq!(store.server.count("PutParameter"), 3);

    store.server.forget();
    store.server.script("PutParameter", Answer::error(500, "InternalServerError"));
    let error = provider.update("/a", &"newer".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert_eq!(store.server.count("PutParameter"), 1);
    store.server.script("PutParameter", Answer::hang_up());
    assert!(provider.update("/a", &"newer".into()).await.is_err());
    assert_eq!(store.server.count("PutParameter"), 2);
}
