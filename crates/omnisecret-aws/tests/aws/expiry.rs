//! What happens when the service says that the credentials have expired.

use std::sync::Arc;

use omnisecret_aws::Role;
use omnisecret_aws_testkit::{Answer, AssumedRoles, AwsServer, account_of_session};
use omnisecret_core::ErrorKind;
use tokio::task::JoinSet;

use crate::support::{get, server, session, settings, settings_with, who};

const READER: &str = "arn:aws:iam::111122223333:role/reader";

#[tokio::test]
async fn an_expired_token_is_healed_in_the_same_call() {
    for code in ["ExpiredTokenException", "ExpiredToken"] {
        let server = server().await;
        let session = session(settings(&server).role(Role::new(READER)));
        assert_eq!(get(&session).await.unwrap(), "ASIA111122223333N1");
        server.script("GetParameter", Answer::error(400, code));
        assert_eq!(get(&session).await.unwrap(), "ASIA111122223333N2", "{code}");
        assert_eq!(server.count("AssumeRole"), 2);
        assert_eq!(server.count("GetParameter"), 3);
    }
}

#[tokio::test]
async fn an_expired_token_is_healed_once_and_then_told() {
    let server = server().await;
    let session = session(settings(&server).role(Role::new(READER)));
    for _ in 0..2 {
        server.script("GetParameter", Answer::error(400, "ExpiredTokenException"));
    }
    let error = get(&session).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
    assert_eq!(server.count("GetParameter"), 2);
    assert_eq!(server.count("AssumeRole"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_callers_with_one_expired_session_assume_the_role_once_more() {
    let sts = AssumedRoles::lasting(std::time::Duration::from_secs(3600));
    let server = AwsServer::start(move |request| match request.operation.as_str() {
        "AssumeRole" => sts.answer(request),
        _ => {
            let signer = &request.signature.as_ref().unwrap().access_key_id;
            match account_of_session(signer) {
                Some((_, 1)) => Answer::error(400, "ExpiredTokenException"),
                _ => who(request),
            }
        }
    })
    .await;
    let session = Arc::new(session(settings(&server).role(Role::new(READER))));
    let mut callers = JoinSet::new();
    for _ in 0..100 {
        let session = Arc::clone(&session);
        callers.spawn(async move { get(&session).await });
    }
    for answer in callers.join_all().await {
        assert_eq!(answer.unwrap(), "ASIA111122223333N2");
    }
    assert_eq!(server.count("AssumeRole"), 2);
}

#[tokio::test]
async fn an_expired_role_in_the_middle_of_a_chain_is_assumed_anew_too() {
    let server = server().await;
    let other = Role::new("arn:aws:iam::444455556666:role/other");
    let session = session(settings(&server).role(Role::new(READER)).role(other));
    assert_eq!(get(&session).await.unwrap(), "ASIA444455556666N2");
    server.script("GetParameter", Answer::error(400, "ExpiredTokenException"));
    assert_eq!(get(&session).await.unwrap(), "ASIA444455556666N4");
    assert_eq!(server.count("AssumeRole"), 4);
}

#[tokio::test]
async fn expired_keys_in_the_environment_are_told_at_once() {
    let server = server().await;
    server.script("GetParameter", Answer::error(400, "ExpiredTokenException"));
    let error = get(&session(settings(&server))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
    assert_eq!(server.count("GetParameter"), 1);
}

#[tokio::test]
async fn keys_of_a_profile_that_have_expired_are_read_anew() {
    let server = server().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials");
    let write = |id: &str| {
        let text = format!("[work]\naws_access_key_id = {id}\naws_secret_access_key = s\n");
        std::fs::write(&file, text).unwrap();
    };
    write("AKIAFIRST");
    let settings = settings_with(&[("AWS_SHARED_CREDENTIALS_FILE", file.to_str().unwrap())])
        .region("eu-central-1")
        .endpoint_url(server.url())
        .profile("work");
    let session = session(settings);
    assert_eq!(get(&session).await.unwrap(), "AKIAFIRST");
    write("AKIASECOND");
    server.script("GetParameter", Answer::error(400, "ExpiredTokenException"));
    assert_eq!(get(&session).await.unwrap(), "AKIASECOND");
}

#[tokio::test]
async fn an_expired_token_at_sts_is_healed_as_well() {
    let server = server().await;
    server.script("AssumeRole", Answer::xml_error(403, "ExpiredToken"));
    let session = session(settings(&server).role(Role::new(READER)));
    assert_eq!(get(&session).await.unwrap(), "ASIA111122223333N1");
    assert_eq!(server.count("AssumeRole"), 2);
}
