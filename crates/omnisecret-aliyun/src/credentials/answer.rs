//! Temporary credentials as services hand them out, in one form of JSON or another.

use omnisecret_core::{Error, ErrorKind, Result};
use serde::Deserialize;

use super::Credentials;
use crate::error::ServiceError;
use crate::model::{SecretText, time};

/// What STS, the metadata service and a credentials URI have in common.
#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(rename = "AccessKeyId")]
    key_id: String,
    #[serde(rename = "AccessKeySecret")]
    secret: SecretText,
    #[serde(rename = "SecurityToken")]
    token: SecretText,
    #[serde(rename = "Expiration")]
    expiration: String,
    /// `Success`, where there is one.
    #[serde(rename = "Code")]
    code: Option<String>,
}

impl Answer {
    /// The credentials, all four parts of which have to be there.
    pub(super) fn credentials(self) -> Result<Credentials> {
        if self.code.is_some_and(|code| code != "Success") {
            let message = "the service that gives out credentials has none";
            return Err(Error::new(ErrorKind::Unauthenticated, message)
                .with_action("see whether the role is attached to the machine"));
        }
        let expires = time(Some(&self.expiration)).ok_or_else(|| {
            Error::new(ErrorKind::Unexpected, "the credentials have no time of expiry")
        })?;
        Ok(Credentials::access_key(&self.key_id, self.secret.0)?
            .with_security_token(self.token.0)?
            .with_expires(expires))
    }
}

/// The error of somebody who was asked for credentials, as one of the call that needed them: no
/// secret is missing because a role is, and no path is wrong because a setting is.
pub(super) fn on_the_way(what: &str, error: &Error) -> Error {
    let kind = match error.kind() {
        ErrorKind::InvalidPath | ErrorKind::InvalidValue => ErrorKind::InvalidConfig,
        ErrorKind::NotFound | ErrorKind::Unsupported | ErrorKind::Conflict => {
            ErrorKind::Unauthenticated
        }
        kind => kind,
    };
    let mut wrapped = Error::new(kind, format!("{what}: {}", error.message()))
        .with_retryable(error.is_retryable())
        .with_action(error.action().to_owned());
    if let Some(delay) = error.retry_after() {
        wrapped = wrapped.with_retry_after(delay);
    }
    match ServiceError::of(error) {
        Some(service) => wrapped.with_source(service.clone()),
        None => wrapped,
    }
}
