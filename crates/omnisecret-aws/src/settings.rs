//! What a user may set: where the secrets are, and as whom they are read.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{Result, SecretValue};

use crate::Role;
use crate::check::EndpointText;
use crate::environment::Environment;

/// Where an AWS provider reads, and as whom.
///
/// What is not set comes from the environment that [`from_env`](Self::from_env) reads, then from
/// the profile in the files of the AWS programs, then from the machine's own metadata: the order
/// of every AWS SDK. A profile that is named here comes before keys in the environment. Nothing is
/// looked up before the first call.
///
/// ```
/// use omnisecret_aws::{Role, Settings};
///
/// let billing = Settings::from_env()
///     .region("eu-central-1")
///     .role(Role::new("arn:aws:iam::123456789012:role/billing-secrets"));
/// assert_eq!(billing.identity("ssm").account.as_deref(), Some("123456789012"));
/// ```
#[derive(Clone, Debug)]
#[must_use = "settings do nothing until a provider is made of them"]
pub struct Settings {
    pub(crate) environment: Environment,
    pub(crate) region: Option<String>,
    pub(crate) profile: Option<String>,
    pub(crate) endpoint_url: Option<EndpointText>,
    pub(crate) sts_endpoint_url: Option<EndpointText>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) roles: Vec<Role>,
    pub(crate) mfa_token: Option<TokenSource>,
    pub(crate) account_id: Option<String>,
    pub(crate) principal: Option<String>,
    pub(crate) request_timeout: Duration,
}

impl Settings {
    /// The variables that are read from the environment.
    pub const VARIABLES: &'static [&'static str] = crate::environment::VARIABLES;

    /// Settings from the `AWS_*` variables and the proxy's.
    pub fn from_env() -> Self {
        Self::from_env_with(|name| std::env::var_os(name))
    }

    /// The same from an environment of the caller's. No other is looked at.
    pub fn from_env_with(look_up: impl Fn(&str) -> Option<OsString>) -> Self {
        Self {
            environment: Environment::read(look_up),
            region: None,
            profile: None,
            endpoint_url: None,
            sts_endpoint_url: None,
            ca_file: None,
            roles: Vec::new(),
            mfa_token: None,
            account_id: None,
            principal: None,
            request_timeout: Duration::from_secs(10),
        }
    }

    /// The region: `eu-central-1`.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// The profile in `~/.aws/config` and `~/.aws/credentials`. Keys in the environment are then
    /// left alone.
    pub fn profile(mut self, profile: impl Into<String>) -> Self {
        self.profile = Some(profile.into());
        self
    }

    /// Where the service is, if not at its public address: `https://`, or `http://` on this
    /// machine. Roles are assumed elsewhere, except where this is an emulator, over `http://`:
    /// that one is taken for STS too.
    pub fn endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.endpoint_url = Some(EndpointText(url.into()));
        self
    }

    /// Where STS is, which assumes the roles.
    pub fn sts_endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.sts_endpoint_url = Some(EndpointText(url.into()));
        self
    }

    /// A PEM file with the certificates to trust instead of the system's. `AWS_CA_BUNDLE` does the
    /// same.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// The role to read as. The second role is assumed with the first one's rights, and so on: the
    /// last one reads.
    pub fn role(mut self, role: Role) -> Self {
        self.roles.push(role);
        self
    }

    /// Where the six digits of an MFA device come from, for [`Role::mfa_serial`]. The function is
    /// given the serial number, and may wait for a person: it runs on a thread of its own. Whoever
    /// waits for the secret meanwhile is limited by the provider's own timeout.
    pub fn mfa_token(
        mut self,
        ask: impl Fn(&str) -> Result<SecretValue> + Send + Sync + 'static,
    ) -> Self {
        self.mfa_token = Some(TokenSource(Arc::new(ask)));
        self
    }

    /// The account that the secrets are in: twelve digits. Only said, never sent; see
    /// [`identity`](Self::identity).
    pub fn account_id(mut self, account_id: impl Into<String>) -> Self {
        self.account_id = Some(account_id.into());
        self
    }

    /// Who reads where no role is assumed: an ARN, or any name. Only said, never sent; see
    /// [`identity`](Self::identity).
    pub fn principal(mut self, principal: impl Into<String>) -> Self {
        self.principal = Some(principal.into());
        self
    }

    /// How long one request may take: ten seconds unless set otherwise. A listing is many
    /// requests.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }
}

/// Where the six digits of an MFA device come from, see [`Settings::mfa_token`].
#[derive(Clone)]
pub(crate) struct TokenSource(Arc<Ask>);

type Ask = dyn Fn(&str) -> Result<SecretValue> + Send + Sync;

impl TokenSource {
    pub(crate) fn ask(&self, serial: &str) -> Result<SecretValue> {
        (self.0)(serial)
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSource")
    }
}
