//! Other services of Alibaba Cloud, called with managed credentials.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{Result, SecretValue, SystemClock};

use crate::Endpoint;
use crate::http::{Http, HttpSettings, Trust};
use crate::managed::ManagedCredentials;
use crate::rpc::{Call, Rpc, Signature};

/// An API in the RPC style, signed with ACS3-HMAC-SHA256 by the access key of a managed secret: the
/// counterpart of the original's `ProxyAcsClient`.
///
/// A call whose key the service does not know any more is made once more with the next one, as
/// [`Managed::with_retry`](crate::Managed::with_retry) does. Nothing else is repeated.
///
/// ```no_run
/// use omnisecret_aliyun::{AliyunClient, Call, ManagedCredentials};
///
/// # async fn example(credentials: ManagedCredentials) -> omnisecret_core::Result<()> {
/// let ecs = AliyunClient::new("ecs.cn-hangzhou.aliyuncs.com".parse()?, "2014-05-26", credentials);
/// let regions = ecs.call(&Call::new("DescribeRegions")).await?;
/// let regions = regions.expose_str()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct AliyunClient {
    endpoint: Endpoint,
    version: &'static str,
    settings: HttpSettings,
    rpc: Arc<Rpc>,
    credentials: ManagedCredentials,
}

impl AliyunClient {
    /// The API of this version, as `2014-05-26`, at this endpoint. Nothing is asked yet.
    pub fn new(endpoint: Endpoint, version: &'static str, credentials: ManagedCredentials) -> Self {
        let settings = HttpSettings::for_endpoint(&endpoint);
        let rpc = Arc::new(rpc(&endpoint, version, &settings, &credentials));
        Self { endpoint, version, settings, rpc, credentials }
    }

    /// With the PEM file of the authorities that the certificate has to come from, in place of the
    /// operating system's.
    #[must_use]
    pub fn with_ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.trust = Trust::File(path.into());
        self.with_settings()
    }

    /// With the longest time for one request, its answer included: 10 seconds unless set.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self.with_settings()
    }

    /// Makes the call and gives the answer, which is JSON and may hold secrets.
    ///
    /// # Errors
    /// What the service says: its code is in the [`ServiceError`](crate::ServiceError), and the
    /// kind is that which KMS would mean by it. Without an answer, `Unavailable` or `Timeout`.
    pub async fn call(&self, call: &Call<'_>) -> Result<SecretValue> {
        let mut body = self
            .credentials
            .with_retry(|key| async move { self.rpc.send(call, &key).await })
            .await?;
        Ok(SecretValue::from_bytes(std::mem::take(&mut *body)))
    }

    fn with_settings(mut self) -> Self {
        self.rpc = Arc::new(rpc(&self.endpoint, self.version, &self.settings, &self.credentials));
        self
    }
}

fn rpc(
    endpoint: &Endpoint,
    version: &'static str,
    settings: &HttpSettings,
    credentials: &ManagedCredentials,
) -> Rpc {
    Rpc {
        http: Http::new(settings.clone()),
        endpoint: endpoint.clone(),
        version,
        credentials: Arc::new(credentials.clone()),
        signature: Signature::Version3,
        clock: Arc::new(SystemClock::new()),
    }
}

impl fmt::Debug for AliyunClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AliyunClient")
            .field("endpoint", &self.endpoint)
            .field("version", &self.version)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
