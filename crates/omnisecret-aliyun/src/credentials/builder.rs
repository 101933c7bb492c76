//! The settings of who asks.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{Clock, Error, ErrorKind, Result, async_trait};
use tokio::sync::OnceCell;

use super::chain::{DefaultChain, from_variables};
use super::environment::Environment;
use super::role::{AssumeRoleWithOidc, Role};
use super::surroundings::Surroundings;
use super::uri::CredentialsUri;
use super::{Credentials, FixedCredentials, ProvideCredentials, cli_profile, ini_profile};
use crate::Endpoint;

/// Says where credentials come from. Without any setting it is the default chain of the SDKs.
///
/// One source may be named: an access key in environment variables, an OIDC token, the role of the
/// ECS instance, a URI, a profile, or a source of the caller's own. `role_arn` is then assumed with
/// the credentials of that source, or of the default chain if none is named; with an OIDC token it
/// is the role that the token is for.
///
/// ```
/// use omnisecret_aliyun::CredentialsBuilder;
///
/// let credentials = CredentialsBuilder::default()
///     .access_key_id_env("BILLING_KEY_ID")
///     .access_key_secret_env("BILLING_KEY_SECRET")
///     .role_arn("acs:ram::1234567890123456:role/secrets-reader")
///     # .env_with(|name| name.starts_with("BILLING_").then(|| "an-example".into()))
///     .build()?;
/// # Ok::<(), omnisecret_core::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct CredentialsBuilder {
    around: Surroundings,
    access_key_id_env: Option<String>,
    access_key_secret_env: Option<String>,
    security_token_env: Option<String>,
    role_arn: Option<String>,
    role_session_name: Option<String>,
    external_id: Option<String>,
    policy: Option<String>,
    duration: Option<Duration>,
    oidc_provider_arn: Option<String>,
    oidc_token_file: Option<PathBuf>,
    ecs_role: Option<String>,
    credentials_uri: Option<String>,
    profile: Option<String>,
    provider: Option<Arc<dyn ProvideCredentials>>,
    sts_endpoint: Option<String>,
    metadata_endpoint: Option<String>,
}

impl CredentialsBuilder {
    /// The name of the environment variable with the id of an access key.
    #[must_use]
    pub fn access_key_id_env(mut self, name: impl Into<String>) -> Self {
        self.access_key_id_env = Some(name.into());
        self
    }

    /// The name of the environment variable with its secret.
    #[must_use]
    pub fn access_key_secret_env(mut self, name: impl Into<String>) -> Self {
        self.access_key_secret_env = Some(name.into());
        self
    }

    /// The name of the environment variable with its token, for a temporary key.
    #[must_use]
    pub fn security_token_env(mut self, name: impl Into<String>) -> Self {
        self.security_token_env = Some(name.into());
        self
    }

    /// The role to assume, as `acs:ram::ACCOUNT:role/NAME`.
    #[must_use]
    pub fn role_arn(mut self, arn: impl Into<String>) -> Self {
        self.role_arn = Some(arn.into());
        self
    }

    /// The name of the session, which audit logs show; `omnisecret` unless it is set here or in
    /// `ALIBABA_CLOUD_ROLE_SESSION_NAME`.
    #[must_use]
    pub fn role_session_name(mut self, name: impl Into<String>) -> Self {
        self.role_session_name = Some(name.into());
        self
    }

    /// What the role's trust policy asks for, so that nobody is made to use another's role.
    #[must_use]
    pub fn external_id(mut self, id: impl Into<String>) -> Self {
        self.external_id = Some(id.into());
        self
    }

    /// A policy in JSON that narrows what the role may do.
    #[must_use]
    pub fn policy(mut self, policy: impl Into<String>) -> Self {
        self.policy = Some(policy.into());
        self
    }

    /// How long the role's credentials are valid: 15 minutes to 12 hours, one hour unless set.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// The identity provider that has issued the OIDC token.
    #[must_use]
    pub fn oidc_provider_arn(mut self, arn: impl Into<String>) -> Self {
        self.oidc_provider_arn = Some(arn.into());
        self
    }

