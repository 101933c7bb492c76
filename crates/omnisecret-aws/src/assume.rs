//! The credentials of a role. The SDK's own provider knows neither MFA, nor a source identity, nor
//! transitive tags.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as ProvideFuture;
use aws_credential_types::provider::{self, ProvideCredentials};
use aws_sdk_sts::Client;
use aws_sdk_sts::types::{PolicyDescriptorType, Tag};
use omnisecret_core::{Error, ErrorKind, Result};
use tokio::sync::Mutex;
use tokio::task::{JoinHandle, spawn, spawn_blocking};

use crate::Role;
use crate::failure::{Failure, RoleFailure, of_role};
use crate::settings::TokenSource;

/// How long a failure answers those who come after it. The SDK's cache lets those who wait try one
/// after another, and a hundred callers of a role that is denied are no reason for a hundred calls.
const HOLD_OFF: Duration = Duration::from_millis(250);

#[derive(Clone, Debug)]
pub(crate) struct RoleCredentials(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    role: Role,
    mfa_token: Option<TokenSource>,
    flight: Mutex<Flight>,
}

/// An assumption under way, and how the last one failed.
///
/// It goes on in a task of its own: an MFA token is good for one use, so whoever gives up waiting
/// leaves it to those who come next.
#[derive(Debug, Default)]
struct Flight {
    task: Option<JoinHandle<Result<Credentials, Failure>>>,
    failed: Option<(Instant, Failure)>,
}

impl RoleCredentials {
    pub(crate) fn new(client: Client, role: Role, mfa_token: Option<TokenSource>) -> Self {
        Self(Arc::new(Inner { client, role, mfa_token, flight: Mutex::default() }))
    }

    async fn credentials(&self) -> provider::Result {
        let mut flight = self.0.flight.lock().await;
        if let Some((when, failure)) = &flight.failed
            && when.elapsed() < HOLD_OFF
        {
            return Err(CredentialsError::provider_error(RoleFailure(failure.clone())));
        }
        let inner = Arc::clone(&self.0);
        let task = flight.task.get_or_insert_with(|| spawn(async move { inner.assume().await }));
        let ended = task.await;
        flight.task = None;
        let failure = match ended {
            Ok(Ok(credentials)) => {
                flight.failed = None;
                return Ok(credentials);
            }
            Ok(Err(failure)) => failure,
            // A callback that panics, or a runtime that is going down.
            Err(_) => Error::new(ErrorKind::Unexpected, "a role was not assumed to the end").into(),
        };
        let failure = failure.not_before(HOLD_OFF);
        flight.failed = Some((Instant::now(), failure.clone()));
        Err(CredentialsError::provider_error(RoleFailure(failure)))
    }
}

impl Inner {
    async fn assume(&self) -> Result<Credentials, Failure> {
        let Role {
            arn,
            session_name,
            external_id,
            duration,
            policy,
            policy_arns,
            tags,
            transitive_tags,
            source_identity,
            mfa_serial,
            sts_region: _,
        } = &self.role;
        let arns = policy_arns.iter().map(|arn| PolicyDescriptorType::builder().arn(arn).build());
        let tags = tags.iter().map(|(key, value)| {
            Tag::builder().key(key).value(value).build().expect("a key and a value are given")
        });
        let token = self.token(mfa_serial.as_deref()).await?;
        let answer = self
            .client
            .assume_role()
            .role_arn(arn)
            .role_session_name(session_name)
            .set_external_id(external_id.clone())
            .set_duration_seconds(duration.map(|duration| duration.as_secs() as i32))
            .set_policy(policy.clone())
            .set_policy_arns(some_of(arns.collect()))
            .set_tags(some_of(tags.collect()))
            .set_transitive_tag_keys(some_of(transitive_tags.clone()))
            .set_source_identity(source_identity.clone())
            .set_serial_number(mfa_serial.clone())
            .set_token_code(token)
            .send()
            .await
            .map_err(|error| {
                let Failure { error, is_expired } = Failure::of(&error);
                Failure { error: of_role(error, Some(arn)), is_expired }
            })?;
        let Some(credentials) = answer.credentials else {
            let message = format!("the role {arn:?} was assumed, and no credentials came");
            return Err(Error::new(ErrorKind::Unexpected, message).into());
        };
        // The SDK reads XML that breaks off, and what is not there as empty or as the year 1970.
        let texts = [
            &credentials.access_key_id,
            &credentials.secret_access_key,
            &credentials.session_token,
        ];
        let expiry = SystemTime::try_from(*credentials.expiration()).unwrap_or(UNIX_EPOCH);
        if texts.iter().any(|text| text.is_empty()) || expiry <= UNIX_EPOCH {
            let message =
                format!("the role {arn:?} was assumed, and its credentials are not whole");
            return Err(Error::new(ErrorKind::Unexpected, message).into());
        }
        Ok(Credentials::new(
            credentials.access_key_id,
            credentials.secret_access_key,
            Some(credentials.session_token),
            Some(expiry),
            "omnisecret",
        ))
    }

    async fn token(&self, serial: Option<&str>) -> Result<Option<String>, Failure> {
        let (Some(serial), Some(source)) = (serial, self.mfa_token.clone()) else {
            return Ok(None);
        };
        let asked = serial.to_owned();
        let token = spawn_blocking(move || source.ask(&asked)).await;
        let token = token.map_err(|_| {
            Error::new(ErrorKind::Unexpected, "who was to give the MFA token panicked")
        })??;
        let digits = token.expose_str().map(str::trim).unwrap_or_default();
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let message = format!("the token of the MFA device {serial:?} is not of six digits");
            return Err(Error::new(ErrorKind::Unauthenticated, message)
                .with_action("give the six digits that the device shows")
                .into());
        }
        Ok(Some(digits.to_owned()))
    }
}

fn some_of<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

impl ProvideCredentials for RoleCredentials {
    fn provide_credentials<'a>(&'a self) -> ProvideFuture<'a>
    where
        Self: 'a,
    {
        ProvideFuture::new(self.credentials())
    }
}
