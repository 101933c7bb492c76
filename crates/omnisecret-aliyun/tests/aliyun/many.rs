//! Many secrets: pages, batches, and how many calls they take.

use std::time::Duration;

use omnisecret_core::{
    ErrorKind, GetOptions, ListOptions, SecretProvider, SecretValue, VersionSelector,
};

use crate::server::{KEY_ID, Server, Stored, Version};
use crate::setup::{Shifted, access_key, builder, provider};

fn with_secrets(count: usize) -> Server {
    let server = Server::start();
    for n in 0..count {
        server.put(&format!("app/{n:03}"), &format!("value {n}"));
    }
    server
}

fn calls(server: &Server) -> [usize; 3] {
    ["ListSecrets", "BatchGetSecretValue", "GetSecretValue"].map(|action| server.count(action))
}

#[tokio::test]
async fn two_hundred_secrets_take_two_pages_and_ten_batches() {
    let server = with_secrets(200);
    let secrets = provider(&server).get_by_path("app").await.expect("a listing");
    assert_eq!(secrets.len(), 200);
    assert_eq!(secrets["app/137"].expose_str().ok(), Some("value 137"));
    assert_eq!(calls(&server), [2, 10, 0]);
}

#[tokio::test]
async fn an_empty_page_ends_a_listing_and_so_does_a_full_last_one() {
    for (count, pages) in [(0, 1), (1, 1), (100, 1), (101, 2)] {
        let server = with_secrets(count);
        let entries = provider(&server).list("", &ListOptions::default()).await.expect("a listing");
        assert_eq!((entries.len(), server.count("ListSecrets")), (count, pages));
    }
}

#[tokio::test]
async fn without_batches_secrets_are_read_one_by_one_and_it_is_remembered_for_a_while() {
    for is_unknown in [true, false] {
        let server = with_secrets(45);
        let (action, clock) = ("BatchGetSecretValue", Shifted::default());
        if is_unknown {
            server.state().unknown.insert(action);
        } else {
            server.state().denied.insert(action);
        }
        let settings = builder(&server).credentials(access_key().clock(clock.clone()));
        let provider = settings.build().expect("settings");
        for (batches, later) in [(1, 14), (1, 2), (2, 0)] {
            let secrets = provider.get_by_path("").await.expect("a listing");
            assert_eq!((secrets.len(), server.count(action)), (45, batches), "{is_unknown}");
            clock.advance(&server, Duration::from_secs(later * 60));
        }
        assert_eq!(server.count("GetSecretValue"), 3 * 45);
    }
}

#[tokio::test]
async fn who_may_read_nothing_is_not_taken_for_one_who_may_not_batch() {
    let server = with_secrets(3);
    for action in ["BatchGetSecretValue", "GetSecretValue"] {
        server.state().denied.insert(action);
    }
    let provider = provider(&server);
    assert!(provider.get_by_path("").await.is_err());
    server.state().denied.clear();
    assert!(provider.get_by_path("").await.is_ok());
    assert_eq!(server.count("BatchGetSecretValue"), 2);
}

#[tokio::test]
async fn a_name_that_the_service_does_not_take_spoils_no_other_of_its_batch() {
    let server = with_secrets(3);
    server.fail("BatchGetSecretValue", 1, 400, "InvalidParameter");
    let secrets = provider(&server).get_by_path("").await.expect("a listing");
    assert_eq!(secrets.len(), 3);
    assert_eq!(calls(&server), [1, 1, 3]);
}

