//! From an error of the SDK to one of ours, at the boundary: kind, code, request id.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use http_body_util::LengthLimitError;
use omnisecret_core::{Error, ErrorKind};

use crate::codes;
use crate::http::{BrokenOff, PlainHttp};

/// The error for what the SDK says, by the table of [`CODES`](crate::CODES).
///
/// # Security
/// Neither the answer's body nor the SDK's own error is kept: both may quote what was sent.
pub fn error_of<E>(error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    Failure::of(error).error
}

/// An error, and whether newer credentials may help.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) is_expired: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, is_expired: false }
    }
}

impl Failure {
    pub(crate) fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        match error {
            // What the SDK could not read, whatever it was.
            SdkError::ServiceError(service) if service.raw().status().is_success() => {
                Self::from(unreadable(service.raw()))
            }
            SdkError::ServiceError(service) => {
                Self::of_answer(service.err().meta(), Some(service.raw()))
            }
            SdkError::TimeoutError(_) => Self::from(timed_out()),
            SdkError::ResponseError(response) => causes(error)
                .find_map(known)
                .unwrap_or_else(|| Self::from(unreadable(response.raw()))),
            _ => {
                let cause = causes(error).find_map(known);
                cause.unwrap_or_else(|| Self::from(of_transport(error)))
            }
        }
    }

    fn of_answer(
        meta: &aws_smithy_types::error::ErrorMetadata,
        response: Option<&HttpResponse>,
    ) -> Self {
        let code = meta.code().unwrap_or_default();
        let header = |name| response.and_then(|response| response.headers().get(name));
        // Of the table alone: what the SDK has read from the answer may be anything.
        let request_id = header("x-amzn-requestid").or_else(|| header("x-amz-request-id"));
        let status = response.map(|response| response.status().as_u16());
        let mut error = codes::error(code, meta.message(), status, request_id);
        if let Some(delay) = header("retry-after").and_then(retry_after) {
            error = error.with_retry_after(delay);
        }
        Self { error, is_expired: codes::is_expired(code) }
    }

    /// The same, and who tries again is to wait at least so long.
    pub(crate) fn not_before(self, delay: Duration) -> Self {
        if !self.error.is_retryable() {
            return self;
        }
        let delay = self.error.retry_after().map_or(delay, |asked| asked.max(delay));
        Self { error: self.error.with_retry_after(delay), ..self }
    }
}

/// The seconds that the service asks to wait; a time of day is not read.
fn retry_after(header: &str) -> Option<Duration> {
    let seconds: u64 = header.trim().parse().ok()?;
    // A day: more is no wait but a fault.
    (seconds <= 86_400).then(|| Duration::from_secs(seconds))
}

type Cause = dyn StdError + 'static;

fn causes(error: &Cause) -> impl Iterator<Item = &Cause> {
    std::iter::successors(Some(error), |error| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            // Its source is not what is in it, but the source of that.
            Some(inner) => Some(inner as &Cause),
            None => Cause::source(*error),
        }
    })
}

/// What a cause says, if it is one of those that say more than the SDK's own error.
fn known(cause: &Cause) -> Option<Failure> {
    if let Some(error) = cause.downcast_ref::<RoleFailure>() {
        return Some(error.0.clone());
    }
    if let Some(error) = cause.downcast_ref::<AssumeRoleError>() {
        return Some(of_credentials(error.meta()));
    }
    if let Some(error) = cause.downcast_ref::<AssumeRoleWithWebIdentityError>() {
        return Some(of_credentials(error.meta()));
    }
    if cause.is::<PlainHttp>() {
        let error = Error::new(ErrorKind::InvalidConfig, "plain http goes to this machine alone")
            .with_action("use https in the endpoint");
        return Some(Failure::from(error));
    }
    if let Some(rustls::Error::InvalidCertificate(_)) = cause.downcast_ref() {
        let message =
            "the server's certificate is not from a trusted authority or not for its name";
        let error = Error::new(ErrorKind::InvalidConfig, message)
            .with_action("check the endpoint, or name the authority's certificates as `ca_file`");
        return Some(Failure::from(error));
    }
    if cause.is::<BrokenOff>() {
        let is_too_large = causes(cause).any(|cause| cause.is::<LengthLimitError>());
        return Some(Failure::from(if is_too_large {
            Error::new(ErrorKind::Unexpected, "the answer is too large")
        } else {
            Error::new(ErrorKind::Unavailable, "the answer breaks off")
        }));
    }
    let error = match cause.downcast_ref::<CredentialsError>()? {
        CredentialsError::CredentialsNotLoaded(_) => {
            Error::new(ErrorKind::Unauthenticated, "there are no AWS credentials").with_action(
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile, or run where a \
                 role is given",
            )
        }
        CredentialsError::InvalidConfiguration(_) => {
            Error::new(ErrorKind::InvalidConfig, "the profile gives no credentials")
                .with_action("correct the profile in ~/.aws/config or ~/.aws/credentials")
        }
        CredentialsError::ProviderTimedOut(_) => timed_out(),
        // Its own cause, further on, knows more.
        error => return causes(error).skip(1).find_map(known).or_else(|| of_provider(error)),
    };
    Some(Failure::from(error))
}