    /// The file of the OIDC token, which is read anew for each renewal.
    #[must_use]
    pub fn oidc_token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.oidc_token_file = Some(path.into());
        self
    }

    /// The role of the ECS instance; an empty name is the one that is attached.
    #[must_use]
    pub fn ecs_role(mut self, name: impl Into<String>) -> Self {
        self.ecs_role = Some(name.into());
        self
    }

    /// An address that gives credentials: https, or http to a loopback or link-local one.
    #[must_use]
    pub fn credentials_uri(mut self, uri: impl Into<String>) -> Self {
        self.credentials_uri = Some(uri.into());
        self
    }

    /// A profile of `~/.aliyun/config.json`, or else of `~/.alibabacloud/credentials.ini`.
    #[must_use]
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.profile = Some(name.into());
        self
    }

    /// A source of the caller's own.
    #[must_use]
    pub fn provider(mut self, provider: Arc<dyn ProvideCredentials>) -> Self {
        self.provider = Some(provider);
        self
    }

    /// Where STS answers; that of `ALIBABA_CLOUD_STS_REGION`, or the one for all regions, unless
    /// set.
    #[must_use]
    pub fn sts_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.sts_endpoint = Some(endpoint.into());
        self
    }

    /// Where the metadata service of ECS answers, if something on this machine stands in for it.
    #[must_use]
    pub fn metadata_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.metadata_endpoint = Some(endpoint.into());
        self
    }

    /// An environment of the caller's in place of the process's own.
    #[must_use]
    pub fn env_with(
        mut self,
        look_up: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
    ) -> Self {
        self.around.environment = Environment::new(look_up);
        self
    }

    /// With time from this clock: for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.around.clock = Arc::new(clock);
        self
    }

    /// STS of this region, unless something else is set.
    #[must_use]
    pub(crate) fn sts_region(mut self, region: &str, vpc: bool) -> Self {
        self.around.sts_region.get_or_insert_with(|| (region.to_owned(), vpc));
        self
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.around.environment
    }

    pub(crate) fn time(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.around.clock)
    }

    /// The source. Nothing is asked yet; the environment variables that are named are read.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if more than one source is named, or something is missing or
    /// wrong: all faults at once.
    pub fn build(mut self) -> Result<Arc<dyn ProvideCredentials>> {
        self.around.sts_endpoint = endpoint("sts_endpoint", self.sts_endpoint.as_deref())?;
        self.around.metadata_endpoint =
            endpoint("metadata_endpoint", self.metadata_endpoint.as_deref())?;
        self.check_combination()?;
        if let Some(file) = &self.oidc_token_file {
            return self.oidc(file.clone());
        }
        let base = self.base()?;
        match &self.role_arn {
            Some(_) => self.around.assume(self.role(), base, None),
            None => Ok(base),
        }
    }

    fn check_combination(&self) -> Result<()> {
        let sources = [
            ("access_key_id_env", self.access_key_id_env.is_some()),
            ("oidc_token_file", self.oidc_token_file.is_some()),
            ("ecs_role", self.ecs_role.is_some()),
            ("credentials_uri", self.credentials_uri.is_some()),
            ("profile", self.profile.is_some()),
            ("provider", self.provider.is_some()),
        ];
        let named: Vec<_> =
            sources.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| *name).collect();
        let mut faults = Vec::new();
        if named.len() > 1 {
            faults.push(format!(
                "more than one source of credentials is named: {}",
                named.join(", ")
            ));
        }
        let mut pair = |one: (&str, bool), other: (&str, bool)| {
            if one.1 && !other.1 {
                faults.push(format!("`{}` is set without `{}`", one.0, other.0));
            }
        };
        let (id, secret) =
            (sources[0], ("access_key_secret_env", self.access_key_secret_env.is_some()));
        let (file, issuer) = (sources[1], ("oidc_provider_arn", self.oidc_provider_arn.is_some()));
        let role = ("role_arn", self.role_arn.is_some());
        pair(id, secret);
        pair(secret, id);
        pair(("security_token_env", self.security_token_env.is_some()), id);
        pair(file, issuer);
        pair(issuer, file);
        pair(file, role);
        pair(("role_session_name", self.role_session_name.is_some()), role);
        pair(("external_id", self.external_id.is_some()), role);
        pair(("policy", self.policy.is_some()), role);
        pair(("duration", self.duration.is_some()), role);
        if faults.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::InvalidConfig, faults.join("; ")))
    }

    fn role(&self) -> Role {
        let session_name = self.role_session_name.clone().or_else(|| self.around.session_name());
        let mut role = Role::new(self.role_arn.clone().unwrap_or_default(), session_name);
        role.duration = self.duration.unwrap_or(role.duration);
        role.external_id = self.external_id.clone();
        role.policy = self.policy.clone();
        role
    }

    fn oidc(&self, token_file: PathBuf) -> Result<Arc<dyn ProvideCredentials>> {
        let role = self.role();
        role.check()?;
        let issuer = self.oidc_provider_arn.clone().unwrap_or_default();
        let (endpoint, clock) = (self.around.sts(None)?, self.time());
        Ok(self
            .around
            .refreshing(AssumeRoleWithOidc::new(role, issuer, token_file, endpoint, clock)))
    }

    fn base(&self) -> Result<Arc<dyn ProvideCredentials>> {
        if let (Some(id), Some(secret)) = (&self.access_key_id_env, &self.access_key_secret_env) {
            let token = self.security_token_env.as_deref();
            let credentials = from_variables(&self.around, id, secret, token)?;
            return Ok(Arc::new(FixedCredentials::new(credentials)));
        }
        if let Some(role) = &self.ecs_role {
            let role = (!role.is_empty()).then(|| role.clone());
            return Ok(self.around.refreshing(self.around.instance(role)?));
        }
        if let Some(uri) = &self.credentials_uri {
            return Ok(self.around.refreshing(CredentialsUri::new(uri)?));
        }
        if let Some(name) = &self.profile {
            return Ok(Arc::new(NamedProfile::new(self.around.clone(), name.clone())));
        }
        Ok(match &self.provider {
            Some(provider) => Arc::clone(provider),
            None => Arc::new(DefaultChain::new(self.around.clone())),
        })
    }
}

