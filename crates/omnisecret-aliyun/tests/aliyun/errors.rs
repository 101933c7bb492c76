//! The table of errors: one test per row, on the wire.

use std::time::Duration;

use omnisecret_aliyun::ServiceError;
use omnisecret_core::{ErrorKind, SecretProvider};

use crate::server::{KEY_SECRET, Reply, Server};
use crate::setup::provider;

/// Each row becomes a test of its own, named after its code.
macro_rules! rows {
    ($($name:ident: $status:literal $code:literal => $kind:ident, $retryable:literal;)*) => {$(
        #[tokio::test]
        async fn $name() {
            answers($status, $code, ErrorKind::$kind, $retryable).await;
        }
    )*};
}

rows! {
    resource_not_found: 404 "Forbidden.ResourceNotFound" => NotFound, false;
    resource_in_delete_window: 409 "Rejected.ResourceInDeleteWindow" => NotFound, false;
    resource_exist: 409 "Rejected.ResourceExist" => Conflict, false;
    rejected_unavailable_is_neither_repeated_nor_papered_over:
        409 "Rejected.Unavailable" => Unavailable, false;
    key_disabled: 409 "Rejected.Disabled" => PermissionDenied, false;
    key_pending_deletion: 409 "Rejected.PendingDeletion" => PermissionDenied, false;
    limit_exceeded: 400 "Rejected.LimitExceeded" => Throttled, false;
    no_permission: 403 "Forbidden.NoPermission" => PermissionDenied, false;
    key_not_found: 404 "Forbidden.KeyNotFound" => PermissionDenied, false;
    alias_not_found: 404 "Forbidden.AliasNotFound" => PermissionDenied, false;
    access_key_not_found: 404 "InvalidAccessKeyId.NotFound" => Unauthenticated, false;
    access_key_disabled_at_kms: 403 "Forbidden.AccessKey" => PermissionDenied, false;
    access_key_disabled_elsewhere: 400 "InvalidAccessKeyId.Inactive" => PermissionDenied, false;
    incomplete_signature: 400 "IncompleteSignature" => Unauthenticated, false;
    signature_does_not_match: 400 "SignatureDoesNotMatch" => Unauthenticated, false;
    illegal_timestamp: 400 "IllegalTimestamp" => Unauthenticated, false;
    timestamp_expired: 400 "InvalidTimeStamp.Expired" => Unauthenticated, false;
    nonce_used_is_repeated_with_another: 400 "SignatureNonceUsed" => Unavailable, true;
    token_expired: 400 "InvalidSecurityToken.Expired" => Unauthenticated, false;
    token_malformed: 400 "InvalidSecurityToken.Malformed" => Unauthenticated, false;
    token_of_another_key: 403 "InvalidSecurityToken.MismatchWithAccessKey" => Unauthenticated, false;
    missing_parameter: 400 "MissingParameter" => InvalidPath, false;
    invalid_parameter: 400 "InvalidParameter" => InvalidPath, false;
    parse_request_parameter: 400 "ParseRequestParameterException" => InvalidPath, false;
    unsupported_operation: 400 "UnsupportedOperation" => Unsupported, false;
    unsupported_http_method: 403 "UnsupportedHTTPMethod" => Unexpected, false;
    kms_not_enabled: 403 "Forbidden.KmsServiceNotEnabled" => PermissionDenied, false;
    in_debt: 403 "Forbidden.InDebt" => PermissionDenied, false;
    in_debt_overdue: 403 "Forbidden.InDebtOverdue" => PermissionDenied, false;
    risk_control: 403 "Forbidden.ProhibitedByRiskControl" => PermissionDenied, false;
    throttled: 429 "Rejected.Throttling" => Throttled, true;
    throttled_elsewhere: 400 "Throttling" => Throttled, true;
    user_throttled_elsewhere: 400 "Throttling.User" => Throttled, true;
    internal_failure: 500 "InternalFailure" => Unavailable, true;
    unavailable_for_the_moment: 503 "ServiceUnavailableTemporary" => Unavailable, true;
    unavailable_elsewhere: 503 "ServiceUnavailable" => Unavailable, true;
    unknown_operation: 404 "InvalidAction.NotFound" => Unsupported, false;
    unknown_code_is_judged_by_its_status_401: 401 "Some.New.Code" => Unauthenticated, false;
    unknown_code_is_judged_by_its_status_403: 403 "Some.New.Code" => PermissionDenied, false;
    unknown_code_with_404_is_not_a_missing_secret: 404 "Some.New.Code" => Unexpected, false;
    unknown_code_is_judged_by_its_status_429: 429 "Some.New.Code" => Throttled, true;
    unknown_code_is_judged_by_its_status_502: 502 "Some.New.Code" => Unavailable, true;
}

async fn answers(status: u16, code: &str, kind: ErrorKind, is_retryable: bool) {
    let server = Server::start();
    server.put("app", "value");
    server.fail("GetSecretValue", 9, status, code);
    let error = provider(&server).get("app").await.expect_err("a scripted failure");
    assert_eq!((error.kind(), error.is_retryable()), (kind, is_retryable), "{error}");

    let service = ServiceError::of(&error).expect("what the service has said");
    assert_eq!((service.code(), service.status()), (code, status));
    assert_eq!(service.request_id(), Some("6A3E9C36-1150-4881-84D3-EB8672FCAFAD"));
    assert!(error.message().contains(code), "{error}");
    // The message of the service quotes, and is not kept.
    assert!(!format!("{error} {error:?}").contains(KEY_SECRET));
    // A fixed key has no other to try: the call is made once.
    assert_eq!(server.count("GetSecretValue"), 1);
}

#[tokio::test]
async fn a_hint_how_long_to_wait_is_kept() {
    for (name, text, delay) in [
        ("x-acs-retry-after", "1500", Some(Duration::from_millis(1500))),
        ("retry-after", "2", Some(Duration::from_secs(2))),
        ("retry-after", "86400", Some(Duration::from_secs(600))),
        ("retry-after", "tomorrow", None),
    ] {
        let server = Server::start();
        let reply = Reply::error(429, "Rejected.Throttling").with_header(name, text);
        server.reply("GetSecretValue", 1, reply);
        let error = provider(&server).get("app").await.expect_err("a throttle");
        assert_eq!(error.retry_after(), delay, "{name}: {text}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_the_services_is_quoted_nowhere() {
    let body = format!("<html>{KEY_SECRET}</html>");
    for status in [200, 403, 502] {
        let server = Server::start();
        let reply = Reply::Full { status, headers: Vec::new(), body: body.clone() };
        server.reply("GetSecretValue", 1, reply);
        let error = provider(&server).get("app").await.expect_err("no JSON");
        assert!(!format!("{error} {error:?}").contains(KEY_SECRET), "{error}");
    }
}

#[tokio::test]
async fn a_code_that_could_write_to_a_terminal_is_not_shown() {
    let server = Server::start();
    server.fail("GetSecretValue", 1, 400, "Bad\u{1b}[31m\nCode");
    let error = provider(&server).get("app").await.expect_err("a failure");
    assert!(!format!("{error}").contains('\u{1b}'));
    assert_eq!(ServiceError::of(&error).map(ServiceError::code), Some("no code"));
}
