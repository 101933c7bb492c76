//! From the settings to the source: what goes together, and what it makes.

use std::path::PathBuf;
use std::sync::Arc;

use omnisecret_core::{Error, ErrorKind, Result, async_trait};
use tokio::sync::OnceCell;

use super::chain::{DefaultChain, from_variables};
use super::role::{AssumeRoleWithOidc, Role};
use super::surroundings::Surroundings;
use super::uri::CredentialsUri;
use super::{
    Credentials, CredentialsBuilder, FixedCredentials, ProvideCredentials, cli_profile, ini_profile,
};
use crate::Endpoint;

impl CredentialsBuilder {
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
        let key_id = ("access_key_id_env", self.access_key_id_env.is_some());
        let key_secret = ("access_key_secret_env", self.access_key_secret_env.is_some());
        let token_file = ("oidc_token_file", self.oidc_token_file.is_some());
        let issuer = ("oidc_provider_arn", self.oidc_provider_arn.is_some());
        let role = ("role_arn", self.role_arn.is_some());
        let sources = [
            key_id,
            token_file,
            ("ecs_role", self.ecs_role.is_some()),
            ("credentials_uri", self.credentials_uri.is_some()),
            ("profile", self.profile.is_some()),
            ("provider", self.provider.is_some()),
        ];
        // The first of each pair makes no sense without the second.
        let pairs = [
            (key_id, key_secret),
            (key_secret, key_id),
            (("security_token_env", self.security_token_env.is_some()), key_id),
            (token_file, issuer),
            (issuer, token_file),
            (token_file, role),
            (("role_session_name", self.role_session_name.is_some()), role),
            (("external_id", self.external_id.is_some()), role),
            (("policy", self.policy.is_some()), role),
            (("duration", self.duration.is_some()), role),
        ];
        let mut faults = Vec::new();
        let named: Vec<_> = sources.iter().filter(|(_, is_set)| *is_set).collect();
        if named.len() > 1 {
            let names: Vec<_> = named.into_iter().map(|(name, _)| *name).collect();
            let names = names.join(", ");
            faults.push(format!("more than one source of credentials is named: {names}"));
        }
        for ((setting, is_set), (needed, is_there)) in pairs {
            if is_set && !is_there {
                faults.push(format!("`{setting}` is set without `{needed}`"));
            }
        }
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
        let (endpoint, around) = (self.around.sts(None)?, &self.around);
        let source = AssumeRoleWithOidc::new(role, issuer, token_file, endpoint, around);
        Ok(around.refreshing(source))
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
            return Ok(self.around.refreshing(CredentialsUri::new(uri, &self.around)?));
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
