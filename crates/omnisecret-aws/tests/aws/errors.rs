//! What becomes of the errors of AWS, of the network, and of the SDK.

use std::time::Duration;

use omnisecret_aws::{CODES, Role, error_of_code};
use omnisecret_aws_testkit::{Answer, AwsServer, REQUEST_ID};
use omnisecret_core::{Error, ErrorKind};
use omnisecret_testkit::canary::{self, CANARY};
use omnisecret_testkit::logs;
use tokio::net::TcpListener;

use crate::support::{get, server, session, settings, settings_with};

async fn error_after(answer: Answer) -> Error {
    let server = server().await;
    server.script("GetParameter", answer);
    get(&session(settings(&server))).await.expect_err("the scripted answer is an error")
}

#[tokio::test]
async fn every_code_of_the_table_means_what_it_says() {
    let server = server().await;
    let session = session(settings(&server));
    for row in CODES {
        for code in row.codes {
            server.script("GetParameter", Answer::error(400, code));
            let error = get(&session).await.unwrap_err();
            assert_eq!(error.kind(), row.kind, "{code}");
            assert_eq!(error.is_retryable(), row.retryable, "{code}");
            assert_eq!(
                error.message(),
                format!("the service answers {code} (request {REQUEST_ID})")
            );
            if let Some(action) = row.action {
                assert_eq!(error.action(), action);
            }
            assert_eq!(error_of_code(code, None).kind(), row.kind, "{code}");
            // A namespace before the code, as some services have it.
            let long = format!("com.amazonaws.ssm#{code}");
            server.script("GetParameter", Answer::error(400, &long));
            assert_eq!(get(&session).await.unwrap_err().kind(), row.kind, "{long}");
        }
    }
}

#[test]
fn no_code_stands_in_the_table_twice() {
    let mut codes: Vec<_> = CODES.iter().flat_map(|row| row.codes).collect();
    let count = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), count);
}

#[test]
fn what_was_revoked_is_denied_or_not_found() {
    for (code, message, kind) in [
        // A disabled KMS key.
        ("DecryptionFailure", "", ErrorKind::PermissionDenied),
        ("InvalidKeyId", "arn:aws:kms:...:key/x is disabled.", ErrorKind::PermissionDenied),
        ("KMSInvalidStateException", "", ErrorKind::PermissionDenied),
        // A secret scheduled for deletion; any other bad request is none.
        (
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
            ErrorKind::NotFound,
        ),
        ("InvalidRequestException", "You can't do this now.", ErrorKind::Conflict),
        // A disabled principal.
        ("UnrecognizedClientException", "", ErrorKind::PermissionDenied),
        ("InvalidClientTokenId", "", ErrorKind::PermissionDenied),
    ] {
        let error = error_of_code(code, Some(message));
        assert_eq!(error.kind(), kind, "{code}");
        assert!(!error.is_retryable(), "{code}");
    }
}

#[tokio::test]
async fn a_secret_that_is_scheduled_for_deletion_is_not_found() {
    let text = "You can't perform this operation on the secret because it was marked for deletion.";
    let error = error_after(Answer::error_saying(400, "InvalidRequestException", text)).await;
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(error.action().contains("restore"), "{}", error.action());
}

#[tokio::test]
async fn an_unknown_code_is_judged_by_its_status() {
    for (status, kind) in [
        (400, ErrorKind::Unexpected),
        (401, ErrorKind::Unauthenticated),
        (403, ErrorKind::PermissionDenied),
        (429, ErrorKind::Throttled),
        (500, ErrorKind::Unavailable),
        (503, ErrorKind::Unavailable),
    ] {
        let error = error_after(Answer::error(status, "BrandNewException")).await;
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains("BrandNewException"), "{error}");
        let error = error_after(Answer::new(status, "text/html", "<html>no JSON</html>")).await;
        assert_eq!(error.kind(), kind, "{error}");
    }
}

#[tokio::test]
async fn a_throttle_tells_how_long_to_wait() {
    let throttled = Answer::error(400, "ThrottlingException");
    for (header, wait) in [("7", Some(7)), ("later", None), ("99999999", None), ("-1", None)] {
        let error = error_after(throttled.clone().with_header("retry-after", header)).await;
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert_eq!(error.retry_after(), wait.map(Duration::from_secs), "{header}");
    }
}

#[tokio::test]
async fn a_quota_that_no_moment_changes_is_not_repeated() {
    let error = error_after(Answer::error(400, "LimitExceededException")).await;
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_unavailable_or_too_late() {
    let cut = Answer::json(serde_json::json!({"Parameter": {"Value": "v"}})).breaking_off();
    for answer in [Answer::hang_up(), cut] {
        let error = error_after(answer).await;
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.is_retryable());
    }

    let free = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let server = server().await;
    let refused = session(settings(&server).endpoint_url(url));
    let error = get(&refused).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.is_retryable());

    let ok = Answer::json(serde_json::json!({"Parameter": {"Value": "v"}}));
    for slow in [ok.clone().after(Duration::from_secs(5)), ok.trickling(Duration::from_millis(50))]
    {
        server.script("GetParameter", slow);
        let hurried = session(settings(&server).request_timeout(Duration::from_millis(200)));
        let error = get(&hurried).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(error.is_retryable());
    }
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let body = format!("{{\"Parameter\": {{\"Value\": {:?}}}}}", "x".repeat(17 * 1024 * 1024));
    let error = error_after(Answer::new(200, "application/x-amz-json-1.1", body)).await;
    assert_eq!(error.kind(), ErrorKind::Unexpected, "{error}");
    assert!(error.message().contains("too large"), "{error}");
}

