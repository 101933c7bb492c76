//! The settings of the provider, and the environment that they can come from.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{Error, ErrorKind, Result};

use crate::client::SecretsClient;
use crate::credentials::{CredentialsBuilder, ProvideCredentials};
use crate::endpoint::EndpointText;
use crate::gateway::{Gateway, Home, OpenApi};
use crate::http::{Http, HttpSettings, TimeLimits, Trust};
use crate::provider::Settings;
use crate::rpc::{Rpc, Signature};
use crate::{AliyunSm, Endpoint};

/// A region, and how it is reached.
///
/// ```
/// use omnisecret_aliyun::Region;
///
/// // The public gateway; the one in the region's own network; a KMS instance's.
/// let public = Region::new("cn-hangzhou");
/// let private = Region::new("cn-hangzhou").vpc(true);
/// let instance = Region::new("cn-hangzhou")
///     .endpoint("kst-hzz65f176a0ogplgq0001.cryptoservice.kms.aliyuncs.com")
///     .ca_file("/etc/omnisecret/kms-instance-ca.pem");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Region {
    id: Option<String>,
    vpc: Option<bool>,
    endpoint: Option<EndpointText>,
    ca_file: Option<PathBuf>,
}

impl Region {
    /// The region of this id: `cn-hangzhou`.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..Self::default() }
    }

    /// Whether it is reached from within its network.
    #[must_use]
    pub fn vpc(mut self, vpc: bool) -> Self {
        self.vpc = Some(vpc);
        self
    }

    /// The gateway, in place of the region's own: `HOST`, `HOST:PORT` or with `https://`.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(EndpointText(endpoint.into()));
        self
    }

    /// The PEM file of the authorities that its certificate has to come from. A KMS instance's
    /// gateway needs it: its authority is a private one, to be had in the console.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }
}

impl<S: Into<String>> From<S> for Region {
    fn from(id: S) -> Self {
        Self::new(id)
    }
}

/// Makes an [`AliyunSm`].
#[derive(Clone, Debug, Default)]
pub struct AliyunSmBuilder {
    regions: Vec<Region>,
    endpoint: Option<EndpointText>,
    vpc: Option<bool>,
    ca_file: Option<PathBuf>,
    credentials: CredentialsBuilder,
    gateways: Vec<Arc<dyn Gateway>>,
    filters: Vec<(String, Vec<String>)>,
    home: Home,
    signature: Signature,
    limits: TimeLimits,
}

impl AliyunSmBuilder {
    /// Settings from the environment: the region of `ALIBABA_CLOUD_REGION_ID`, the VPC gateway if
    /// `ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED` is `true`, and the default chain of credentials.
    pub fn from_env() -> Self {
        Self::from_env_with(|name| std::env::var_os(name))
    }

    /// The same from an environment of the caller's.
    pub fn from_env_with(
        look_up: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
    ) -> Self {
        Self { credentials: CredentialsBuilder::default().env_with(look_up), ..Self::default() }
    }

    /// The region, or one more of them: the first is asked first, and is written to.
    #[must_use]
    pub fn region(mut self, region: impl Into<Region>) -> Self {
        self.regions.push(region.into());
        self
    }

    /// More regions, in the order of preference.
    #[must_use]
    pub fn regions(mut self, regions: impl IntoIterator<Item = impl Into<Region>>) -> Self {
        self.regions.extend(regions.into_iter().map(Into::into));
        self
    }

