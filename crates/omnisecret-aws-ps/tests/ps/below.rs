//! Listings, and whether a path exists.

use omnisecret_aws_testkit::Answer;
use omnisecret_core::{ErrorKind, ListOptions, SecretProvider};
use serde_json::json;

use crate::support::with;

#[tokio::test]
async fn twenty_five_parameters_below_a_path_are_three_pages() {
    let names: Vec<_> = (0..25).map(|n| format!("/prod/db/p{n:02}")).collect();
    let seeds: Vec<_> = names.iter().map(|name| (name.as_str(), "v")).collect();
    let (store, provider) = with(&seeds).await;
    let secrets = provider.get_by_path("/prod/db").await.unwrap();
    assert_eq!(secrets.into_keys().collect::<Vec<_>>(), names);
    assert_eq!(store.server.operations(), ["GetParametersByPath"; 3]);
    let first = &store.server.requests()[0].json;
    assert_eq!(first["Path"], json!("/prod/db"));
    assert_eq!(first["Recursive"], json!(true));
    assert_eq!(first["WithDecryption"], json!(true));
}

#[tokio::test]
async fn a_listing_reads_no_value() {
    let names: Vec<_> = (0..60).map(|n| format!("/prod/db/p{n:02}")).collect();
    let seeds: Vec<_> = names.iter().map(|name| (name.as_str(), "v")).collect();
    let (store, provider) = with(&seeds).await;
    let entries = provider.list("/prod", &ListOptions::default()).await.unwrap();
    assert_eq!(entries.len(), 60);
    assert_eq!(entries[0].meta.version.as_deref(), Some("1"));
    assert!(entries[0].meta.canonical.as_ref().unwrap().ends_with(":parameter/prod/db/p00"));
    assert!(entries[0].meta.created.is_some());
    assert_eq!(store.server.operations(), ["DescribeParameters"; 2]);
    let filter = &store.server.requests()[0].json["ParameterFilters"];
    assert_eq!(*filter, json!([{"Key": "Path", "Option": "Recursive", "Values": ["/prod"]}]));
}

#[tokio::test]
async fn empty_pages_are_gone_through() {
    // The store looks at ten names for a page of ten, as the service does: three are empty.
    let mut seeds: Vec<_> = (0..30).map(|n| format!("/a/{n:02}")).collect();
    seeds.extend(["/b/x".to_owned(), "/b/y".to_owned()]);
    let seeds: Vec<_> = seeds.iter().map(|name| (name.as_str(), "v")).collect();
    let (store, provider) = with(&seeds).await;
    let secrets = provider.get_by_path("/b").await.unwrap();
    assert_eq!(secrets.into_keys().collect::<Vec<_>>(), ["/b/x", "/b/y"]);
    assert_eq!(store.server.count("GetParametersByPath"), 4);
    assert!(provider.path_exists("/b").await.unwrap());
}

#[tokio::test]
async fn pages_in_a_circle_are_an_error() {
    let (store, provider) = with(&[]).await;
    for _ in 0..2 {
        let page = json!({"Parameters": [], "NextToken": "again"});
        store.server.script("GetParametersByPath", Answer::json(page));
    }
    let error = provider.get_by_path("/a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected, "{error}");
}

#[tokio::test]
async fn a_prefix_is_bounded_at_the_slash_and_not_below_itself() {
    let (store, provider) =
        with(&[("/prod/db", "0"), ("/prod/db/a", "1"), ("/prod/db/s/b", "2"), ("/prod/db2", "3")])
            .await;
    for prefix in ["/prod/db", "/prod/db/"] {
        let secrets = provider.get_by_path(prefix).await.unwrap();
        assert_eq!(secrets.into_keys().collect::<Vec<_>>(), ["/prod/db/a", "/prod/db/s/b"]);
        let options = ListOptions::default().with_recursive(false);
        let secrets = provider.get_by_path_with(prefix, &options).await.unwrap();
        assert_eq!(secrets.into_keys().collect::<Vec<_>>(), ["/prod/db/a"]);
        let entries = provider.list(prefix, &options).await.unwrap();
        assert_eq!(entries.len(), 1);
    }
    let paths = store.server.requests_for("GetParametersByPath");
    assert!(paths.iter().all(|request| request.json["Path"] == "/prod/db"));
    assert!(provider.get_by_path("/prod/db2").await.unwrap().is_empty());
}

#[tokio::test]
async fn names_without_a_slash_are_listed_with_the_rest() {
    let (store, provider) = with(&[("flat", "1"), ("/prod/a", "2")]).await;
    let secrets = provider.get_by_path("").await.unwrap();
    assert_eq!(secrets.into_keys().collect::<Vec<_>>(), ["/prod/a", "flat"]);
    assert_eq!(store.server.operations(), ["DescribeParameters", "GetParameters"]);
    let secrets = provider.get_by_path("/").await.unwrap();
    assert_eq!(secrets.into_keys().collect::<Vec<_>>(), ["/prod/a"]);
    assert!(provider.get_by_path("flat").await.unwrap().is_empty());
    let error = provider.get_by_path("arn:aws:ssm:x:1:parameter/a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    for prefix in ["/prod db", "/prod:1", "/prod:1/"] {
        let error = provider.list(prefix, &ListOptions::default()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPath, "{prefix}: {error}");
    }
}

#[tokio::test]
async fn a_parameter_that_is_gone_between_listing_and_reading_is_left_out() {
    let (store, provider) = with(&[("flat", "1"), ("other", "2")]).await;
    let page =
        json!({"Parameters": [{"Name": "flat", "Version": 1}, {"Name": "gone", "Version": 1}]});
    store.server.script("DescribeParameters", Answer::json(page));
    let secrets = provider.get_by_path("").await.unwrap();
    assert_eq!(secrets.into_keys().collect::<Vec<_>>(), ["flat"]);
}

#[tokio::test]
async fn a_parameter_and_a_path_exist_and_the_beginning_of_a_name_does_not() {
    let (store, provider) = with(&[("/prod/db/password", "v"), ("flat", "v")]).await;
    for (path, exists) in [
        ("/prod/db/password", true),
        ("/prod/db/password:1", true),
        ("/prod/db/password:current", true),
        ("flat", true),
        ("/prod/db", true),
        ("/prod/", true),
        ("/", true),
        ("/prod/d", false),
        ("/prod/db/pass", false),
        ("/prod/db/password/", false),
        ("/prod/db/password:9", false),
        ("fla", false),
    ] {
        assert_eq!(provider.path_exists(path).await.unwrap(), exists, "{path}");
    }
    assert_eq!(store.server.count("DescribeParameters"), 0);
    // A look is no reading: nothing is decrypted.
    let decrypting =
        store.server.requests().into_iter().filter(|it| it.json["WithDecryption"] == true);
    assert_eq!(decrypting.count(), 0);
    store.server.script("GetParameter", Answer::error(400, "AccessDeniedException"));
    let error = provider.path_exists("/prod/db").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
}