#[tokio::test]
async fn an_answer_that_is_none_is_unexpected() {
    for body in ["{\"Parameter\": ", "<xml/>", ""] {
        let server = server().await;
        server.script("GetParameter", Answer::new(200, "application/x-amz-json-1.1", body));
        match get(&session(settings(&server))).await {
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unexpected, "{body:?}: {error}"),
            // An empty answer has no parameter: the providers say so.
            Ok(value) => assert_eq!((body, &*value), ("", "")),
        }
    }
}

#[tokio::test]
async fn no_credentials_and_no_region_say_what_to_set() {
    let server = server().await;
    let nobody = settings_with(&[("AWS_EC2_METADATA_DISABLED", "true")])
        .region("eu-central-1")
        .endpoint_url(server.url());
    let error = get(&session(nobody)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
    assert!(error.action().contains("AWS_ACCESS_KEY_ID"), "{}", error.action());

    let nowhere = settings_with(&[
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    let error = get(&session(nowhere.endpoint_url(server.url()))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    assert!(error.action().contains("AWS_REGION"), "{}", error.action());
    assert_eq!(server.operations(), Vec::<String>::new());
}

#[tokio::test]
async fn what_sts_says_is_said_of_the_role() {
    const ROLE: &str = "arn:aws:iam::111122223333:role/reader";
    for (code, kind, action) in [
        ("AccessDenied", ErrorKind::PermissionDenied, "trust policy"),
        ("ValidationError", ErrorKind::InvalidConfig, "the role's settings"),
        ("MalformedPolicyDocument", ErrorKind::InvalidConfig, "session policy"),
        ("InvalidClientTokenId", ErrorKind::PermissionDenied, "access key"),
        ("SignatureDoesNotMatch", ErrorKind::Unauthenticated, "clock"),
    ] {
        let server = server().await;
        server.script("AssumeRole", Answer::xml_error(403, code));
        let error = get(&session(settings(&server).role(Role::new(ROLE)))).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains(ROLE) && error.message().contains(code), "{error}");
        assert!(error.action().contains(action), "{}", error.action());
        assert_eq!(server.count("GetParameter"), 0);
    }
}

#[test]
fn a_hostile_answer_leaves_no_trace() {
    let ((), log) = logs::capture(|| async {
        let hostile = |status| {
            Answer::error_saying(status, CANARY, CANARY)
                .with_header("x-amzn-requestid", &header_of(CANARY))
                .with_header("x-amzn-errortype", &header_of(CANARY))
        };
        let xml = |status| {
            let text = CANARY.replace('&', "&amp;").replace('<', "&lt;");
            let body = format!(
                "<ErrorResponse><Error><Code>{text}</Code><Message>{text}</Message></Error>\
                 <RequestId>{text}</RequestId></ErrorResponse>"
            );
            Answer::new(status, "text/xml", body)
        };
        for status in [302, 400, 500] {
            for answer in [
                hostile(status),
                Answer::new(status, "text/plain", CANARY),
                Answer::error_saying(status, "AccessDeniedException", CANARY),
                Answer::error_saying(status, "InvalidRequestException", CANARY),
            ] {
                assert_silent(&error_after(answer).await);
            }
            let server = server().await;
            server.script("AssumeRole", xml(status));
            // One attempt: the waits of STS between several are long.
            let once = settings_with(&[
                ("AWS_ACCESS_KEY_ID", "AKIATEST"),
                ("AWS_SECRET_ACCESS_KEY", "s"),
                ("AWS_MAX_ATTEMPTS", "1"),
            ]);
            let role = Role::new("arn:aws:iam::111122223333:role/reader");
            let once = once.region("eu-central-1").endpoint_url(server.url()).role(role);
            assert_silent(&get(&session(once)).await.unwrap_err());
            assert_eq!(server.count("AssumeRole"), 1);
        }
        assert_silent(&error_after(Answer::new(200, "application/x-amz-json-1.1", CANARY)).await);
    });
    assert!(log.contains("GetParameter"), "the SDK logs nothing at all");
    assert_eq!(canary::leaks(&log), None);
}

/// What of a text may stand in a header.
fn header_of(text: &str) -> String {
    text.chars().filter(|it| it.is_ascii_graphic()).collect()
}

#[track_caller]
fn assert_silent(error: &Error) {
    let told = format!("{error} {error:?} {error:#?} {}", error.action());
    assert_eq!(canary::leaks(&told), None, "in an error of the kind {}", error.kind());
    assert!(std::error::Error::source(error).is_none());
}

#[test]
fn keys_and_sessions_leave_no_trace() {
    const SECRET_KEY: &str = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY";
    const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLETOKEN-of-the-environment";
    let (debug, log) = logs::capture(|| async {
        let server: AwsServer = server().await;
        let settings = settings_with(&[
            ("AWS_ACCESS_KEY_ID", "AKIATEST"),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("AWS_SESSION_TOKEN", TOKEN),
        ])
        .region("eu-central-1")
        .endpoint_url(server.url())
        .role(Role::new("arn:aws:iam::111122223333:role/reader").mfa_serial("GAHT12345678"))
        .mfa_token(|_| Ok("135790".into()));
        let session = session(settings);
        get(&session).await.unwrap();
        server.script("GetParameter", Answer::error(400, "ExpiredTokenException"));
        get(&session).await.unwrap();
        format!("{session:?} {session:#?}")
    });
    for secret in [SECRET_KEY, TOKEN, "secret-of-session-1", "token-of-session-1"] {
        assert_eq!(canary::leaks_of(secret.as_bytes(), &debug), None, "{secret} in Debug");
        assert_eq!(canary::leaks_of(secret.as_bytes(), &log), None, "{secret} in the log");
    }
    assert!(!log.contains("135790"), "the MFA token in the log");
}
