//! `~/.aliyun/config.json`: the profiles that the CLI `aliyun configure` writes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use omnisecret_core::{Error, ErrorKind, Result, file};
use serde::Deserialize;

use super::external::External;
use super::login::{Exchange, Login};
use super::role::{AssumeRoleWithOidc, Role};
use super::surroundings::Surroundings;
use super::{Credentials, FixedCredentials, ProvideCredentials};
use crate::Endpoint;
use crate::model::SecretText;

/// How many profiles may name each other before it is taken for a circle.
const MAX_CHAIN: usize = 8;

type Provider = Arc<dyn ProvideCredentials>;

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    current: String,
    #[serde(default)]
    profiles: Vec<Profile>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Profile {
    name: String,
    mode: String,
    access_key_id: String,
    access_key_secret: Option<SecretText>,
    sts_token: Option<SecretText>,
    sts_expiration: u64,
    ram_role_arn: String,
    ram_role_name: String,
    ram_session_name: String,
    role_session_name: String,
    expired_seconds: u64,
    external_id: String,
    policy: Option<String>,
    sts_region: String,
    enable_vpc: bool,
    source_profile: String,
    oidc_provider_arn: String,
    oidc_token_file: String,
    cloud_sso_sign_in_url: String,
    cloud_sso_account_id: String,
    cloud_sso_access_config: String,
    cloud_sso_access_token_expire: u64,
    access_token: Option<SecretText>,
    oauth_site_type: String,
    oauth_access_token: Option<SecretText>,
    oauth_access_token_expire: u64,
    process_command: String,
}

/// The credentials of the profile of this name, or of the current one; `None` if there is no file
/// or no such profile, or nothing has been entered yet.
///
/// # Errors
/// [`ErrorKind::InvalidConfig`] if the file or the profile is wrong.
pub(crate) async fn find(around: &Surroundings, name: Option<&str>) -> Result<Option<Provider>> {
    let Some(path) = around.environment.in_home(".aliyun/config.json") else { return Ok(None) };
    let Some(text) = read_if_there(path).await? else { return Ok(None) };
    let config: Config = serde_json::from_slice(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = format!(
            "~/.aliyun/config.json is not what the CLI writes (line {line}, column {column})"
        );
        Error::new(ErrorKind::InvalidConfig, message).with_action("run `aliyun configure`")
    })?;
    let name = name.unwrap_or(&config.current);
    match config.profile(name) {
        Some(profile) if !profile.is_blank() => config.provider(around, profile, 0).map(Some),
        _ => Ok(None),
    }
}

/// The bytes of a settings file, `None` if it is not there.
pub(super) async fn read_if_there(path: PathBuf) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>> {
    file::blocking(move || {
        if !path.try_exists().unwrap_or(true) {
            return Ok(None);
        }
        file::read(&path, file::MAX_CONFIG_BYTES).map(Some)
    })
    .await
}

impl Config {
    fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.name == name)
    }

    fn provider(&self, around: &Surroundings, profile: &Profile, depth: usize) -> Result<Provider> {
        match profile.mode.as_str() {
            "AK" | "StsToken" => Ok(Arc::new(FixedCredentials::new(profile.access_key()?))),
            "RamRoleArn" => {
                let base = Arc::new(FixedCredentials::new(profile.access_key()?));
                around.assume(profile.role(around), base, profile.sts_region())
            }
            "ChainableRamRoleArn" => {
                let source = self.profile(&profile.source_profile);
                let source = source.filter(|_| depth < MAX_CHAIN).ok_or_else(|| {
                    profile.wrong("source_profile", "names no profile, or profiles in a circle")
                })?;
                let base = self.provider(around, source, depth + 1)?;
                around.assume(profile.role(around), base, profile.sts_region())
            }
            "EcsRamRole" => {
                Ok(around.refreshing(around.instance(non_empty(&profile.ram_role_name))?))
            }
            "OIDC" => profile.oidc(around),
            "CloudSSO" => profile.cloud_sso(around),
            "OAuth" => profile.oauth(around),
            "External" => Ok(around.refreshing(External::new(&profile.process_command)?)),
            _ => Err(profile.wrong("mode", "is not one that is known here")),
        }
    }
}

