//! Assuming roles.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use omnisecret_aws::Role;
use omnisecret_aws_testkit::{Answer, AssumedRoles, AwsServer};
use omnisecret_core::{Error, ErrorKind, SecretValue};
use tokio::task::JoinSet;

use crate::support::{KEY_ID, get, server, session, settings, who};

const READER: &str = "arn:aws:iam::111122223333:role/reader";
const WRITER: &str = "arn:aws:iam::444455556666:role/writer";

#[tokio::test]
async fn nothing_is_asked_before_the_first_call() {
    let server = server().await;
    let session = session(settings(&server).role(Role::new(READER)));
    assert_eq!(server.operations(), Vec::<String>::new());
    assert_eq!(get(&session).await.unwrap(), "ASIA111122223333N1");
    assert_eq!(get(&session).await.unwrap(), "ASIA111122223333N1");
    assert_eq!(server.operations(), ["AssumeRole", "GetParameter", "GetParameter"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_cold_callers_assume_the_role_once() {
    let server = server().await;
    server.script("AssumeRole", Answer::xml(SESSION).after(Duration::from_millis(200)));
    let session = Arc::new(session(settings(&server).role(Role::new(READER))));
    let mut callers = JoinSet::new();
    for _ in 0..100 {
        let session = Arc::clone(&session);
        callers.spawn(async move { get(&session).await });
    }
    for answer in callers.join_all().await {
        assert_eq!(answer.unwrap(), "ASIA111122223333N7");
    }
    assert_eq!(server.count("AssumeRole"), 1);
    assert_eq!(server.count("GetParameter"), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_callers_of_a_denied_role_ask_once() {
    let server = server().await;
    let denied = Answer::xml_error(403, "AccessDenied");
    server.script("AssumeRole", denied.after(Duration::from_millis(200)));
    let session = Arc::new(session(settings(&server).role(Role::new(READER))));
    let mut callers = JoinSet::new();
    for _ in 0..100 {
        let session = Arc::clone(&session);
        callers.spawn(async move { get(&session).await });
    }
    for answer in callers.join_all().await {
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        assert!(error.message().contains(READER), "{error}");
        assert!(error.action().contains("trust policy"), "{}", error.action());
    }
    assert_eq!(server.count("AssumeRole"), 1);
    // The role was granted meanwhile.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(get(&session).await.unwrap(), "ASIA111122223333N1");
}

#[tokio::test]
async fn another_attempt_is_made_when_a_failure_is_not_held_any_more() {
    let server = server().await;
    // Closed without an answer: a moment's fault, and one that the client of STS repeats too.
    for _ in 0..3 {
        server.script("AssumeRole", Answer::hang_up());
    }
    let session = session(settings(&server).role(Role::new(READER)));
    let error = get(&session).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    // Who comes earlier is given the same error.
    assert!(error.retry_after() >= Some(Duration::from_millis(250)), "{error:?}");
    tokio::time::sleep(error.retry_after().unwrap_or_default()).await;
    assert_eq!(get(&session).await.unwrap(), "ASIA111122223333N1");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_break_off_are_not_used() {
    let end = SESSION.find("</Expiration>").unwrap();
    let mut cuts = JoinSet::new();
    for cut in (1..SESSION.len()).step_by(3) {
        cuts.spawn(async move {
            let server = server().await;
            server.script("AssumeRole", Answer::xml(&SESSION[..cut]));
            let session = session(settings(&server).role(Role::new(READER)));
            (cut, get(&session).await)
        });
    }
    for (cut, answer) in cuts.join_all().await {
        match answer {
            Ok(key_id) => assert!(cut >= end && key_id == "ASIA111122223333N7", "{cut}: {key_id}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unexpected, "{cut}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn an_answer_of_sts_that_is_none_cannot_be_read() {
    for answer in [Answer::json(serde_json::json!({})), Answer::new(200, "text/html", "<p>")] {
        let server = server().await;
        server.script("AssumeRole", answer);
        let error = get(&session(settings(&server).role(Role::new(READER)))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unexpected, "{error}");
        assert!(error.message().contains("cannot be read"), "{error}");
    }
}

#[tokio::test]
async fn two_providers_with_two_roles_never_mix() {
    let server = server().await;
    let reader = session(settings(&server).role(Role::new(READER)));
    let writer = session(settings(&server).role(Role::new(WRITER)));
    let nobody = session(settings(&server));
    for _ in 0..3 {
        assert_eq!(get(&reader).await.unwrap(), "ASIA111122223333N1");
        assert_eq!(get(&writer).await.unwrap(), "ASIA444455556666N2");
        assert_eq!(get(&nobody).await.unwrap(), KEY_ID);
    }
    assert_eq!(server.count("AssumeRole"), 2);
}

#[tokio::test]
async fn each_role_of_a_chain_is_assumed_with_the_one_before_it() {
    let server = server().await;
    let chain = settings(&server).role(Role::new(READER)).role(Role::new(WRITER));
    assert_eq!(get(&session(chain)).await.unwrap(), "ASIA444455556666N2");
    let signers: Vec<_> = server
        .requests()
        .into_iter()
        .map(|request| request.signature.unwrap().access_key_id)
        .collect();
    assert_eq!(signers, [KEY_ID, "ASIA111122223333N1", "ASIA444455556666N2"]);
    let roles = server.requests_for("AssumeRole");
    assert_eq!(roles[0].form["RoleArn"], READER);
    assert_eq!(roles[1].form["RoleArn"], WRITER);
}

#[tokio::test]
async fn every_argument_of_a_role_is_sent() {
    let server = server().await;
    let role = Role::new(READER)
        .session_name("nightly")
        .external_id("b7c1")
        .duration(Duration::from_secs(900))
        .policy(r#"{"Statement":[]}"#)
        .policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess")
        .policy_arn("arn:aws:iam::aws:policy/SecurityAudit")
        .tag("team", "billing")
        .tag("stage", "prod")
        .transitive_tag("team")
        .source_identity("alice")
        .mfa_serial("arn:aws:iam::111122223333:mfa/alice")
        .sts_region("us-west-2");
    let settings = settings(&server).role(role).mfa_token(|_| Ok("123456".into()));
    get(&session(settings)).await.unwrap();

    let request = &server.requests_for("AssumeRole")[0];
    let mut sent = request.form.clone();
    assert_eq!(sent.remove("Version").as_deref(), Some("2011-06-15"));
    let expected = [
        ("Action", "AssumeRole"),
        ("DurationSeconds", "900"),
        ("ExternalId", "b7c1"),
        ("Policy", r#"{"Statement":[]}"#),
        ("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("PolicyArns.member.2.arn", "arn:aws:iam::aws:policy/SecurityAudit"),
        ("RoleArn", READER),
        ("RoleSessionName", "nightly"),
        ("SerialNumber", "arn:aws:iam::111122223333:mfa/alice"),
        ("SourceIdentity", "alice"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "billing"),
        ("Tags.member.2.Key", "stage"),
        ("Tags.member.2.Value", "prod"),
        ("TokenCode", "123456"),
        ("TransitiveTagKeys.member.1", "team"),
    ];
    let sent: Vec<_> = sent.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(sent, expected);
    let signature = request.signature.as_ref().unwrap();
    assert_eq!((signature.region.as_str(), signature.service.as_str()), ("us-west-2", "sts"));
}

#[tokio::test]
async fn a_role_without_arguments_sends_none() {
    let server = server().await;
    get(&session(settings(&server).role(Role::new(READER)))).await.unwrap();
    let request = &server.requests_for("AssumeRole")[0];
    let names: Vec<_> = request.form.keys().map(String::as_str).collect();
    assert_eq!(names, ["Action", "RoleArn", "RoleSessionName", "Version"]);
    assert_eq!(request.form["RoleSessionName"], "omnisecret");
    assert_eq!(request.signature.as_ref().unwrap().region, "eu-central-1");
}

#[tokio::test]
async fn the_mfa_token_is_asked_for_once_and_with_its_serial() {
    let server = server().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&asked);
    let settings =
        settings(&server).role(Role::new(READER).mfa_serial("GAHT1234")).mfa_token(move |serial| {
            assert_eq!(serial, "GAHT1234");
            counting.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(100));
            Ok(SecretValue::text("654321\n"))
        });
    let session = session(settings);
    // Whoever gives up leaves the digits, which are good once, to who comes next.
    let hurried = tokio::time::timeout(Duration::from_millis(30), get(&session)).await;
    assert!(hurried.is_err());
    let (one, two) = tokio::join!(get(&session), get(&session));
    assert_eq!(one.unwrap(), two.unwrap());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(server.requests_for("AssumeRole")[0].form["TokenCode"], "654321");
    assert_eq!(server.count("AssumeRole"), 1);
}

#[tokio::test]
async fn an_mfa_token_that_is_none_goes_nowhere() {
    for (given, kind) in [
        (Ok(SecretValue::text("not digits")), ErrorKind::Unauthenticated),
        (Ok(SecretValue::binary([1, 2, 3, 4, 5, 6])), ErrorKind::Unauthenticated),
        (Err(Error::new(ErrorKind::Timeout, "nobody answers")), ErrorKind::Timeout),
    ] {
        let server = server().await;
        let settings = settings(&server)
            .role(Role::new(READER).mfa_serial("GAHT1234"))
            .mfa_token(move |_| given.clone());
        let error = get(&session(settings)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(server.operations(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_session_is_renewed_before_it_ends() {
    // The SDK renews within ten to fifteen seconds of the end, so this one is always at it.
    let sts = AssumedRoles::lasting(Duration::from_secs(1));
    let server = AwsServer::start(move |request| match request.operation.as_str() {
        "AssumeRole" => sts.answer(request),
        _ => who(request),
    })
    .await;
    let session = session(settings(&server).role(Role::new(READER)));
    assert_eq!(get(&session).await.unwrap(), "ASIA111122223333N1");
    assert_eq!(get(&session).await.unwrap(), "ASIA111122223333N2");
}

#[tokio::test]
async fn sts_repeats_where_the_service_does_not() {
    let server = server().await;
    server.script("AssumeRole", Answer::xml_error(500, "InternalFailure"));
    let session = session(settings(&server).role(Role::new(READER)));
    assert_eq!(get(&session).await.unwrap(), "ASIA111122223333N1");
    assert_eq!(server.count("AssumeRole"), 2);

    server.script("GetParameter", Answer::error(500, "InternalServerError"));
    assert_eq!(get(&session).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(server.count("GetParameter"), 2);
}

/// An answer as STS gives it, with a number that no other session has.
const SESSION: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
     <AssumeRoleResult><Credentials><AccessKeyId>ASIA111122223333N7</AccessKeyId>\
     <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
     <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>\
     </AssumeRoleResponse>";
