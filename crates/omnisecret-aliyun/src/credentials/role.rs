//! Roles: assumed with other credentials, or with a token of OIDC (on Kubernetes: RRSA).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{Clock, Error, ErrorKind, Result, async_trait, file};
use reqwest::Method;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::answer::{Answer, on_the_way};
use super::refreshing::Source;
use super::surroundings::Surroundings;
use super::{Credentials, ProvideCredentials};
use crate::Endpoint;
use crate::error::from_response;
use crate::http::{Http, HttpRequest};
use crate::rpc::{Call, Rpc, Signature, date, parse};
use crate::sign::{nonce, query_string};

const STS_VERSION: &str = "2015-04-01";

/// What STS grants: from a quarter of an hour to half a day.
const DURATIONS: std::ops::RangeInclusive<u64> = 900..=43_200;

/// A role, and how it is assumed.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    /// `acs:ram::ACCOUNT:role/NAME`
    pub(crate) arn: String,
    pub(crate) session_name: String,
    pub(crate) duration: Duration,
    pub(crate) external_id: Option<String>,
    /// JSON that narrows what the role may do.
    pub(crate) policy: Option<String>,
}

impl Role {
    /// The role with this ARN, for an hour.
    pub(crate) fn new(arn: impl Into<String>, session_name: Option<String>) -> Self {
        Self {
            arn: arn.into(),
            session_name: session_name.unwrap_or_else(|| "omnisecret".to_owned()),
            duration: Duration::from_secs(3600),
            external_id: None,
            policy: None,
        }
    }

    /// Refuses what STS would refuse, before anything is sent.
    pub(crate) fn check(&self) -> Result<()> {
        let name = &self.session_name;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".@-_".contains(&byte);
        let fault = if !self.arn.starts_with("acs:ram::") {
            "`role_arn` is not acs:ram::ACCOUNT:role/NAME"
        } else if !(2..=64).contains(&name.len()) || !name.bytes().all(is_plain) {
            "`role_session_name` is not 2 to 64 of A-Z, a-z, 0-9, `.`, `@`, `-` and `_`"
        } else if !DURATIONS.contains(&self.duration.as_secs()) {
            "`duration` is not between 15 minutes and 12 hours"
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::InvalidConfig, fault))
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = vec![
            ("RoleArn", self.arn.clone()),
            ("RoleSessionName", self.session_name.clone()),
            ("DurationSeconds", self.duration.as_secs().to_string()),
        ];
        parameters.extend(self.policy.clone().map(|policy| ("Policy", policy)));
        parameters.extend(self.external_id.clone().map(|id| ("ExternalId", id)));
        parameters
    }
}

#[derive(Deserialize)]
struct StsAnswer {
    #[serde(rename = "Credentials")]
    credentials: Answer,
}

fn credentials(body: &[u8]) -> Result<Credentials> {
    parse::<StsAnswer>(body)?.credentials.credentials()
}

/// AssumeRole, with credentials that may be a role's themselves.
#[derive(Debug)]
pub(crate) struct AssumeRole {
    rpc: Rpc,
    role: Role,
}

impl AssumeRole {
    /// Assumes the role with these credentials, at this STS.
    pub(crate) fn new(
        role: Role,
        base: Arc<dyn ProvideCredentials>,
        endpoint: Endpoint,
        around: &Surroundings,
    ) -> Self {
        let rpc = Rpc {
            http: around.http_to(&endpoint),
            endpoint,
            version: STS_VERSION,
            credentials: base,
            signature: Signature::Version3,
            clock: Arc::clone(&around.clock),
        };
        Self { rpc, role }
    }
}

#[async_trait]
impl Source for AssumeRole {
    async fn fetch(&self) -> Result<Credentials> {
        let mut call = Call::new("AssumeRole");
        call.query = self.role.parameters();
        let answer = async { credentials(&self.rpc.call(&call).await?) };
        answer.await.map_err(|error| on_the_way("the role cannot be assumed", &error))
    }
}

/// AssumeRoleWithOIDC: nothing is signed, the token is the proof.
#[derive(Debug)]
pub(crate) struct AssumeRoleWithOidc {
    http: Http,
    endpoint: Endpoint,
    clock: Arc<dyn Clock>,
    role: Role,
    provider_arn: String,
    token_file: PathBuf,
}

impl AssumeRoleWithOidc {
    /// Assumes the role with the token in this file, which is read anew each time.
    pub(crate) fn new(
        role: Role,
        provider_arn: String,
        token_file: PathBuf,
        endpoint: Endpoint,
        around: &Surroundings,
    ) -> Self {
        let (http, clock) = (around.http_to(&endpoint), Arc::clone(&around.clock));
        Self { http, endpoint, clock, role, provider_arn, token_file }
    }

    async fn token(&self) -> Result<Zeroizing<String>> {
        let path = self.token_file.clone();
        let text = file::blocking(move || file::read_text(&path)).await.map_err(|error| {
            error.with_action("name the file of the OIDC token as `oidc_token_file`")
        })?;
        Ok(Zeroizing::new(text.trim().to_owned()))
    }

    async fn request(&self) -> Result<HttpRequest> {
        let query = query_string(&[
            ("Action", "AssumeRoleWithOIDC"),
            ("Format", "JSON"),
            ("SignatureNonce", &nonce()?),
            ("Timestamp", &date(self.clock.wall())),
            ("Version", STS_VERSION),
        ]);
        let token = self.token().await?;
        let parameters = self.role.parameters();
        let mut form: Vec<_> =
            parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        form.extend([("OIDCProviderArn", self.provider_arn.as_str()), ("OIDCToken", &token)]);
        // In the body, where the SDKs have it in the address: an access log must not have a token.
        let mut request = HttpRequest::new(Method::POST, self.endpoint.url("/", &query))
            .header("accept", "application/json")?
            .header("content-type", "application/x-www-form-urlencoded")?;
        request.body = Zeroizing::new(query_string(&form).into_bytes());
        Ok(request)
    }

    async fn assume(&self) -> Result<Credentials> {
        let response = self.http.send(self.request().await?).await?;
        if response.is_success() {
            credentials(&response.body)
        } else {
            Err(from_response(&response))
        }
    }
}

#[async_trait]
impl Source for AssumeRoleWithOidc {
    async fn fetch(&self) -> Result<Credentials> {
        let what = "the role cannot be assumed with the OIDC token";
        self.assume().await.map_err(|error| on_the_way(what, &error))
    }
}
