//! `aliyun.sm`: the settings, and the provider that they make.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use omnisecret_aliyun::{AliyunSm, AliyunSmBuilder, CredentialsBuilder};
use omnisecret_core::Result;

use super::{Made, Make, Owner, Surroundings, with};
use crate::config::Section;
use crate::stack::Layers;

struct Aliyun {
    regions: Vec<String>,
    endpoint: Option<String>,
    vpc: Option<bool>,
    ca_file: Option<PathBuf>,
    account_id: Option<String>,
    principal: Option<String>,
    credentials: Credentials,
}

/// Who asks.
struct Credentials {
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
    sts_endpoint: Option<String>,
    client_key: Option<ClientKey>,
}

/// The file of a client key, and where its password is: read in any case, so that nobody is told of
/// unknown keys.
struct ClientKey {
    file: PathBuf,
    password: Password,
}

enum Password {
    Env(String),
    File(PathBuf),
}

pub(super) fn sm(section: &mut Section<'_>, _: &mut Layers) -> Make {
    let aliyun = Aliyun::parse(section);
    Box::new(move |around, layers| {
        let provider = Arc::new(aliyun.builder(around, layers)?.build()?);
        Ok(Made { provider, owner: aliyun.owner(around) })
    })
}

impl Aliyun {
    fn parse(section: &mut Section<'_>) -> Self {
        let region = section.open_text("region");
        Self {
            regions: region
                .into_iter()
                .chain(section.texts("regions").unwrap_or_default())
                .collect(),
            endpoint: section.text("endpoint"),
            vpc: section.if_named("vpc", Section::boolean),
            ca_file: section.if_named("ca_file", Section::path),
            account_id: section.text("account_id"),
            principal: section.text("principal"),
            credentials: Credentials::parse(section),
        }
    }

    fn builder(&self, around: &Surroundings, layers: &Layers) -> Result<AliyunSmBuilder> {
        let environment = Arc::clone(&around.environment);
        let mut builder = AliyunSm::builder()
            .credentials(self.credentials.builder(around)?.env_with(move |name| environment(name)))
            .regions(self.regions.iter().map(String::as_str));
        builder = with(builder, self.endpoint.as_ref(), AliyunSmBuilder::endpoint);
        builder = with(builder, self.vpc, AliyunSmBuilder::vpc);
        builder = with(builder, self.ca_file.as_ref(), AliyunSmBuilder::ca_file);
        Ok(with(builder, layers.attempt, AliyunSmBuilder::timeout))
    }

    fn owner(&self, around: &Surroundings) -> Owner {
        let role = self.credentials.role_arn.as_deref();
        // acs:ram::ACCOUNT:role/NAME
        let of_role = role.and_then(|arn| arn.split(':').nth(3)).filter(|it| !it.is_empty());
        let set = |name: &str| around.variable(name)?.into_string().ok();
        let region = match &self.regions[..] {
            [] => set("ALIBABA_CLOUD_REGION_ID"),
            regions => Some(regions.join(",")),
        };
        let policy = self.credentials.policy.as_ref();
        let role = role.map(|arn| match policy {
            Some(policy) => format!("{arn} policy {policy:?}"),
            None => arn.to_owned(),
        });
        let principals: Vec<_> = self.principal.iter().cloned().chain(role).collect();
        Owner::Account {
            account: self.account_id.clone().or_else(|| of_role.map(str::to_owned)),
            region,
            endpoint: self.endpoint.clone().unwrap_or_default(),
            principals: (!principals.is_empty()).then_some(principals),
        }
    }
}

