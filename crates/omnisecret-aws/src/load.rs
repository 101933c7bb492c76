//! From the settings to what the SDK needs: region, credentials, endpoints. Run at the first call.

use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::profile;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_types::os_shim_internal::{Env, Fs};
use omnisecret_core::{Error, ErrorKind, Result};

use crate::Settings;
use crate::assume::RoleCredentials;
use crate::ca;
use crate::check::EndpointText;
use crate::http::Client;

/// Longer than any chain of roles takes, each with its own attempts.
const LOAD_TIMEOUT: Duration = Duration::from_secs(60);
/// A person looks for a telephone.
const MFA_TIMEOUT: Duration = Duration::from_secs(300);

impl Settings {
    /// Looks up what is not set, and puts the roles one on the other. Assumes none yet.
    pub(crate) async fn load(&self) -> Result<SdkConfig> {
        let region = self.region.clone();
        let ca_file = self.ca_file.clone();
        let ca_file = ca_file.or_else(|| self.environment.get("AWS_CA_BUNDLE").map(Into::into));
        let client = Client::new(ca::trust(ca_file).await?, self.proxy()?);
        let environment = self.environment.for_sdk(self.profile.is_none());
        self.check_profile(&environment).await?;

        let mut loader = aws_config::defaults(behavior())
            .env(environment)
            .http_client(client)
            .timeout_config(
                TimeoutConfig::builder().operation_attempt_timeout(self.request_timeout).build(),
            )
            // The limit of a request does it: no answer here is a long stream.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .identity_cache(IdentityCache::lazy().load_timeout(self.load_timeout()).build());
        if let Some(region) = region {
            loader = loader.region(Region::new(region));
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        let config = loader.load().await;
        if config.region().is_none() {
            return Err(Error::new(ErrorKind::InvalidConfig, "no region is set")
                .with_action("set the region here, in AWS_REGION or in the profile"));
        }
        Ok(self.with_roles(config))
    }

    /// The same configuration with the credentials of the last role.
    fn with_roles(&self, config: SdkConfig) -> SdkConfig {
        let Some(base) = config.credentials_provider() else { return config };
        let sts_endpoint = self.sts_endpoint();
        let credentials = self.roles.iter().fold(base, |credentials, role| {
            let mut builder = aws_sdk_sts::config::Builder::from(&config)
                .credentials_provider(credentials)
                .interceptor(crate::quiet::Quiet);
            if let Some(region) = &role.sts_region {
                builder = builder.region(aws_sdk_sts::config::Region::new(region.clone()));
            }
            if let Some(url) = sts_endpoint {
                builder = builder.endpoint_url(url);
            }
            let client = aws_sdk_sts::Client::from_conf(builder.build());
            let role = RoleCredentials::new(client, role.clone(), self.mfa_token.clone());
            SharedCredentialsProvider::new(role)
        });
        config.into_builder().credentials_provider(credentials).build()
    }

    /// Where the roles are assumed, if not where the SDK would do it.
    fn sts_endpoint(&self) -> Option<&str> {
        let is_emulator = |url: &&str| {
            url.starts_with("http://") && self.environment.get("AWS_ENDPOINT_URL_STS").is_none()
        };
        let emulator = self.endpoint_url.as_ref().map(EndpointText::as_str).filter(is_emulator);
        self.sts_endpoint_url.as_ref().map(EndpointText::as_str).or(emulator)
    }

    /// A profile that is named and not there is a mistake: the SDK would go on to the machine's
    /// own role, somebody else.
    async fn check_profile(&self, environment: &Env) -> Result<()> {
        let Some(name) = self.profile.as_deref().or_else(|| self.environment.get("AWS_PROFILE"))
        else {
            return Ok(());
        };
        if self.profile.is_none() && self.environment.has_keys() {
            return Ok(());
        }
        let files = Default::default();
        let profiles =
            profile::load(&Fs::real(), environment, &files, None).await.map_err(|_| {
                Error::new(ErrorKind::InvalidConfig, "the AWS configuration files cannot be read")
                    .with_action("correct ~/.aws/config and ~/.aws/credentials")
            })?;
        if profiles.get_profile(name).is_some() {
            return Ok(());
        }
        let message = format!("there is no profile {name:?}");
        Err(Error::new(ErrorKind::InvalidConfig, message)
            .with_action("name one that is in ~/.aws/config or ~/.aws/credentials"))
    }

    fn proxy(&self) -> Result<ProxyConfig> {
        let names = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
        let Some(url) = self.environment.first(&names) else { return Ok(ProxyConfig::disabled()) };
        let proxy = ProxyConfig::https(url).map_err(|_| {
            Error::new(ErrorKind::InvalidConfig, "the proxy is no usable URL")
                .with_action("correct HTTPS_PROXY or ALL_PROXY")
        })?;
        Ok(match self.environment.first(&["NO_PROXY", "no_proxy"]) {
            Some(rules) => proxy.no_proxy(rules),
            None => proxy,
        })
    }

    fn load_timeout(&self) -> Duration {
        let asks = self.roles.iter().any(|role| role.mfa_serial.is_some());
        if asks { MFA_TIMEOUT } else { LOAD_TIMEOUT }
    }

    /// Whether looking again may give other credentials.
    pub(crate) fn is_renewable(&self) -> bool {
        !self.roles.is_empty() || self.profile.is_some() || !self.environment.has_keys()
    }
}

/// Pinned: a later one may retry, wait or connect otherwise.
fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}
