//! The role of an ECS instance, from its metadata service.

use std::time::Duration;

use omnisecret_core::{Error, ErrorKind, Result, async_trait};
use reqwest::Method;

use super::Credentials;
use super::answer::{Answer, on_the_way};
use super::refreshing::Source;
use super::surroundings::Surroundings;
use crate::Endpoint;
use crate::error::from_response;
use crate::http::{Http, HttpRequest, HttpResponse, HttpSettings, Trust};
use crate::rpc::parse;

const ROLES: &str = "/latest/meta-data/ram/security-credentials/";
const TOKEN: &str = "/latest/api/token";

/// How long a token is asked for, in seconds: the longest there is.
const TOKEN_SECONDS: &str = "21600";

/// The credentials of an instance's role.
#[derive(Debug)]
pub(crate) struct InstanceRole {
    http: Http,
    endpoint: Endpoint,
    /// The one that is attached, if none is named.
    role: Option<String>,
    /// Whether version 1 of the service, which takes requests without a token, is left out.
    only_v2: bool,
}

impl InstanceRole {
    /// The role of this name, or the one that is attached.
    pub(crate) fn new(
        endpoint: Endpoint,
        role: Option<String>,
        only_v2: bool,
        around: &Surroundings,
    ) -> Self {
        let settings = HttpSettings {
            trust: Trust::Nobody,
            // It answers for this machine alone, and to nobody in between.
            proxy: false,
            connect_timeout: Duration::from_secs(1),
            timeout: Duration::from_secs(2),
        };
        Self { http: around.http(settings), endpoint, role, only_v2 }
    }

    async fn read(&self) -> Result<Credentials> {
        let token = match self.token().await {
            Ok(token) => Some(token),
            Err(error) if self.only_v2 => return Err(error),
            Err(_) => None,
        };
        let token = token.as_deref();
        let role = match &self.role {
            Some(role) => role.clone(),
            None => attached_role(&self.get(ROLES, token).await?)?,
        };
        let response = self.get(&format!("{ROLES}{role}"), token).await?;
        parse::<Answer>(&response.body)?.credentials()
    }

    async fn token(&self) -> Result<String> {
        let request = HttpRequest::new(Method::PUT, self.endpoint.url(TOKEN, ""))
            .header("x-aliyun-ecs-metadata-token-ttl-seconds", TOKEN_SECONDS)?;
        let response = succeeded(self.http.send(request).await?)?;
        text(&response).map(str::to_owned)
    }

    /// With the token; once more without, where that is allowed.
    async fn get(&self, path: &str, token: Option<&str>) -> Result<HttpResponse> {
        let request = || HttpRequest::new(Method::GET, self.endpoint.url(path, ""));
        if let Some(token) = token {
            let request = request().secret_header("x-aliyun-ecs-metadata-token", token)?;
            let answer = self.http.send(request).await.and_then(succeeded);
            if answer.is_ok() || self.only_v2 {
                return answer;
            }
        }
        self.http.send(request()).await.and_then(succeeded)
    }
}

fn succeeded(response: HttpResponse) -> Result<HttpResponse> {
    if response.is_success() { Ok(response) } else { Err(from_response(&response)) }
}

fn text(response: &HttpResponse) -> Result<&str> {
    let text = str::from_utf8(&response.body).map(str::trim).unwrap_or_default();
    if text.is_empty() {
        return Err(Error::new(ErrorKind::Unauthenticated, "the metadata service has no answer")
            .with_action("attach a RAM role to the instance"));
    }
    Ok(text)
}

/// The name goes into the path of the next request.
fn attached_role(response: &HttpResponse) -> Result<String> {
    let name = text(response)?.lines().next().unwrap_or_default().trim();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".@-_".contains(&byte);
    // Dots alone are a way to somewhere else.
    if name.bytes().all(is_plain) && !matches!(name, "." | "..") {
        return Ok(name.to_owned());
    }
    Err(Error::new(ErrorKind::Unexpected, "the metadata service names a role that cannot be one"))
}

#[async_trait]
impl Source for InstanceRole {
    async fn fetch(&self) -> Result<Credentials> {
        self.read()
            .await
            .map_err(|error| on_the_way("the instance metadata gives no credentials", &error))
    }
}
