//! No value in any error, log or Debug, whatever the service answers.

use omnisecret_aws_testkit::Answer;
use omnisecret_core::{Error, GetOptions, ListOptions, SecretProvider, UpdateOptions};
use omnisecret_testkit::canary::{self, CANARY};
use omnisecret_testkit::logs;
use serde_json::json;

use crate::support::with;

const READS: [&str; 4] =
    ["GetParameter", "GetParameters", "GetParametersByPath", "DescribeParameters"];

/// Every error of a provider whose every call is answered so.
async fn errors(answer: &Answer) -> Vec<Error> {
    let (store, provider) = with(&[("/a", "old"), ("/b", "old")]).await;
    let create = UpdateOptions::default().with_create_missing(true);
    let mut errors = Vec::new();
    for path in ["/a", "/new"] {
        store.server.script("PutParameter", answer.clone());
        errors.extend(provider.update_with(path, &CANARY.into(), &create).await.err());
    }
    assert_eq!(store.server.count("PutParameter"), 2);
    for operation in READS {
        for _ in 0..4 {
            store.server.script(operation, answer.clone());
        }
    }
    errors.extend(provider.get("/a").await.err());
    let many = provider.get_many(&["/a", "/b"], &GetOptions::default()).await;
    errors.extend(many.into_iter().filter_map(Result::err));
    errors.extend(provider.get_by_path("/").await.err());
    errors.extend(provider.list("/", &ListOptions::default()).await.err());
    errors.extend(provider.update("/a", &CANARY.into()).await.err());
    errors
}

#[test]
fn a_hostile_service_leaves_no_trace() {
    let ((), log) = logs::capture(|| async {
        let json = "application/x-amz-json-1.1";
        for answer in [
            Answer::new(200, json, CANARY),
            Answer::new(200, json, json!({CANARY: CANARY, "Parameter": CANARY}).to_string()),
            Answer::new(200, json, json!({"Version": CANARY, "Parameters": CANARY}).to_string()),
            Answer::error_saying(400, CANARY, CANARY),
            Answer::error_saying(400, "ValidationException", CANARY),
            Answer::new(503, "text/html", CANARY),
        ] {
            for error in errors(&answer).await {
                let told = format!("{error} {error:?} {error:#?} {}", error.action());
                assert_eq!(canary::leaks(&told), None, "{}", error.kind());
            }
        }
    });
    assert!(log.contains("PutParameter"), "the SDK logs nothing at all");
    assert_eq!(canary::leaks(&log), None, "in {} bytes of log", log.len());
}

#[tokio::test]
async fn debug_of_the_provider_shows_where_it_reads_and_no_key() {
    let (_store, provider) = with(&[]).await;
    let text = format!("{provider:?} {provider:#?}");
    assert!(text.contains("eu-central-1"), "{text}");
    assert!(!text.contains(crate::support::SECRET_KEY), "{text}");
}