    /// The gateway of the one region, in place of its own.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(EndpointText(endpoint.into()));
        self
    }

    /// Whether the regions that do not say so themselves are reached from within their network.
    #[must_use]
    pub fn vpc(mut self, vpc: bool) -> Self {
        self.vpc = Some(vpc);
        self
    }

    /// The PEM file of the authorities for the regions that do not name one themselves.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Who asks: the default chain unless set.
    #[must_use]
    pub fn credentials(mut self, credentials: CredentialsBuilder) -> Self {
        self.credentials = credentials;
        self
    }

    /// Lists only the secrets that have one of these values under this key: `TagKey`, `TagValue`,
    /// `SecretType`, `DKMSInstanceId`, `Description`, `Creator` or `SecretName`. Reading by name is
    /// not narrowed.
    #[must_use]
    pub fn list_filter(
        mut self,
        key: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.filters.push((key.into(), values.into_iter().map(Into::into).collect()));
        self
    }

    /// The KMS instance that a secret is created in.
    #[must_use]
    pub fn create_in_instance(mut self, instance_id: impl Into<String>) -> Self {
        self.home.instance_id = Some(instance_id.into());
        self
    }

    /// The key that a secret is created with, unless it is the service's own.
    #[must_use]
    pub fn create_with_key(mut self, key_id: impl Into<String>) -> Self {
        self.home.key_id = Some(key_id.into());
        self
    }

    /// How an access key signs: ACS3-HMAC-SHA256 unless set.
    #[must_use]
    pub fn signature(mut self, signature: Signature) -> Self {
        self.signature = signature;
        self
    }

    /// The longest time until a connection stands: 5 seconds unless set. A shorter one is the limit
    /// of those who give credentials too.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.limits.connect_timeout = Some(timeout);
        self
    }

    /// The longest time for one request, its answer included: 10 seconds unless set. A shorter one
    /// is the limit of a request for credentials too.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = Some(timeout);
        self
    }

    /// A gateway that comes before all regions.
    #[cfg(feature = "dkms")]
    #[must_use]
    pub(crate) fn gateway(mut self, gateway: Arc<dyn Gateway>) -> Self {
        self.gateways.push(gateway);
        self
    }

    /// The provider. Nothing is asked yet, and no file is read.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if there is neither a region nor an endpoint, or a setting is
    /// wrong; the message names every fault.
    pub fn build(self) -> Result<AliyunSm> {
        let named = |error: Error| error.with_context(AliyunSm::ID, "configure");
        let (clock, mut faults) = (self.credentials.time(), Vec::new());
        let gateways = self.all_gateways(&mut faults);
        if !faults.is_empty() {
            return Err(named(Error::new(ErrorKind::InvalidConfig, faults.join("; "))));
        }
        let client = SecretsClient::new(gateways).map_err(named)?;
        let settings = Settings::new(&self.filters, self.home, clock);
        Ok(AliyunSm::new(client, settings))
    }

    fn all_gateways(&self, faults: &mut Vec<String>) -> Vec<Arc<dyn Gateway>> {
        let mut regions = self.regions.clone();
        if regions.is_empty() {
            let id = self.credentials.environment().text("ALIBABA_CLOUD_REGION_ID");
            if id.is_some() || self.endpoint.is_some() {
                regions.push(Region { id, ..Region::default() });
            }
        }
        if let Some(endpoint) = &self.endpoint {
            match &mut regions[..] {
                [region] => {
                    region.endpoint.get_or_insert_with(|| endpoint.clone());
                }
                _ => faults.push("`endpoint` is of one region, and several are named".to_owned()),
            }
        }
        let vpc = self.vpc.unwrap_or_else(|| {
            self.credentials.environment().flag("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED")
        });
        let credentials = self.who_asks(&regions, vpc).map_err(|error| {
            faults.push(error.message().to_owned());
        });
        let mut gateways = self.gateways.clone();
        for region in &regions {
            match (region.gateway_endpoint(vpc), &credentials) {
                (Ok(endpoint), Ok(credentials)) => {
                    let ca_file = region.ca_file.as_deref().or(self.ca_file.as_deref());
                    match self.open_api(endpoint, ca_file, credentials) {
                        Ok(gateway) => gateways.push(gateway),
                        Err(fault) => faults.push(fault),
                    }
                }
                (Err(error), _) => faults.push(error.message().to_owned()),
                (Ok(_), Err(())) => {}
            }
        }
        gateways
    }

    /// In a network without a way out STS has to be reached within it too.
    fn who_asks(&self, regions: &[Region], vpc: bool) -> Result<Arc<dyn ProvideCredentials>> {
        let first = regions.first();
        let is_private = first.is_some_and(|region| region.vpc.unwrap_or(vpc));
        let credentials = self.credentials.clone().limits(self.limits);
        match first.and_then(|region| region.id.as_deref()) {
            Some(id) if is_private => credentials.sts_region(id, true).build(),
            _ => credentials.build(),
        }
    }

    fn open_api(
        &self,
        endpoint: Endpoint,
        ca_file: Option<&Path>,
        credentials: &Arc<dyn ProvideCredentials>,
    ) -> Result<Arc<dyn Gateway>, String> {
        if ca_file.is_none() && endpoint.is_dedicated() {
            return Err(format!(
                "{endpoint} has a certificate of a private authority: name its file as `ca_file`"
            ));
        }
        let defaults = HttpSettings::for_endpoint(&endpoint).with(self.limits);
        let http = Http::new(HttpSettings {
            trust: ca_file.map_or(defaults.trust, |path| Trust::File(path.to_owned())),
            ..defaults
        });
        Ok(Arc::new(OpenApi(Rpc {
            http,
            endpoint,
            version: OpenApi::VERSION,
            credentials: Arc::clone(credentials),
            signature: self.signature.clone(),
            clock: self.credentials.time(),
        })))
    }
}

impl Region {
    fn gateway_endpoint(&self, vpc: bool) -> Result<Endpoint> {
        match (&self.endpoint, &self.id) {
            (Some(endpoint), _) => endpoint.parse(),
            (None, Some(id)) if self.vpc.unwrap_or(vpc) => Endpoint::of_region("kms-vpc", id),
            (None, id) => Endpoint::of_region("kms", id.as_deref().unwrap_or_default()),
        }
    }
}
