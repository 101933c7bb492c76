//! What is below a prefix.

use std::time::{Duration, UNIX_EPOCH};

use omnisecret_aws_testkit::Answer;
use omnisecret_core::{ErrorKind, ListOptions, SecretProvider};
use serde_json::json;

use crate::store::Store;
use crate::support::Setup;

async fn listed(setup: &Setup, prefix: &str) -> Vec<String> {
    let entries = setup.provider.list(prefix, &ListOptions::default()).await.expect("a listing");
    entries.into_iter().map(|entry| entry.path).collect()
}

#[tokio::test]
async fn a_listing_asks_for_the_prefix_alone_and_stops_at_its_boundary() {
    let setup = Setup::of(&["prod/db/a", "prod/db2", "prod/db", "Prod/db/b", "x"]).await;
    assert_eq!(listed(&setup, "prod/db").await, ["prod/db/a"]);
    let request = &setup.server.requests()[0].json;
    assert_eq!(request["Filters"], json!([{"Key": "name", "Values": ["prod/db"]}]));
    assert_eq!(request["MaxResults"], 100);
}

#[tokio::test]
async fn a_listing_tells_what_a_description_would() {
    let setup = Setup::of(&["a"]).await;
    setup.store.rotate_at("a", 1_800_000_000);
    let entries = setup.provider.list("", &ListOptions::default()).await.expect("a listing");
    let meta = &entries[0].meta;
    assert_eq!(meta.canonical, Some(Store::arn("a")));
    assert_eq!(meta.stages, ["AWSCURRENT"]);
    assert_eq!(meta.version.as_deref(), Some("00000000000000000000000000000000abc0"));
    let rotation = Some(UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    assert_eq!(meta.next_rotation, rotation);

    let secrets = setup.provider.get_by_path("").await.expect("secrets");
    assert_eq!(secrets["a"].meta().next_rotation, rotation);
    assert_eq!(setup.server.count("DescribeSecret"), 0);
}

#[tokio::test]
async fn an_exclamation_mark_does_not_turn_the_prefix_around() {
    let setup = Setup::of(&["a", "!odd/b"]).await;
    assert_eq!(listed(&setup, "!odd").await, ["!odd/b"]);
    assert_eq!(setup.server.requests()[0].json["Filters"], json!(null));
}

#[tokio::test]
async fn a_prefix_that_no_name_has_is_not_asked_for() {
    let setup = Setup::of(&["a"]).await;
    for prefix in ["with space/", "arn:aws", "ä", &"x".repeat(513)] {
        assert_eq!(listed(&setup, prefix).await, [""; 0], "{prefix}");
        let secrets = setup.provider.get_by_path(prefix).await.expect("secrets");
        assert!(secrets.is_empty(), "{prefix}");
    }
    setup.assert_calls(&[]);
}

#[tokio::test]
async fn what_is_scheduled_for_deletion_is_not_listed() {
    let setup = Setup::of(&["a", "b"]).await;
    let deleted = json!({"SecretList": [
        {"Name": "a", "ARN": Store::arn("a"), "DeletedDate": 1_700_000_000.0},
        {"Name": "b", "ARN": Store::arn("b")},
    ]});
    setup.server.script("ListSecrets", Answer::json(deleted));
    assert_eq!(listed(&setup, "").await, ["b"]);
}

#[tokio::test]
async fn what_goes_between_the_listing_and_the_reading_is_left_out() {
    let setup = Setup::of(&["p/a", "p/b", "p/c"]).await;
    setup.store.insert_empty("p/empty");
    let stale = ["p/a", "p/b", "p/c", "p/empty", "p/gone"];
    let stale: Vec<_> =
        stale.iter().map(|name| json!({"Name": name, "ARN": Store::arn(name)})).collect();
    setup.server.script("ListSecrets", Answer::json(json!({"SecretList": stale})));
    setup.store.schedule_deletion("p/b");
    let secrets = setup.provider.get_by_path("p").await.expect("secrets");
    assert_eq!(secrets.into_keys().collect::<Vec<_>>(), ["p/a", "p/c"]);
}

#[tokio::test]
async fn one_secret_that_is_denied_is_the_error_of_all_and_is_named() {
    let setup = Setup::of(&["p/a", "p/b"]).await;
    let denied = json!({
        "SecretValues": [{"Name": "p/a", "ARN": Store::arn("p/a"), "SecretString": "x"}],
        "Errors": [{"SecretId": "p/b", "ErrorCode": "AccessDeniedException", "Message": "no"}],
    });
    setup.server.script("BatchGetSecretValue", Answer::json(denied));
    let error = setup.provider.get_by_path("p").await.expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(error.path(), Some("p/b"));
}

#[tokio::test]
async fn a_listing_that_does_not_go_on_is_an_error() {
    let setup = Setup::of(&["a"]).await;
    for _ in 0..2 {
        let page = json!({"SecretList": [], "NextToken": "again"});
        setup.server.script("ListSecrets", Answer::json(page));
    }
    let error = setup.provider.list("", &ListOptions::default()).await.expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::Unexpected);
}