impl Profile {
    /// As the CLI leaves it before anything has been entered.
    fn is_blank(&self) -> bool {
        matches!(self.mode.as_str(), "" | "AK") && self.access_key_id.is_empty()
    }

    fn wrong(&self, field: &str, what: &str) -> Error {
        let message = format!("`{field}` of the CLI profile {:?} {what}", self.name);
        Error::new(ErrorKind::InvalidConfig, message).with_action("run `aliyun configure`")
    }

    fn access_key(&self) -> Result<Credentials> {
        let secret = self.access_key_secret.as_ref();
        let secret = secret.ok_or_else(|| self.wrong("access_key_secret", "is missing"))?;
        let credentials = Credentials::access_key(&self.access_key_id, secret.0.clone())?;
        match &self.sts_token {
            Some(SecretText(token)) if !token.expose_bytes().is_empty() => {
                credentials.with_security_token(token.clone())
            }
            _ if self.mode == "StsToken" => Err(self.wrong("sts_token", "is missing")),
            _ => Ok(credentials),
        }
    }

    fn role(&self, around: &Surroundings) -> Role {
        let session_name = non_empty(&self.ram_session_name)
            .or_else(|| non_empty(&self.role_session_name))
            .or_else(|| around.session_name());
        let mut role = Role::new(&*self.ram_role_arn, session_name);
        if self.expired_seconds > 0 {
            role.duration = Duration::from_secs(self.expired_seconds);
        }
        role.external_id = non_empty(&self.external_id);
        role.policy = self.policy.as_deref().and_then(non_empty);
        role
    }

    fn sts_region(&self) -> Option<(String, bool)> {
        non_empty(&self.sts_region).map(|region| (region, self.enable_vpc))
    }

    fn oidc(&self, around: &Surroundings) -> Result<Provider> {
        let role = self.role(around);
        role.check()?;
        Ok(around.refreshing(AssumeRoleWithOidc::new(
            role,
            self.oidc_provider_arn.clone(),
            PathBuf::from(&self.oidc_token_file),
            around.sts(self.sts_region())?,
            around,
        )))
    }

    fn cloud_sso(&self, around: &Surroundings) -> Result<Provider> {
        let url = reqwest::Url::parse(&self.cloud_sso_sign_in_url).ok();
        let origin = url.map(|url| url.origin().ascii_serialization()).unwrap_or_default();
        let endpoint: Endpoint = origin
            .parse()
            .map_err(|_| self.wrong("cloud_sso_sign_in_url", "is not an https address"))?;
        let token = self.access_token.clone();
        let SecretText(token) = token.ok_or_else(|| self.wrong("access_token", "is missing"))?;
        let exchange = Exchange::CloudSso {
            account_id: self.cloud_sso_account_id.clone(),
            access_config: self.cloud_sso_access_config.clone(),
        };
        let expires = self.cloud_sso_access_token_expire;
        Ok(around.refreshing(Login::new(endpoint, around, token, expires, exchange)))
    }

    fn oauth(&self, around: &Surroundings) -> Result<Provider> {
        let expires = UNIX_EPOCH.checked_add(Duration::from_secs(self.sts_expiration));
        let cached = match expires {
            Some(expires) if self.access_key_secret.is_some() && !self.access_key_id.is_empty() => {
                Some(self.access_key()?.with_expires(expires))
            }
            _ => None,
        };
        let endpoint = match self.oauth_site_type.to_ascii_uppercase().as_str() {
            "" | "CN" => "oauth.aliyun.com",
            "INTL" => "oauth.alibabacloud.com",
            _ => return Err(self.wrong("oauth_site_type", "is neither CN nor INTL")),
        };
        let token = self.oauth_access_token.clone();
        let SecretText(token) =
            token.ok_or_else(|| self.wrong("oauth_access_token", "is missing"))?;
        let expires = self.oauth_access_token_expire;
        let login = Login::new(endpoint.parse()?, around, token, expires, Exchange::OAuth);
        Ok(around.refreshing(login.with_cached(cached)))
    }
}

fn non_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