fn endpoint(setting: &str, text: Option<&str>) -> Result<Option<Endpoint>> {
    let parse = |text: &str| {
        text.parse().map_err(|error: Error| {
            Error::new(ErrorKind::InvalidConfig, format!("`{setting}`: {}", error.message()))
                .with_action(error.action().to_owned())
        })
    };
    text.map(parse).transpose()
}

/// A profile by its name, looked up when it is first needed.
#[derive(Debug)]
struct NamedProfile {
    around: Surroundings,
    name: String,
    found: OnceCell<Arc<dyn ProvideCredentials>>,
}

impl NamedProfile {
    fn new(around: Surroundings, name: String) -> Self {
        Self { around, name, found: OnceCell::new() }
    }

    async fn find(&self) -> Result<Arc<dyn ProvideCredentials>> {
        if let Some(found) = cli_profile::find(&self.around, Some(&self.name)).await? {
            return Ok(found);
        }
        ini_profile::find(&self.around, Some(&self.name)).await?.ok_or_else(|| {
            Error::new(ErrorKind::InvalidConfig, format!("there is no profile {:?}", self.name))
                .with_action("run `aliyun configure --profile NAME`")
        })
    }
}

#[async_trait]
impl ProvideCredentials for NamedProfile {
    async fn credentials(&self) -> Result<Credentials> {
        self.found.get_or_try_init(|| self.find()).await?.credentials().await
    }

    fn refused(&self, credentials: &Credentials) {
        if let Some(found) = self.found.get() {
            found.refused(credentials);
        }
    }
}

impl fmt::Debug for CredentialsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URI may have a token in it.
        f.debug_struct("CredentialsBuilder")
            .field("access_key_id_env", &self.access_key_id_env)
            .field("role_arn", &self.role_arn)
            .field("oidc_token_file", &self.oidc_token_file)
            .field("ecs_role", &self.ecs_role)
            .field("profile", &self.profile)
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}