#[tokio::test]
async fn a_batch_that_fails_for_a_moment_is_an_error_of_each_of_its_secrets() {
    let server = with_secrets(25);
    server.fail("BatchGetSecretValue", 1, 429, "Rejected.Throttling");
    let names: Vec<_> = (0..25).map(|n| format!("app/{n:03}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let answers = provider(&server).get_many(&names, &GetOptions::default()).await;
    let failed = answers.iter().filter_map(|answer| answer.as_ref().err());
    let kinds: Vec<_> = failed.map(omnisecret_core::Error::kind).collect();
    assert!(matches!(kinds.len(), 5 | 20), "{}", kinds.len());
    assert!(kinds.iter().all(|kind| *kind == ErrorKind::Throttled));
}

#[tokio::test]
async fn each_secret_of_a_batch_has_its_own_error() {
    let server = with_secrets(2);
    server.put("app/going", "value");
    server.state().secrets.get_mut("app/going").expect("it").planned_delete = true;
    let asked = ["app/000", "app/going", "app/none", "app/001"];
    let answers = provider(&server).get_many(&asked, &GetOptions::default()).await;
    let kinds: Vec<_> = answers.iter().map(|it| it.as_ref().err().map(|e| e.kind())).collect();
    assert_eq!(kinds, [None, Some(ErrorKind::NotFound), Some(ErrorKind::NotFound), None]);
    assert_eq!(calls(&server), [0, 1, 0]);
}

#[tokio::test]
async fn a_single_secret_and_an_arn_are_no_batch() {
    let server = with_secrets(2);
    let provider = provider(&server);
    let arn = "acs:kms:cn-hangzhou:1234567890123456:secret/app/001";
    let answers = provider.get_many(&["app/000", arn], &GetOptions::default()).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(calls(&server), [0, 0, 2]);
    // An update under the name forgets what is cached under the ARN.
    let [_, by_arn] = &answers[..] else { panic!("two answers") };
    let canonical = by_arn.as_ref().ok().and_then(|it| it.meta().canonical.clone());
    assert_eq!(canonical.as_deref(), Some("app/001"));
}

#[tokio::test]
async fn a_listing_takes_what_the_filter_lets_through() {
    let server = with_secrets(3);
    let tags = [("team".to_owned(), "a b".to_owned())];
    server.state().secrets.get_mut("app/001").expect("it").tags = tags.into_iter().collect();
    let provider = builder(&server)
        .list_filter("TagKey", ["team", "other"])
        .list_filter("TagValue", ["a b"])
        .build()
        .expect("settings");
    let entries = provider.list("app", &ListOptions::default()).await.expect("a listing");
    let names: Vec<_> = entries.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(names, ["app/001"]);
    // Reading by name is not narrowed.
    assert!(provider.get("app/000").await.is_ok());
}

#[tokio::test]
async fn a_secret_that_is_scheduled_for_deletion_is_gone_in_every_way_of_asking() {
    let server = with_secrets(2);
    server.state().secrets.get_mut("app/001").expect("it").planned_delete = true;
    let provider = provider(&server);
    assert_eq!(provider.get("app/001").await.expect_err("gone").kind(), ErrorKind::NotFound);
    assert_eq!(provider.path_exists("app/001").await.ok(), Some(false));
    assert_eq!(provider.list("", &ListOptions::default()).await.expect("names").len(), 1);
}

#[tokio::test]
async fn existence_is_described_or_read_by_who_may_not_describe() {
    let server = with_secrets(1);
    let provider = provider(&server);
    assert_eq!(provider.path_exists("app/000").await.ok(), Some(true));
    assert_eq!((server.count("DescribeSecret"), server.count("GetSecretValue")), (1, 0));
    server.state().denied.insert("DescribeSecret");
    assert_eq!(provider.path_exists("app/000").await.ok(), Some(true));
    assert_eq!(provider.path_exists("app/none").await.ok(), Some(false));
    let denied = provider.get("app/000").await.is_ok();
    server.state().denied.insert("GetSecretValue");
    let error = provider.path_exists("app/000").await.expect_err("nothing is allowed");
    assert_eq!((denied, error.kind()), (true, ErrorKind::PermissionDenied));
}

#[tokio::test]
async fn of_a_managed_secret_an_older_version_is_not_taken_for_the_one_asked_for() {
    let server = Server::start();
    let mut managed = Stored::generic();
    managed.secret_type = "RAMCredentials".to_owned();
    managed.next_rotation = Some("2027-01-02T03:04:05Z".to_owned());
    let now = std::time::SystemTime::now();
    let value = format!("{{\"AccessKeyId\":\"{KEY_ID}\",\"AccessKeySecret\":\"..\"}}");
    managed.push(Version::new("v1", "{}", "text", now));
    managed.push(Version::new("v2", &value, "text", now));
    server.state().secrets.insert("acs/ram/user/app".to_owned(), managed);
    let provider = provider(&server);

    let secret = provider.get("acs/ram/user/app").await.expect("a managed secret");
    let rotation = secret.meta().next_rotation.map(humantime::format_rfc3339_seconds);
    assert_eq!(rotation.map(|it| it.to_string()).as_deref(), Some("2027-01-02T03:04:05Z"));
    let by_id = |id: &str| GetOptions::default().with_version(VersionSelector::Id(id.to_owned()));
    assert!(provider.get_with("acs/ram/user/app", &by_id("v2")).await.is_ok());
    let error = provider.get_with("acs/ram/user/app", &by_id("v1")).await.expect_err("not v1");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    for value in [SecretValue::text("new"), SecretValue::binary(*b"new")] {
        let error = provider.update("acs/ram/user/app", &value).await.expect_err("managed");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
}
