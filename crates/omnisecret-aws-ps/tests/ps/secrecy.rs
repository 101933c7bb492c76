//! No value in any error, log or Debug, whatever the service answers.

use omnisecret_aws_testkit::Answer;
use omnisecret_core::{Error, GetOptions, ListOptions, SecretProvider, UpdateOptions};
use omnisecret_testkit::canary::{self, CANARY};
use omnisecret_testkit::logs;
use serde_json::json;

use crate::support::with;

const OPERATIONS: [&str; 5] =
    ["GetParameter", "GetParameters", "GetParametersByPath", "DescribeParameters", "PutParameter"];

/// Every error of a provider whose every call is answered so.
async fn errors(answer: &Answer) -> Vec<Error> {
    let (store, provider) = with(&[("/a", "old"), ("/b", "old")]).await;
    for operation in OPERATIONS {
        for _ in 0..8 {
            store.server.script(operation, answer.clone());
        }
    }
    let create = UpdateOptions::default().with_create_missing(true);
    let mut errors = Vec::new();
    errors.extend(provider.get("/a").await.err());
    let many = provider.get_many(&["/a", "/b"], &GetOptions::default()).await;
    errors.extend(many.into_iter().filter_map(Result::err));
    errors.extend(provider.get_by_path("/").await.err());
    errors.extend(provider.get_by_path("").await.err());
    errors.extend(provider.list("/", &ListOptions::default()).await.err());
    errors.extend(provider.path_exists("/a").await.err());
    errors.extend(provider.update_with("/a", &CANARY.into(), &create).await.err());
    // Past DescribeParameters, to the write itself.
    while store.server.count("DescribeParameters") < 8 {
        let _ = provider.list("/", &ListOptions::default()).await;
    }
    for path in ["/a", "/new"] {
        errors.extend(provider.update_with(path, &CANARY.into(), &create).await.err());
    }
    assert!(store.server.count("PutParameter") > 0);
    errors
}

#[test]
fn a_hostile_service_leaves_no_trace() {
    let ((), log) = logs::capture(|| async {
        let json = "application/x-amz-json-1.1";
        let mut answers = vec![
            Answer::new(200, json, CANARY),
            Answer::new(200, json, json!({CANARY: CANARY, "Parameter": CANARY}).to_string()),
            Answer::new(200, json, json!({"Version": CANARY, "Parameters": CANARY}).to_string()),
            Answer::new(200, json, "{}").with_header("x-canary", "7f3a-b5e2d8-0f46ac-1e93d7"),
        ];
        for status in [400, 403, 500, 503] {
            answers.push(Answer::error_saying(status, CANARY, CANARY));
            answers.push(Answer::error_saying(status, "ValidationException", CANARY));
            answers.push(Answer::new(status, "text/html", CANARY));
        }
        for answer in &answers {
            for error in errors(answer).await {
                let told = format!("{error} {error:?} {error:#?} {}", error.action());
                assert_eq!(canary::leaks(&told), None, "{}", error.kind());
            }
        }
    });
    assert!(log.contains("PutParameter"), "the SDK logs nothing at all");
    if let Some(line) = log.lines().find(|line| canary::leaks(line).is_some()) {
        panic!("the log leaks: {}", &line[..line.len().min(400)]);
    }
}

#[tokio::test]
async fn debug_of_the_provider_shows_where_it_reads_and_no_key() {
    let (_store, provider) = with(&[]).await;
    let text = format!("{provider:?} {provider:#?}");
    assert!(text.contains("eu-central-1"), "{text}");
    assert!(!text.contains(crate::support::SECRET_KEY), "{text}");
}
