//! The one table from what AWS answers to what it means here.

use omnisecret_core::{Error, ErrorKind};

/// Codes of AWS errors that mean the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Codes {
    /// The codes as the services spell them, without a namespace.
    pub codes: &'static [&'static str],
    /// What kind of failure they are.
    pub kind: ErrorKind,
    /// What to do about it, where the kind's own advice is too general.
    pub action: Option<&'static str>,
    /// Whether the same call may succeed a moment later.
    pub retryable: bool,
}

impl Codes {
    const fn mean(kind: ErrorKind, codes: &'static [&'static str]) -> Self {
        let retryable = matches!(kind, ErrorKind::Throttled | ErrorKind::Unavailable);
        Self { codes, kind, action: None, retryable }
    }

    const fn because(mut self, action: &'static str) -> Self {
        self.action = Some(action);
        self
    }

    const fn for_good(mut self) -> Self {
        self.retryable = false;
        self
    }

    /// The row of a code, and the code as it stands in the table.
    fn find(code: &str) -> Option<(&'static Self, &'static str)> {
        CODES.iter().find_map(|row| Some((row, *row.codes.iter().find(|known| **known == code)?)))
    }
}

/// Whether newer credentials may help.
pub(crate) fn is_expired(code: &str) -> bool {
    matches!(code, "ExpiredToken" | "ExpiredTokenException")
}

/// The error for a code that stands in an answer, as that of one secret of a batch.
///
/// The message is read, because one code stands for two things, and not kept: it may hold what was
/// sent.
pub fn error_of_code(code: &str, message: Option<&str>) -> Error {
    error(code, message, None, None)
}

/// The error for a code, or for a status where the code says nothing.
pub(crate) fn error(
    code: &str,
    message: Option<&str>,
    status: Option<u16>,
    request_id: Option<&str>,
) -> Error {
    let about = match (request_id.filter(|id| is_request_id(id)), status) {
        (Some(id), _) => format!(" (request {id})"),
        (None, Some(status)) => format!(" (status {status})"),
        (None, None) => String::new(),
    };
    if code == "InvalidRequestException" && message.is_some_and(says_deleted) {
        let text = format!("the secret is scheduled for deletion{about}");
        return Error::new(ErrorKind::NotFound, text)
            .with_action("restore the secret, or use another");
    }
    if let Some((row, code)) = Codes::find(code) {
        let error = Error::new(row.kind, format!("the service answers {code}{about}"))
            .with_retryable(row.retryable);
        return row.action.into_iter().fold(error, Error::with_action);
    }
    let kind = match status {
        Some(401) => ErrorKind::Unauthenticated,
        Some(403) => ErrorKind::PermissionDenied,
        Some(429) => ErrorKind::Throttled,
        Some(500..) => ErrorKind::Unavailable,
        _ => ErrorKind::Unexpected,
    };
    let text = match (is_name(code), status) {
        (true, _) => format!("the service answers {code}{about}"),
        (false, Some(300..400)) => format!("the service sends elsewhere{about}"),
        (false, _) => format!("the service answers with an error{about}"),
    };
    let error = Error::new(kind, text);
    match status {
        Some(300..400) => error.with_action("check the endpoint: redirects are not followed"),
        _ => error,
    }
}

/// The name in a code, which may have a namespace before it and a URL behind it; empty if it is none.
pub(crate) fn name(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default();
    if is_name(code) || Codes::find(code).is_some() { code } else { "" }
}

/// Whether a text is the name of an error and nothing else. An answer may be anything, so what
/// could be a value is not printed.
fn is_name(code: &str) -> bool {
    code.len() <= 64
        && code.bytes().all(|byte| byte.is_ascii_alphabetic())
        && ["Exception", "Error", "Fault", "Failure"].iter().any(|end| code.ends_with(end))
}

