//! How a callable fails: what the operator is told, and what only the log is.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use axum::http::StatusCode;
use omnisecret_core::{Error, ErrorKind};

/// The result of a callable.
pub type Result<T, E = ProducerError> = std::result::Result<T, E>;

/// What kind of failure it was. It decides the status of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// The payload or the input will not do, or the vendor says no: 400.
    Refused,
    /// The vendor does not know who asks: 401.
    Unauthenticated,
    /// The vendor knows who asks and says no: 403.
    Forbidden,
    /// What is asked for is not there: 404.
    NotFound,
    /// Somebody else is at it: 409.
    Conflict,
    /// Something that should not happen: 500. Its text goes to the log alone.
    Internal,
    /// The vendor is down: 503.
    Unavailable,
    /// No answer in the time allowed: 504.
    Timeout,
}

impl FailureKind {
    /// The status of the answer.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Refused => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }
}

/// Why a callable did not do what it was asked.
///
/// # Security
/// The gateway shows the text of every kind but [`FailureKind::Internal`] to the operator. Say in
/// your own words what is wrong; quote neither the payload nor what the vendor has answered.
///
/// ```
/// use omnisecret_akeyless::{FailureKind, ProducerError};
///
/// let error = ProducerError::new(FailureKind::Refused, "the vendor refuses the client id");
/// assert_eq!(error.kind().status(), 400);
/// ```
#[derive(Clone, Debug)]
pub struct ProducerError {
    kind: FailureKind,
    message: Cow<'static, str>,
    /// Whether the operator reads it although it is internal: a text of this crate.
    shown: bool,
}

impl ProducerError {
    /// An error of this kind.
    pub fn new(kind: FailureKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into(), shown: false }
    }

    /// [`FailureKind::Refused`]: the operator can do something about it.
    pub fn refused(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FailureKind::Refused, message)
    }

    /// [`FailureKind::Internal`]: the operator reads a fixed text, the log has this one.
    pub fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FailureKind::Internal, message)
    }

    /// [`FailureKind::Refused`] for fields, each with what is wrong with it:
    /// `key: must not be blank, port: must be a number`.
    pub fn fields<'a>(faults: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let faults: Vec<_> =
            faults.into_iter().map(|(field, fault)| format!("{field}: {fault}")).collect();
        Self::refused(faults.join(", "))
    }

    /// [`FailureKind::Internal`] with a fixed text of ours, which says what the callable did wrong.
    pub(crate) fn shown(message: &'static str) -> Self {
        Self { shown: true, ..Self::internal(message) }
    }

    /// The kind, which decides the status of the answer.
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// What happened. For [`FailureKind::Internal`] it is not part of the answer.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the answer says.
    pub(crate) fn told(&self) -> &str {
        match self.kind {
            FailureKind::Internal if !self.shown => "the producer failed; its log says why",
            _ => &self.message,
        }
    }
}

impl fmt::Display for ProducerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for ProducerError {}

/// An error of a secret provider, whose texts hold no value.
impl From<Error> for ProducerError {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::Unavailable | ErrorKind::Throttled => FailureKind::Unavailable,
            ErrorKind::Timeout => FailureKind::Timeout,
            ErrorKind::Conflict => FailureKind::Conflict,
            ErrorKind::InvalidValue => FailureKind::Refused,
            // What this producer may read is its own affair and not the operator's.
            _ => FailureKind::Internal,
        };
        Self::new(kind, error.message().to_owned())
    }
}
