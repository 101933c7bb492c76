//! What a person has logged in to with the CLI: a token of theirs is exchanged for credentials.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use omnisecret_core::{Clock, Error, ErrorKind, Result, SecretValue, async_trait};
use reqwest::Method;
use serde::Deserialize;
use std::sync::Arc;
use zeroize::Zeroizing;

use super::Credentials;
use super::answer::{Answer, on_the_way};
use super::refreshing::Source;
use super::surroundings::Surroundings;
use crate::Endpoint;
use crate::error::from_response;
use crate::http::{Http, HttpRequest};
use crate::rpc::parse;

/// How long what the CLI has cached must be valid yet.
const MIN_LIFE: Duration = Duration::from_secs(60);

/// A login of the CLI, by CloudSSO or by OAuth.
///
/// Its own token is not renewed here: the one that renews it is good for one use, and the CLI,
/// which keeps it, would be left with a dead one.
#[derive(Debug)]
pub(crate) struct Login {
    http: Http,
    endpoint: Endpoint,
    clock: Arc<dyn Clock>,
    token: SecretValue,
    expires: SystemTime,
    exchange: Exchange,
    /// What the CLI has exchanged already.
    cached: Option<Credentials>,
}

/// Where and how the token is exchanged.
#[derive(Clone, Debug)]
pub(crate) enum Exchange {
    /// For an access configuration of an account.
    CloudSso { account_id: String, access_config: String },
    /// For the person's own rights.
    OAuth,
}

#[derive(Deserialize)]
struct CloudSsoAnswer {
    #[serde(rename = "CloudCredential")]
    credentials: Answer,
}

impl Login {
    /// A login with this token, which is valid until so many seconds after the epoch.
    pub(crate) fn new(
        endpoint: Endpoint,
        around: &Surroundings,
        token: SecretValue,
        expires: u64,
        exchange: Exchange,
    ) -> Self {
        let (http, clock) = (around.http_to(&endpoint), Arc::clone(&around.clock));
        let expires = UNIX_EPOCH.checked_add(Duration::from_secs(expires)).unwrap_or(UNIX_EPOCH);
        Self { http, endpoint, clock, token, expires, exchange, cached: None }
    }

    /// With credentials that are used up first, so that the key does not change without need.
    pub(crate) fn with_cached(mut self, cached: Option<Credentials>) -> Self {
        self.cached = cached;
        self
    }

    fn request(&self) -> Result<HttpRequest> {
        let (path, body) = match &self.exchange {
            Exchange::CloudSso { account_id, access_config } => {
                let body = serde_json::json!({
                    "AccountId": account_id,
                    "AccessConfigurationId": access_config,
                });
                ("/cloud-credentials", body.to_string())
            }
            Exchange::OAuth => ("/v1/exchange", String::new()),
        };
        let bearer = Zeroizing::new(format!("Bearer {}", self.token.expose_str()?));
        let mut request = HttpRequest::new(Method::POST, self.endpoint.url(path, ""))
            .header("accept", "application/json")?
            .header("content-type", "application/json")?
            .secret_header("authorization", &bearer)?;
        request.body = Zeroizing::new(body.into_bytes());
        Ok(request)
    }

    async fn exchange(&self) -> Result<Credentials> {
        let now = self.clock.wall();
        let lasts =
            |cached: &&Credentials| cached.expires().is_some_and(|end| end > now + MIN_LIFE);
        if let Some(cached) = self.cached.as_ref().filter(lasts) {
            return Ok(cached.clone());
        }
        if now >= self.expires {
            return Err(Error::new(ErrorKind::Unauthenticated, "the login of the CLI has expired")
                .with_action("log in again with `aliyun configure`"));
        }
        let response = self.http.send(self.request()?).await?;
        if !response.is_success() {
            return Err(from_response(&response));
        }
        match self.exchange {
            Exchange::CloudSso { .. } => {
                parse::<CloudSsoAnswer>(&response.body)?.credentials.credentials()
            }
            Exchange::OAuth => parse::<Answer>(&response.body)?.credentials(),
        }
    }
}

#[async_trait]
impl Source for Login {
    async fn fetch(&self) -> Result<Credentials> {
        let what = "the login of the CLI gives no credentials";
        self.exchange().await.map_err(|error| on_the_way(what, &error))
    }
}
