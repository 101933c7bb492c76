//! The settings of who asks.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::Clock;

use super::ProvideCredentials;
use super::environment::Environment;
use super::surroundings::Surroundings;
use crate::http::TimeLimits;

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
    pub(super) around: Surroundings,
    pub(super) access_key_id_env: Option<String>,
    pub(super) access_key_secret_env: Option<String>,
    pub(super) security_token_env: Option<String>,
    pub(super) role_arn: Option<String>,
    pub(super) role_session_name: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) policy: Option<String>,
    pub(super) duration: Option<Duration>,
    pub(super) oidc_provider_arn: Option<String>,
    pub(super) oidc_token_file: Option<PathBuf>,
    pub(super) ecs_role: Option<String>,
    pub(super) credentials_uri: Option<String>,
    pub(super) profile: Option<String>,
    pub(super) provider: Option<Arc<dyn ProvideCredentials>>,
    pub(super) sts_endpoint: Option<String>,
    pub(super) metadata_endpoint: Option<String>,
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

    /// No request takes longer than these say.
    #[must_use]
    pub(crate) fn limits(mut self, limits: TimeLimits) -> Self {
        self.around.limits = limits;
        self
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.around.environment
    }

    pub(crate) fn time(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.around.clock)
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