impl Credentials {
    fn parse(section: &mut Section<'_>) -> Self {
        Self {
            access_key_id_env: section.text("access_key_id_env"),
            access_key_secret_env: section.text("access_key_secret_env"),
            security_token_env: section.text("security_token_env"),
            role_arn: section.text("role_arn"),
            role_session_name: section.text("role_session_name"),
            external_id: section.text("external_id"),
            policy: section.text("policy"),
            duration: section.if_named("duration", Section::duration),
            oidc_provider_arn: section.text("oidc_provider_arn"),
            oidc_token_file: section.if_named("oidc_token_file", Section::path),
            ecs_role: section.text("ecs_role"),
            credentials_uri: section.text("credentials_uri"),
            profile: section.text("profile"),
            sts_endpoint: section.text("sts_endpoint"),
            client_key: ClientKey::parse(section),
        }
    }

    fn builder(&self, around: &Surroundings) -> Result<CredentialsBuilder> {
        let mut builder = CredentialsBuilder::default();
        let env = self.access_key_id_env.as_ref();
        builder = with(builder, env, CredentialsBuilder::access_key_id_env);
        let env = self.access_key_secret_env.as_ref();
        builder = with(builder, env, CredentialsBuilder::access_key_secret_env);
        let env = self.security_token_env.as_ref();
        builder = with(builder, env, CredentialsBuilder::security_token_env);
        builder = with(builder, self.role_arn.as_ref(), CredentialsBuilder::role_arn);
        let session = self.role_session_name.as_ref();
        builder = with(builder, session, CredentialsBuilder::role_session_name);
        builder = with(builder, self.external_id.as_ref(), CredentialsBuilder::external_id);
        builder = with(builder, self.policy.as_ref(), CredentialsBuilder::policy);
        builder = with(builder, self.duration, CredentialsBuilder::duration);
        let issuer = self.oidc_provider_arn.as_ref();
        builder = with(builder, issuer, CredentialsBuilder::oidc_provider_arn);
        let token = self.oidc_token_file.as_ref();
        builder = with(builder, token, CredentialsBuilder::oidc_token_file);
        builder = with(builder, self.ecs_role.as_ref(), CredentialsBuilder::ecs_role);
        builder = with(builder, self.credentials_uri.as_ref(), CredentialsBuilder::credentials_uri);
        builder = with(builder, self.profile.as_ref(), CredentialsBuilder::profile);
        builder = with(builder, self.sts_endpoint.as_ref(), CredentialsBuilder::sts_endpoint);
        match &self.client_key {
            Some(key) => key.give(builder, around),
            None => Ok(builder),
        }
    }
}

impl ClientKey {
    fn parse(section: &mut Section<'_>) -> Option<Self> {
        let file = section.if_named("client_key_file", Section::path);
        let env = section.text("client_key_password_env");
        let password_file = section.if_named("client_key_password_file", Section::path);
        if env.is_some() && password_file.is_some() {
            section.fault("has the password of the client key in two places".to_owned());
            return None;
        }
        match (file, env.map(Password::Env).or(password_file.map(Password::File))) {
            (Some(file), Some(password)) => return Some(Self { file, password }),
            (None, None) => {}
            (Some(_), None) => {
                section.fault("has a client key and no password for it".to_owned());
            }
            (None, Some(_)) => {
                section.fault("has the password of a client key and no client_key_file".to_owned());
            }
        }
        None
    }

    #[cfg(feature = "aliyun-client-key")]
    fn give(&self, to: CredentialsBuilder, around: &Surroundings) -> Result<CredentialsBuilder> {
        use omnisecret_aliyun::{ClientKeyFile, ClientKeyPassword};

        let password = match &self.password {
            Password::Env(name) => ClientKeyPassword::Env(name.clone()),
            Password::File(path) => ClientKeyPassword::File(path.clone()),
        };
        let look_up = |name: &str| around.variable(name);
        Ok(to.provider(Arc::new(ClientKeyFile::new_with(&self.file, password, look_up)?)))
    }

    #[cfg(not(feature = "aliyun-client-key"))]
    fn give(&self, _: CredentialsBuilder, _: &Surroundings) -> Result<CredentialsBuilder> {
        use omnisecret_core::{Error, ErrorKind};

        Err(Error::new(ErrorKind::InvalidConfig, "client keys are not built in")
            .with_action("build with the feature \"aliyun-client-key\""))
    }
}
