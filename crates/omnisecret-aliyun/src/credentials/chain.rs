//! The default chain: who asks when nobody has said so.

use std::path::PathBuf;
use std::sync::Arc;

use omnisecret_core::{Error, ErrorKind, Result, SecretValue, async_trait};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use super::role::{AssumeRoleWithOidc, Role};
use super::surroundings::Surroundings;
use super::uri::CredentialsUri;
use super::{Credentials, FixedCredentials, ProvideCredentials, cli_profile, ini_profile};

/// The first source that is there, in the order of the SDKs: the environment, OIDC, the profile of
/// the CLI, that of the SDKs, the role of the machine, the credentials URI.
///
/// A source that is set up and fails is an error, not a reason to ask as somebody else. The
/// machine's role alone may be missing without anybody having said so.
#[derive(Debug)]
pub(crate) struct DefaultChain {
    around: Surroundings,
    /// The one that was found; it stays.
    found: OnceCell<Arc<dyn ProvideCredentials>>,
}

impl DefaultChain {
    /// The chain in these surroundings. Nothing is looked at before it is asked.
    pub(crate) fn new(around: Surroundings) -> Self {
        Self { around, found: OnceCell::new() }
    }

    async fn find(&self) -> Result<Arc<dyn ProvideCredentials>> {
        let environment = &self.around.environment;
        if let Some(found) = self.access_key()? {
            return Ok(found);
        }
        if let Some(found) = self.oidc()? {
            return Ok(found);
        }
        let profile = environment.text("ALIBABA_CLOUD_PROFILE");
        if !environment.flag("ALIBABA_CLOUD_CLI_PROFILE_DISABLED")
            && let Some(found) = cli_profile::find(&self.around, profile.as_deref()).await?
        {
            return Ok(found);
        }
        if let Some(found) = ini_profile::find(&self.around, profile.as_deref()).await? {
            return Ok(found);
        }
        if !environment.flag("ALIBABA_CLOUD_ECS_METADATA_DISABLED") {
            let instance = self.around.refreshing(self.around.instance(None)?);
            match instance.credentials().await {
                Ok(_) => return Ok(instance),
                Err(error) => tracing::debug!(kind = %error.kind(), "no role of the machine"),
            }
        }
        match environment.text("ALIBABA_CLOUD_CREDENTIALS_URI") {
            Some(uri) => Ok(self.around.refreshing(CredentialsUri::new(&uri, &self.around)?)),
            None => Err(nothing()),
        }
    }

    fn access_key(&self) -> Result<Option<Arc<dyn ProvideCredentials>>> {
        let environment = &self.around.environment;
        let (id, secret) = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET");
        let token =
            Some("ALIBABA_CLOUD_SECURITY_TOKEN").filter(|it| environment.text(it).is_some());
        if environment.text(id).is_none() && environment.text(secret).is_none() {
            return Ok(None);
        }
        let credentials = from_variables(&self.around, id, secret, token)?;
        Ok(Some(Arc::new(FixedCredentials::new(credentials))))
    }

    fn oidc(&self) -> Result<Option<Arc<dyn ProvideCredentials>>> {
        let environment = &self.around.environment;
        let (Some(arn), Some(provider), Some(file)) = (
            environment.text("ALIBABA_CLOUD_ROLE_ARN"),
            environment.text("ALIBABA_CLOUD_OIDC_PROVIDER_ARN"),
            environment.text("ALIBABA_CLOUD_OIDC_TOKEN_FILE"),
        ) else {
            return Ok(None);
        };
        let role = Role::new(arn, self.around.session_name());
        role.check()?;
        let endpoint = self.around.sts(None)?;
        let (file, around) = (PathBuf::from(file), &self.around);
        let source = AssumeRoleWithOidc::new(role, provider, file, endpoint, around);
        Ok(Some(self.around.refreshing(source)))
    }
}

/// The access key in these variables. One that is set without the others is a mistake.
///
/// # Errors
/// [`ErrorKind::InvalidConfig`] if one of them is missing, or they cannot be a key.
pub(crate) fn from_variables(
    around: &Surroundings,
    id: &str,
    secret: &str,
    token: Option<&str>,
) -> Result<Credentials> {
    let variable = |name: &str| {
        around.environment.text(name).map(Zeroizing::new).ok_or_else(|| {
            let message = format!("the environment variable {name:?} is not set");
            Error::new(ErrorKind::InvalidConfig, message).with_action(
                "set the id and the secret of the access key, and its token if it has one",
            )
        })
    };
    let credentials =
        Credentials::access_key(&variable(id)?, SecretValue::from(variable(secret)?))?;
    match token {
        Some(token) => credentials.with_security_token(variable(token)?),
        None => Ok(credentials),
    }
}

fn nothing() -> Error {
    Error::new(ErrorKind::Unauthenticated, "no credentials are found").with_action(
        "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, run `aliyun \
         configure`, or attach a role to the machine",
    )
}

#[async_trait]
impl ProvideCredentials for DefaultChain {
    async fn credentials(&self) -> Result<Credentials> {
        self.found.get_or_try_init(|| self.find()).await?.credentials().await
    }

    fn refused(&self, credentials: &Credentials) {
        if let Some(found) = self.found.get() {
            found.refused(credentials);
        }
    }
}
