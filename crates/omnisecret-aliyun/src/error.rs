//! The one table from the services' errors to ours.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use omnisecret_core::{Error, ErrorKind};
use serde::Deserialize;

use crate::http::HttpResponse;

/// The longest wait that a service may ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(600);

/// What a service has said, as the [`source`](std::error::Error::source) of an error: its code,
/// the HTTP status and the id of the request. Its message is not kept, it may quote the request.
///
/// ```
/// use omnisecret_aliyun::ServiceError;
///
/// fn is_unknown_key(error: &omnisecret_core::Error) -> bool {
///     ServiceError::of(error).is_some_and(|it| it.code() == "InvalidAccessKeyId.NotFound")
/// }
/// # assert!(!is_unknown_key(&omnisecret_core::Error::new(omnisecret_core::ErrorKind::Timeout, "")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
    code: String,
    status: u16,
    request_id: Option<String>,
}

impl ServiceError {
    /// What the service has said, if this error is one of a service.
    pub fn of(error: &Error) -> Option<&Self> {
        std::error::Error::source(error)?.downcast_ref()
    }

    /// The code: `Forbidden.ResourceNotFound`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The status of HTTP.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The id that the provider's support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, HTTP {}", self.code, self.status)?;
        match &self.request_id {
            Some(id) => write!(f, ", request {id}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ServiceError {}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(rename = "Code", borrow)]
    code: Cow<'a, str>,
    #[serde(rename = "RequestId", borrow, default)]
    request_id: Cow<'a, str>,
}

/// The error in a JSON answer without success.
pub(crate) fn from_response(response: &HttpResponse) -> Error {
    let body = serde_json::from_slice::<Body<'_>>(&response.body).ok();
    let header = response.header("x-acs-request-id");
    let request_id = header.or(body.as_ref().map(|body| &*body.request_id)).unwrap_or_default();
    let code = body.as_ref().map_or("", |body| &body.code);
    let error = from_code(code, response.status, request_id);
    match retry_after(response) {
        Some(delay) if error.is_retryable() => error.with_retry_after(delay),
        _ => error,
    }
}

/// The error of this code, status and request.
pub(crate) fn from_code(code: &str, status: u16, request_id: &str) -> Error {
    let service = ServiceError {
        code: if is_plain(code) { code.to_owned() } else { "no code".to_owned() },
        status,
        request_id: is_plain(request_id).then(|| request_id.to_owned()),
    };
    let row = row(code).unwrap_or_else(|| by_status(status));
    let mut error = Error::new(row.kind, format!("{} ({service})", row.message));
    if let Some(action) = row.action {
        error = error.with_action(action);
    }
    error.with_retryable(row.retryable).with_source(service)
}

/// Whether other credentials of the same source may be accepted: these have run out, or are gone.
pub(crate) fn asks_for_other_credentials(error: &Error) -> bool {
    ServiceError::of(error).is_some_and(|service| {
        let code = service.code();
        code.starts_with("InvalidAccessKeyId") || code.starts_with("InvalidSecurityToken.")
    })
}

struct Row {
    kind: ErrorKind,
    message: &'static str,
    action: Option<&'static str>,
    retryable: bool,
}

const fn row_of(kind: ErrorKind, message: &'static str, action: Option<&'static str>) -> Row {
    let retryable =
        matches!(kind, ErrorKind::Throttled | ErrorKind::Unavailable | ErrorKind::Timeout);
    Row { kind, message, action, retryable }
}

/// KMS first, then what the gateway of STS and other services says in its own words, then the API
/// of a KMS instance.
#[rustfmt::skip] // A table: one line for a row.
fn row(code: &str) -> Option<Row> {
    use ErrorKind as K;
    const CLOCK: Option<&str> = Some("set the clock of this machine: it is more than 15 minutes off");
    const RENEW: Option<&str> = Some("provide valid credentials; temporary ones have to be renewed by their source");
    const ACCOUNT: Option<&str> = Some("see to the account in the console: the service is off, unpaid or blocked");
    Some(match code {
        "Forbidden.ResourceNotFound" => row_of(K::NotFound, "no such secret or version", None),
        "Rejected.ResourceInDeleteWindow" => row_of(K::NotFound, "the secret is scheduled for deletion", Some("restore it, or use another")),
        "Rejected.ResourceExist" => row_of(K::Conflict, "the secret or the version exists already", None),
        // Why is not told: neither to be waited out nor to be answered with an old value.
        "Rejected.Unavailable" => Row { retryable: false, ..row_of(K::Unavailable, "the key or the instance of the secret is unavailable", Some("see to the key and the KMS instance of the secret in the console")) },
        "Rejected.Disabled" => row_of(K::PermissionDenied, "the encryption key of the secret is disabled", Some("enable the key")),
        "Rejected.PendingDeletion" => row_of(K::PermissionDenied, "the encryption key of the secret is scheduled for deletion", Some("cancel the deletion of the key")),
        // No moment changes that.
        "Rejected.LimitExceeded" => Row { retryable: false, ..row_of(K::Throttled, "a quota is used up", Some("delete what is not needed, or raise the quota")) },
        "Forbidden.NoPermission" | "NoPermission" => row_of(K::PermissionDenied, "a policy does not allow this", Some("grant kms:GetSecretValue or what else the operation needs, and kms:Decrypt where the key is the customer's")),
        "Forbidden.KeyNotFound" | "Forbidden.AliasNotFound" => row_of(K::PermissionDenied, "the encryption key of the secret does not exist", Some("name a key that exists")),
        "InvalidAccessKeyId.NotFound" | "InvalidAccessKeyId" => row_of(K::Unauthenticated, "the access key does not exist, or not any more", RENEW),
        "Forbidden.AccessKey" | "InvalidAccessKeyId.Inactive" => row_of(K::PermissionDenied, "the access key is disabled", Some("enable the access key, or use another")),
        "IncompleteSignature" | "SignatureDoesNotMatch" | "InvalidAccessKeySecret" => row_of(K::Unauthenticated, "the signature is not right", Some("check the secret of the access key")),
        "IllegalTimestamp" | "InvalidTimeStamp.Expired" => row_of(K::Unauthenticated, "the time of the request is not accepted", CLOCK),
        "SignatureNonceUsed" => row_of(K::Unavailable, "the request came twice", None),
        "InvalidSecurityToken.Expired" => row_of(K::Unauthenticated, "the security token has expired", RENEW),
        "InvalidSecurityToken.Malformed" | "InvalidSecurityToken.MismatchWithAccessKey" => row_of(K::Unauthenticated, "the security token is not one of this access key", RENEW),
        "MissingParameter" | "InvalidParameter" | "ParseRequestParameterException" => row_of(K::InvalidPath, "the service does not take a parameter", Some("check the characters and the length of the secret's name and of the version")),
        "UnsupportedOperation" => row_of(K::Unsupported, "the service does not do this with a secret of this type", Some("managed secrets are rotated by the service, not written")),
        "InvalidAction.NotFound" | "InvalidVersion" | "InvalidApiName" | "InvalidApiVersion" => row_of(K::Unsupported, "the service does not know this operation", None),
        "UnsupportedHTTPMethod" => row_of(K::Unexpected, "the service does not take this HTTP method", None),
        "Forbidden.KmsServiceNotEnabled" => row_of(K::PermissionDenied, "KMS is not enabled for this account", ACCOUNT),
        "Forbidden.InDebt" | "Forbidden.InDebtOverdue" => row_of(K::PermissionDenied, "the account is in debt", ACCOUNT),
        "Forbidden.ProhibitedByRiskControl" => row_of(K::PermissionDenied, "the account is blocked by risk control", ACCOUNT),
        "Rejected.Throttling" | "Throttling" | "Throttling.User" | "Throttling.Api" => row_of(K::Throttled, "the service asks for fewer calls", None),
        "InternalFailure" | "InternalError" => row_of(K::Unavailable, "the service has failed", None),
        "ServiceUnavailableTemporary" | "ServiceUnavailable" => row_of(K::Unavailable, "the service is unavailable for the moment", None),
        "EntityNotExist.Role" => row_of(K::PermissionDenied, "the role does not exist", Some("name a role that exists, as acs:ram::ACCOUNT:role/NAME")),
        "AuthenticationFail.NoPermission" | "AuthenticationFail.OIDCToken.Invalid" | "AuthenticationFail.OIDCToken.Expired" => row_of(K::Unauthenticated, "the role cannot be assumed with this token", Some("check the role's trust policy, and the audience and the age of the token")),
        "Unauthorized" => row_of(K::Unauthenticated, "the client key does not exist, or not any more", RENEW),
        "SignatureNotMatch" => row_of(K::Unauthenticated, "the signature is not right", Some("check the client key")),
        "RequestTimeTooSkewed" => row_of(K::Unauthenticated, "the time of the request is not accepted", CLOCK),
        "InvalidParam" => row_of(K::InvalidPath, "the service does not take a parameter", None),
        _ => return None,
    })
}

/// For a code that is not in the table, or an answer of something on the way.
fn by_status(status: u16) -> Row {
    match status {
        401 => row_of(ErrorKind::Unauthenticated, "the service does not know who asks", None),
        403 => row_of(ErrorKind::PermissionDenied, "the service says no", None),
        408 => row_of(ErrorKind::Timeout, "the service has not waited for the request", None),
        429 => row_of(ErrorKind::Throttled, "the service asks for fewer calls", None),
        300..=399 => row_of(
            ErrorKind::Unexpected,
            "the service points to another address, which is not followed",
            Some("check the endpoint, and whether something on the way answers in its place"),
        ),
        500.. => row_of(ErrorKind::Unavailable, "the service has failed", None),
        _ => row_of(ErrorKind::Unexpected, "the service answers with an unknown error", None),
    }
}

/// How long to wait: in milliseconds as the SDKs read it, or in seconds as HTTP has it.
fn retry_after(response: &HttpResponse) -> Option<Duration> {
    let number = |name| response.header(name)?.trim().parse::<u64>().ok();
    number("x-acs-retry-after")
        .map(Duration::from_millis)
        .or_else(|| number("retry-after").map(Duration::from_secs))
        .map(|delay| delay.min(MAX_RETRY_AFTER))
}

/// Codes and ids are short and of few characters; anything else may be anything, and is not shown.
fn is_plain(text: &str) -> bool {
    (1..=80).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}