/// Whether it is the UUID that AWS gives each request.
pub(crate) fn is_request_id(id: &str) -> bool {
    id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// What Secrets Manager says of a secret that is scheduled for deletion.
pub(crate) const DELETED: &str = "marked for deletion";

pub(crate) fn says_deleted(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    [DELETED, "scheduled for deletion", "marked deleted", "was deleted"]
        .iter()
        .any(|phrase| message.contains(phrase))
}

/// Every code that is known, by what it means.
pub const CODES: &[Codes] = &[
    Codes::mean(
        ErrorKind::NotFound,
        &["ParameterNotFound", "ParameterVersionNotFound", "ResourceNotFoundException"],
    ),
    Codes::mean(
        ErrorKind::InvalidPath,
        &[
            "InvalidParameterException",
            "InvalidParameterValue",
            "ValidationError",
            "ValidationException",
        ],
    )
    .because("correct the name: the service does not take it"),
    Codes::mean(
        ErrorKind::InvalidValue,
        &[
            "HierarchyLevelLimitExceededException",
            "InvalidAllowedPatternException",
            "InvalidPolicyAttributeException",
            "InvalidPolicyTypeException",
            "ParameterPatternMismatchException",
        ],
    ),
    Codes::mean(
        ErrorKind::InvalidConfig,
        &["InvalidAction", "UnknownOperationException", "UnknownService"],
    )
    .because("check the endpoint and the region: another service answers there"),
    Codes::mean(
        ErrorKind::InvalidConfig,
        &[
            "MalformedPolicyDocument",
            "MalformedPolicyDocumentException",
            "PackedPolicyTooLarge",
            "PackedPolicyTooLargeException",
        ],
    )
    .because("correct the role's session policy"),
    Codes::mean(ErrorKind::InvalidConfig, &["RegionDisabledException"])
        .because("enable the region in the account, or use another"),
    Codes::mean(
        ErrorKind::Unauthenticated,
        &["ExpiredToken", "ExpiredTokenException", "IDPRejectedClaim", "InvalidIdentityToken"],
    )
    .because("renew the credentials: they have expired"),
    Codes::mean(
        ErrorKind::Unauthenticated,
        &[
            "IncompleteSignature",
            "IncompleteSignatureException",
            "InvalidSignatureException",
            "RequestExpired",
            "SignatureDoesNotMatch",
        ],
    )
    .because("check the machine's clock and the secret access key"),
    Codes::mean(
        ErrorKind::Unauthenticated,
        &["MissingAuthenticationToken", "MissingAuthenticationTokenException"],
    ),
    // An access key that was disabled or deleted is answered so, and one that never was.
    Codes::mean(
        ErrorKind::PermissionDenied,
        &["InvalidClientTokenId", "UnrecognizedClientException"],
    )
    .because("check that the access key exists and is active"),
    Codes::mean(
        ErrorKind::PermissionDenied,
        &[
            "AccessDenied",
            "AccessDeniedException",
            "NotAuthorized",
            "OptInRequired",
            "UnauthorizedOperation",
        ],
    )
    .because("grant the caller the action on this secret"),
    // A KMS key that is disabled, deleted or denied.
    Codes::mean(
        ErrorKind::PermissionDenied,
        &[
            "DecryptionFailure",
            "DisabledException",
            "EncryptionFailure",
            "InvalidKeyId",
            "KMSAccessDeniedException",
            "KMSDisabledException",
            "KMSInvalidStateException",
            "KMSNotFoundException",
        ],
    )
    .because("check that the KMS key is enabled and that the caller may use it"),
    Codes::mean(ErrorKind::Conflict, &["ParameterAlreadyExists", "ResourceExistsException"])
        .because("see whether the secret exists already"),
    Codes::mean(ErrorKind::Conflict, &["ParameterMaxVersionLimitExceeded"])
        .because("take the label off the oldest version, so that it can go"),
    Codes::mean(
        ErrorKind::Conflict,
        &[
            "HierarchyTypeMismatchException",
            "IncompatiblePolicyException",
            "InvalidRequestException",
            "PreconditionNotMetException",
        ],
    ),
    Codes::mean(ErrorKind::Unsupported, &["UnsupportedParameterType"]),
    // Quotas that no moment changes: the parameters of an account, the writes of ten minutes.
    Codes::mean(
        ErrorKind::Throttled,
        &["LimitExceededException", "ParameterLimitExceeded", "PoliciesLimitExceededException"],
    )
    .because("raise the quota, or write less often")
    .for_good(),
    // `TooManyUpdates` was refused and not done: to write again is safe.
    Codes::mean(
        ErrorKind::Throttled,
        &[
            "BandwidthLimitExceeded",
            "KMSThrottlingException",
            "PriorRequestNotComplete",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "ThrottledException",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
            "TooManyUpdates",
        ],
    ),
    Codes::mean(
        ErrorKind::Unavailable,
        &[
            "IDPCommunicationError",
            "InternalFailure",
            "InternalServerError",
            "InternalServiceError",
            "InternalServiceErrorException",
            "KMSInternalException",
            "RequestTimeout",
            "RequestTimeoutException",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ],
    ),
];
