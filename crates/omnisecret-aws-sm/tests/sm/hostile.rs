//! An answer that quotes a secret leaves no trace of it in an error, a log or a `Debug`.

use std::error::Error as StdError;
use std::fmt::Write;

use omnisecret_aws_testkit::Answer;
use omnisecret_core::{
    Error, GetOptions, ListOptions, SecretProvider, UpdateOptions, VersionSelector,
};
use omnisecret_testkit::canary::{CANARY, leaks};
use omnisecret_testkit::logs;
use serde_json::json;

use crate::support::Setup;

const OPERATIONS: [&str; 6] = [
    "GetSecretValue",
    "BatchGetSecretValue",
    "DescribeSecret",
    "ListSecrets",
    "PutSecretValue",
    "CreateSecret",
];

/// Answers that quote the canary wherever an answer has room for text.
fn hostile_answers() -> Vec<Answer> {
    let mut answers = Vec::new();
    for status in [200, 400, 403, 404, 413, 500, 503] {
        let body = json!({"__type": CANARY, "code": CANARY, "message": CANARY, "Message": CANARY});
        let json = "application/x-amz-json-1.1";
        answers.push(Answer::new(status, json, body.to_string()));
        answers.push(Answer::error_saying(status, "ValidationException", CANARY));
        answers.push(Answer::error_saying(status, "AccessDeniedException", CANARY));
        answers.push(Answer::new(status, json, format!("{{\"SecretString\": [{CANARY:?}]}}")));
        answers.push(Answer::new(status, json, CANARY));
        answers.push(Answer::new(status, "text/html", format!("<p>{CANARY}</p>")));
    }
    answers
}

#[test]
fn no_answer_puts_a_secret_into_an_error_or_a_log() {
    for answer in hostile_answers() {
        let shown = format!("{answer:?}");
        let (errors, log) = logs::capture(|| errors_of(answer));
        assert!(!errors.is_empty(), "all succeeds with {shown}");
        assert_eq!(leaks(&errors), None, "an error shows {shown}");
        assert_eq!(leaks(&log), None, "a log shows {shown}");
    }
}

/// Here the log is not looked at: of a good answer the SDK traces all that is declared to be no
/// secret, and the reasons of a batch are.
#[tokio::test]
async fn the_reason_of_one_path_of_a_batch_is_not_in_its_error() {
    let reason = |code: &str| json!({"SecretId": "a", "ErrorCode": code, "Message": CANARY});
    for code in [CANARY, "ValidationException", "AccessDeniedException"] {
        let answer = Answer::json(json!({"Errors": [reason(code)], "NextToken": CANARY}));
        let errors = errors_of(answer).await;
        assert!(!errors.is_empty(), "all succeeds with {code:?}");
        assert_eq!(leaks(&errors), None, "an error shows {code:?}");
    }
}

/// What every operation says to this answer, as text.
async fn errors_of(answer: Answer) -> String {
    let setup = Setup::describing(true).await;
    setup.store.insert("a", &"value".into());
    for operation in OPERATIONS {
        for _ in 0..16 {
            setup.server.script(operation, answer.clone());
        }
    }
    let provider = &setup.provider;
    let stage = VersionSelector::Stage("AWSCURRENT".to_owned());
    let staged = GetOptions::default().with_version(stage);
    let create = UpdateOptions::default().with_create_missing(true);
    let mut errors = Vec::new();
    errors.extend(provider.get("a").await.err());
    errors.extend(provider.get_with("a", &staged).await.err());
    errors
        .extend(provider.get_many(&["a", "b"], &staged).await.into_iter().filter_map(Result::err));
    let many = provider.get_many(&["a", "b"], &GetOptions::default()).await;
    errors.extend(many.into_iter().filter_map(Result::err));
    errors.extend(provider.get_by_path("").await.err());
    errors.extend(provider.list("", &ListOptions::default()).await.err());
    errors.extend(provider.path_exists("a").await.err());
    errors.extend(provider.update("a", &"new".into()).await.err());
    errors.extend(provider.update_with("new", &"x".into(), &create).await.err());
    let mut text = errors.iter().map(told).collect::<String>();
    let _ = write!(text, "{provider:?}");
    if errors.is_empty() { String::new() } else { text }
}

fn told(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?} {}\n", error.action());
    let mut source = error.source();
    while let Some(error) = source {
        let _ = writeln!(text, "{error} {error:?}");
        source = error.source();
    }
    text
}
