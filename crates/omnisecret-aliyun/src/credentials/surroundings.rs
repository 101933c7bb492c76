//! What a source of credentials needs beside its own settings.

use std::sync::Arc;

use omnisecret_core::{Clock, Result, SystemClock};

use super::environment::Environment;
use super::refreshing::{Refreshing, Source};
use super::role::{AssumeRole, Role};
use super::{ProvideCredentials, metadata};
use crate::Endpoint;
use crate::http::{Http, HttpSettings, TimeLimits};

/// The environment, the time, and where STS and the metadata service are.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    pub(crate) environment: Environment,
    pub(crate) clock: Arc<dyn Clock>,
    /// STS at this endpoint, whatever else is set.
    pub(crate) sts_endpoint: Option<Endpoint>,
    /// STS of this region, and whether from within its network.
    pub(crate) sts_region: Option<(String, bool)>,
    pub(crate) metadata_endpoint: Option<Endpoint>,
    /// Those of whom the credentials are for.
    pub(crate) limits: TimeLimits,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            environment: Environment::default(),
            clock: Arc::new(SystemClock::new()),
            sts_endpoint: None,
            sts_region: None,
            metadata_endpoint: None,
            limits: TimeLimits::default(),
        }
    }
}

impl Surroundings {
    /// Where STS is: the endpoint that is set, that of a region, or the one for all.
    ///
    /// # Errors
    /// [`InvalidConfig`](omnisecret_core::ErrorKind::InvalidConfig) if the region cannot be one.
    pub(crate) fn sts(&self, of_source: Option<(String, bool)>) -> Result<Endpoint> {
        if let Some(endpoint) = &self.sts_endpoint {
            return Ok(endpoint.clone());
        }
        let environment = || {
            let vpc = self.environment.flag("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED");
            self.environment.text("ALIBABA_CLOUD_STS_REGION").map(|region| (region, vpc))
        };
        match of_source.or_else(|| self.sts_region.clone()).or_else(environment) {
            Some((region, true)) => Endpoint::of_region("sts-vpc", &region),
            Some((region, false)) => Endpoint::of_region("sts", &region),
            None => "sts.aliyuncs.com".parse(),
        }
    }

    /// The name of the session that the environment gives.
    pub(crate) fn session_name(&self) -> Option<String> {
        self.environment.text("ALIBABA_CLOUD_ROLE_SESSION_NAME")
    }

    /// The way to a source at this endpoint.
    pub(crate) fn http_to(&self, endpoint: &Endpoint) -> Http {
        self.http(HttpSettings::for_endpoint(endpoint))
    }

    /// The way to a source, which may not take longer than whom it is for.
    pub(crate) fn http(&self, settings: HttpSettings) -> Http {
        Http::new(settings.within(self.limits))
    }

    /// Credentials that are renewed in time.
    pub(crate) fn refreshing(&self, source: impl Source) -> Arc<dyn ProvideCredentials> {
        Arc::new(Refreshing::new(source, Arc::clone(&self.clock)))
    }

    /// The role, assumed with other credentials.
    ///
    /// # Errors
    /// As [`Role::check`].
    pub(crate) fn assume(
        &self,
        role: Role,
        base: Arc<dyn ProvideCredentials>,
        sts_region: Option<(String, bool)>,
    ) -> Result<Arc<dyn ProvideCredentials>> {
        role.check()?;
        let endpoint = self.sts(sts_region)?;
        Ok(self.refreshing(AssumeRole::new(role, base, endpoint, self)))
    }

    /// The role of this machine.
    ///
    /// # Errors
    /// None with the fixed address.
    pub(crate) fn instance(&self, role: Option<String>) -> Result<metadata::InstanceRole> {
        let endpoint = match &self.metadata_endpoint {
            Some(endpoint) => endpoint.clone(),
            None => Endpoint::metadata()?,
        };
        let role = role.or_else(|| self.environment.text("ALIBABA_CLOUD_ECS_METADATA"));
        let only_v2 = self.environment.flag("ALIBABA_CLOUD_IMDSV1_DISABLED");
        Ok(metadata::InstanceRole::new(endpoint, role, only_v2, self))
    }
}
