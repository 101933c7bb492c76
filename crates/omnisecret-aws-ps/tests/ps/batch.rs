//! `get_many`: how many calls it makes, and what it does where a batch is refused.

use omnisecret_aws_testkit::Answer;
use omnisecret_core::{ErrorKind, GetOptions, SecretProvider};
use serde_json::json;

use crate::store::arn;
use crate::support::{text, with};

fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("/app/p{n:03}")).collect()
}

#[tokio::test]
async fn a_hundred_names_are_ten_calls_in_the_order_asked() {
    let names = names(100);
    let seeds: Vec<_> = names.iter().map(|name| (name.as_str(), name.as_str())).collect();
    let (store, provider) = with(&seeds).await;
    let asked: Vec<_> = names.iter().rev().map(String::as_str).collect();
    let answers = provider.get_many(&asked, &GetOptions::default()).await;
    let values: Vec<_> = answers.into_iter().map(|answer| text(answer).unwrap()).collect();
    assert_eq!(values, asked);
    assert_eq!(store.server.count("GetParameters"), 10);
    assert_eq!(store.server.requests().len(), 10);
}

#[tokio::test]
async fn missing_and_refused_names_are_told_item_by_item() {
    let (store, provider) = with(&[("/app/a", "1"), ("/app/b", "2")]).await;
    let asked = ["/app/a", "/app/none", "not a name", "/app/b", "/app/a", "/app/b:9"];
    let answers = provider.get_many(&asked, &GetOptions::default()).await;
    let answers: Vec<_> = answers.into_iter().map(text).collect();
    let expected =
        [Ok("1"), Err("not_found"), Err("invalid_path"), Ok("2"), Ok("1"), Err("not_found")];
    let expected: Vec<_> = expected.map(|it| it.map(str::to_owned).map_err(str::to_owned)).to_vec();
    assert_eq!(answers, expected);
    // The names, each once, in one call.
    let calls = store.server.requests();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].json["Names"], json!(["/app/a", "/app/b", "/app/b:9", "/app/none"]));
    assert_eq!(calls[0].json["WithDecryption"], json!(true));
}

#[tokio::test]
async fn selectors_and_arns_find_their_own_answers() {
    let (store, provider) = with(&[("/app/a", "old"), ("/app/a", "new"), ("/app/b", "b")]).await;
    let shared = arn("/app/b");
    let asked = ["/app/a", "/app/a:1", "/app/a:previous", "/app/a:current", &shared];
    let answers = provider.get_many(&asked, &GetOptions::default()).await;
    let values: Vec<_> = answers.into_iter().map(|answer| text(answer).unwrap()).collect();
    assert_eq!(values, ["new", "old", "old", "new", "b"]);
    assert_eq!(store.server.operations(), ["GetParameters"]);
}

#[tokio::test]
async fn an_answer_without_selectors_is_told_apart_by_version() {
    let (store, provider) = with(&[]).await;
    let parameter =
        |version| json!({"Name": "/a", "Value": format!("v{version}"), "Version": version});
    store.server.script(
        "GetParameters",
        Answer::json(json!({"Parameters": [parameter(2), parameter(1)], "InvalidParameters": []})),
    );
    let answers = provider.get_many(&["/a:1", "/a:2"], &GetOptions::default()).await;
    let values: Vec<_> = answers.into_iter().map(|answer| text(answer).unwrap()).collect();
    assert_eq!(values, ["v1", "v2"]);
    assert_eq!(store.server.operations(), ["GetParameters"]);
}

#[tokio::test]
async fn a_denied_batch_falls_back_to_single_reads() {
    for code in ["AccessDeniedException", "InvalidKeyId", "ValidationException"] {
        let (store, provider) = with(&[("/app/a", "1"), ("/app/b", "2")]).await;
        store.server.script("GetParameters", Answer::error(400, code));
        let denied = Answer::error(400, "AccessDeniedException");
        store.server.script("GetParameter", denied);
        let answers = provider.get_many(&["/app/a", "/app/b"], &GetOptions::default()).await;
        let answers: Vec<_> = answers.into_iter().map(text).collect();
        assert_eq!(answers, [Err("permission_denied".to_owned()), Ok("2".to_owned())], "{code}");
        assert_eq!(store.server.count("GetParameter"), 2);
    }
}

#[tokio::test]
async fn a_throttled_batch_does_not_become_ten_calls() {
    let names = names(10);
    let seeds: Vec<_> = names.iter().map(|name| (name.as_str(), "v")).collect();
    let (store, provider) = with(&seeds).await;
    store.server.script("GetParameters", Answer::error(400, "ThrottlingException"));
    let asked: Vec<_> = names.iter().map(String::as_str).collect();
    for answer in provider.get_many(&asked, &GetOptions::default()).await {
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Throttled, "{error}");
        assert!(error.is_retryable());
    }
    assert_eq!(store.server.requests().len(), 1);
}

#[tokio::test]
async fn one_name_is_read_singly() {
    let (store, provider) = with(&[("/app/a", "1")]).await;
    provider.get_many(&["/app/a", "/app/a"], &GetOptions::default()).await;
    assert_eq!(store.server.operations(), ["GetParameter"]);
}

#[tokio::test]
async fn a_batch_without_decrypting_asks_for_none() {
    let (store, provider) = with(&[("/app/a", "1"), ("/app/b", "2")]).await;
    let options = GetOptions::default().with_decrypt(false);
    for answer in provider.get_many(&["/app/a", "/app/b"], &options).await {
        assert_eq!(text(answer).unwrap(), "AQICAHgsealed");
    }
    assert_eq!(store.server.requests()[0].json["WithDecryption"], json!(false));
}