/// A failure of whoever gives credentials, that has no cause which is known.
fn of_provider(error: &CredentialsError) -> Option<Failure> {
    let is_io = causes(error).any(|cause| cause.is::<io::Error>());
    let (kind, message) = if is_io {
        (ErrorKind::Unavailable, "whoever gives the credentials cannot be reached")
    } else {
        (ErrorKind::Unauthenticated, "the credentials cannot be got")
    };
    Some(Failure::from(Error::new(kind, message)))
}

fn of_credentials(meta: &aws_smithy_types::error::ErrorMetadata) -> Failure {
    let Failure { error, is_expired } = Failure::of_answer(meta, None);
    Failure { error: of_role(error, None), is_expired }
}

/// The same error, said of the role that was to be assumed.
pub(crate) fn of_role(error: Error, arn: Option<&str>) -> Error {
    let (kind, action) = match error.kind() {
        // What STS calls invalid are the arguments of the role.
        ErrorKind::InvalidPath | ErrorKind::NotFound => {
            (ErrorKind::InvalidConfig, "correct the role's settings")
        }
        ErrorKind::PermissionDenied if error.message().contains("AccessDenied") => (
            ErrorKind::PermissionDenied,
            "allow the caller sts:AssumeRole, and name it in the role's trust policy",
        ),
        kind => (kind, error.action()),
    };
    let role = arn.map_or_else(|| "the role".to_owned(), |arn| format!("the role {arn:?}"));
    let message = format!("{role} cannot be assumed: {}", error.message());
    let of_role = Error::new(kind, message)
        .with_action(action.to_owned())
        .with_retryable(error.is_retryable());
    error.retry_after().into_iter().fold(of_role, Error::with_retry_after)
}

/// What the credentials of a role hand through the SDK: an error of ours, to be found again.
pub(crate) struct RoleFailure(pub(crate) Failure);

impl std::fmt::Debug for RoleFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.error.fmt(f)
    }
}

impl std::fmt::Display for RoleFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.error.fmt(f)
    }
}

impl StdError for RoleFailure {}

fn timed_out() -> Error {
    Error::new(ErrorKind::Timeout, "a request got no answer in time")
}

/// An answer that is none of the service's: of a proxy, say.
fn unreadable(response: &HttpResponse) -> Error {
    if !response.status().is_success() {
        return codes::error("", None, Some(response.status().as_u16()), None);
    }
    Error::new(ErrorKind::Unexpected, "the answer cannot be read")
        .with_action("check the endpoint: something else may answer there")
}

fn of_transport<E>(error: &SdkError<E, HttpResponse>) -> Error
where
    E: StdError + 'static,
{
    match error {
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            Error::new(ErrorKind::Timeout, "the service cannot be connected to in time")
        }
        SdkError::DispatchFailure(failure) if failure.is_io() => {
            Error::new(ErrorKind::Unavailable, "the service cannot be reached")
                .with_action("check the endpoint and the network")
        }
        SdkError::ConstructionFailure(_) => {
            Error::new(ErrorKind::Unexpected, "the request cannot be made")
        }
        // Credentials that take too long, among others.
        _ => Error::new(ErrorKind::Unavailable, "the connection to the service fails")
            .with_action("check the endpoint and the network"),
    }
}
