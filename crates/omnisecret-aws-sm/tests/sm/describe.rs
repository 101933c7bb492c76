//! What DescribeSecret adds, for those who allow it.

use std::time::{Duration, UNIX_EPOCH};

use omnisecret_aws_testkit::Answer;
use omnisecret_core::{ErrorKind, GetOptions, SecretProvider, VersionSelector};

use crate::support::{Setup, value_of};

async fn setup() -> Setup {
    let setup = Setup::describing(true).await;
    for name in ["a", "b"] {
        setup.store.insert(name, &value_of(name).into());
    }
    setup.store.rotate_at("a", 1_800_000_000);
    setup
}

#[tokio::test]
async fn the_next_rotation_is_known_where_describing_is_allowed() {
    let setup = setup().await;
    let rotation = Some(UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    let secret = setup.provider.get("a").await.expect("a secret");
    assert_eq!(secret.meta().next_rotation, rotation);
    assert_eq!(secret.meta().stages, ["AWSCURRENT"], "the rest is told as well");

    let answers = setup.provider.get_many(&["b", "a", "c"], &GetOptions::default()).await;
    let told: Vec<_> =
        answers.iter().map(|answer| answer.as_ref().ok().map(|s| s.meta().next_rotation)).collect();
    assert_eq!(told, [Some(None), Some(rotation), None]);
    // What is missing has nothing to describe.
    assert_eq!(setup.server.count("DescribeSecret"), 3);

    let stage = VersionSelector::Stage("AWSCURRENT".to_owned());
    let options = GetOptions::default().with_version(stage);
    for answer in setup.provider.get_many(&["a"], &options).await {
        assert_eq!(answer.expect("a secret").meta().next_rotation, rotation);
    }
}

#[tokio::test]
async fn nothing_is_described_unless_it_is_allowed() {
    let setup = Setup::of(&["a"]).await;
    setup.provider.get("a").await.expect("a secret");
    setup.provider.path_exists("a").await.expect("an answer");
    setup.provider.update("a", &"new".into()).await.expect("an update");
    setup.provider.get_by_path("").await.expect("secrets");
    assert_eq!(setup.server.count("DescribeSecret"), 0);
}

#[tokio::test]
async fn a_description_tells_whether_there_is_a_secret_without_its_value() {
    let setup = setup().await;
    setup.store.insert("gone", &"x".into());
    setup.store.schedule_deletion("gone");
    setup.store.insert_empty("empty");
    for (path, expected) in [("a", true), ("c", false), ("gone", false), ("empty", false)] {
        let exists = setup.provider.path_exists(path).await.expect("an answer");
        assert_eq!(exists, expected, "{path}");
    }
    setup.assert_calls(&[("DescribeSecret", 4)]);
}

#[tokio::test]
async fn a_description_that_is_denied_says_which_right_is_missing() {
    let setup = setup().await;
    setup.store.deny(&["DescribeSecret"]);
    let error = setup.provider.get("a").await.expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.action().contains("secretsmanager:DescribeSecret"), "{}", error.action());
}

#[tokio::test]
async fn a_description_that_fails_does_not_cost_the_secret() {
    let setup = setup().await;
    setup.server.script("DescribeSecret", Answer::error(400, "ThrottlingException"));
    let secret = setup.provider.get("a").await.expect("a secret");
    assert_eq!(secret.expose_str().expect("text"), value_of("a"));
    assert_eq!(secret.meta().next_rotation, None);
}
