//! Something that gives secrets: the OpenAPI of a region, or a KMS instance with its own API.

use std::fmt;

use omnisecret_core::{Result, SecretValue, async_trait};

use crate::model::{BatchAnswer, Description, SecretPage, SecretVersion};
use crate::rpc::{Call, Rpc, parse};

/// The longest value that the service keeps, in bytes.
pub(crate) const MAX_VALUE_BYTES: usize = 30_720;

/// One gateway of one region.
#[async_trait]
pub(crate) trait Gateway: fmt::Debug + Send + Sync + 'static {
    /// One version of a secret.
    async fn get_secret_value(&self, request: &GetSecretValue) -> Result<SecretVersion>;

    /// Where it is, for people.
    fn address(&self) -> String;

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

/// A new version of a secret, or a new secret with its first. It has no `Debug`.
pub(crate) struct NewVersion<'a> {
    pub(crate) name: &'a str,
    pub(crate) version_id: &'a str,
    /// UTF-8, and not empty.
    pub(crate) data: &'a str,
    /// Whether it is kept as `binary`.
    pub(crate) is_binary: bool,
}

/// Where a secret that is created is kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Home {
    /// The KMS instance.
    pub(crate) instance_id: Option<String>,
    /// The key that it is encrypted with.
    pub(crate) key_id: Option<String>,
}

/// The KMS API 2016-01-20, on a shared gateway or a dedicated one.
#[derive(Debug)]
pub(crate) struct OpenApi(pub(crate) Rpc);

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

    fn address(&self) -> String {
        self.0.endpoint.to_string()
    }

    fn open_api(&self) -> Option<&OpenApi> {
        // The dedicated gateway gives secrets and encrypts; it does not manage.
        (!self.0.endpoint.is_dedicated()).then_some(self)
    }
}

impl OpenApi {
    /// The version of the API.
    pub(crate) const VERSION: &'static str = "2016-01-20";

    /// Up to twenty secrets at once, in any order, without those that are missing or denied.
    pub(crate) async fn batch_get_secret_value(&self, secrets_list: &str) -> Result<BatchAnswer> {
        let call = Call::new("BatchGetSecretValue").with("SecretsList", secrets_list);
        parse(&self.0.call(&call).await?)
    }

    /// A page of the names of all secrets that the filters let through; the first has number 1.
    pub(crate) async fn list_secrets(
        &self,
        page: usize,
        page_size: usize,
        filters: Option<&str>,
    ) -> Result<SecretPage> {
        let call = Call::new("ListSecrets")
            .with("PageNumber", page.to_string())
            .with("PageSize", page_size.to_string())
            .with_some("Filters", filters);
        parse(&self.0.call(&call).await?)
    }

    /// What is known of a secret beside its values.
    pub(crate) async fn describe_secret(&self, name: &str) -> Result<Description> {
        parse(&self.0.call(&Call::new("DescribeSecret").with("SecretName", name)).await?)
    }

    /// Adds a version, which becomes the current one.
    pub(crate) async fn put_secret_value(&self, version: &NewVersion<'_>) -> Result<()> {
        self.0.call(&version.call("PutSecretValue")).await.map(drop)
    }

    /// Creates a generic secret.
    pub(crate) async fn create_secret(&self, version: &NewVersion<'_>, home: &Home) -> Result<()> {
        let call = version
            .call("CreateSecret")
            .with_some("DKMSInstanceId", home.instance_id.as_deref())
            .with_some("EncryptionKeyId", home.key_id.as_deref());
        self.0.call(&call).await.map(drop)
    }
}

impl<'a> NewVersion<'a> {
    /// A version with this value, if the service can keep it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`](omnisecret_core::ErrorKind::InvalidValue) if it is empty, too
    /// large, or not UTF-8.
    pub(crate) fn new(name: &'a str, version_id: &'a str, value: &'a SecretValue) -> Result<Self> {
        let fault = |message: &'static str| {
            omnisecret_core::Error::new(omnisecret_core::ErrorKind::InvalidValue, message)
        };
        let bytes = value.expose_bytes();
        if bytes.is_empty() {
            return Err(fault("the service keeps no empty value"));
        }
        if bytes.len() > MAX_VALUE_BYTES {
            return Err(fault("the value is larger than 30720 bytes"));
        }
        let data = str::from_utf8(bytes).map_err(|_| {
            fault("the service keeps text, also as binary, and the value is not UTF-8")
                .with_action("encode the value, as base64 say")
        })?;
        Ok(Self { name, version_id, data, is_binary: !value.is_text() })
    }

    fn call(&self, action: &'static str) -> Call<'static> {
        Call::new(action)
            .with("SecretName", self.name)
            .with("VersionId", self.version_id)
            .with("SecretDataType", if self.is_binary { "binary" } else { "text" })
            .with_secret("SecretData", self.data)
    }
}
