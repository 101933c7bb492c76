//! Something that gives secrets: the OpenAPI of a region, or a KMS instance with its own API.

use std::fmt;

use omnisecret_core::{Result, async_trait};

use crate::model::SecretVersion;
use crate::rpc::{Call, Rpc, parse};

/// One gateway of one region.
#[async_trait]
pub(crate) trait Gateway: fmt::Debug + Send + Sync + 'static {
    /// One version of a secret.
    async fn get_secret_value(&self, request: &GetSecretValue) -> Result<SecretVersion>;

    /// The gateway as one that knows all operations, if it does.
    fn open_api(&self) -> Option<&OpenApi>;
}

/// Which version of which secret.
#[derive(Clone, Debug, Default)]
pub(crate) struct GetSecretValue {
    /// A name, or an ARN for a secret of another account.
    pub(crate) name: String,
    /// `ACSCurrent` where neither is set.
    pub(crate) version_stage: Option<String>,
    pub(crate) version_id: Option<String>,
    /// Whether the configuration of a managed secret is wanted too.
    pub(crate) fetch_extended_config: bool,
}

/// The KMS API 2016-01-20, on a shared gateway or a dedicated one.
#[derive(Debug)]
pub(crate) struct OpenApi(pub(crate) Rpc);

impl OpenApi {
    /// The version of the API.
    pub(crate) const VERSION: &'static str = "2016-01-20";
}

#[async_trait]
impl Gateway for OpenApi {
    async fn get_secret_value(&self, request: &GetSecretValue) -> Result<SecretVersion> {
        let GetSecretValue { name, version_stage, version_id, fetch_extended_config } = request;
        let call = Call::new("GetSecretValue")
            .with("SecretName", name)
            .with_some("VersionStage", version_stage.as_deref())
            .with_some("VersionId", version_id.as_deref())
            .with_some("FetchExtendedConfig", fetch_extended_config.then_some("true"));
        parse(&self.0.call(&call).await?)
    }

    fn open_api(&self) -> Option<&OpenApi> {
        Some(self)
    }
}
