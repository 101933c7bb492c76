//! KMS instances by their own API: protobuf, signed with a client key, behind a private authority.

mod sign;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{Clock, Error, ErrorKind, Result, SecretValue, SystemClock, async_trait};
use prost::Message;
use reqwest::Method;

use crate::Endpoint;
use crate::client_key::ClientKeyFile;
use crate::config::AliyunSmBuilder;
use crate::credentials::{ProvideCredentials, SigningKey};
use crate::endpoint::EndpointText;
use crate::error::from_code;
use crate::gateway::{Gateway, GetSecretValue, OpenApi};
use crate::http::{Http, HttpRequest, HttpResponse, HttpSettings, TimeLimits, Trust};
use crate::model::{SecretText, SecretVersion, VersionStages};
use sign::{content_sha256, http_date, string_to_sign};
use wire::{Failure, GetSecretValueRequest, GetSecretValueResponse};

const PROTOBUF: &str = "application/x-protobuf";
const API_VERSION: &str = "dkms-gcs-0.2";
const API_NAME: &str = "GetSecretValue";
const SIGNATURE_METHOD: &str = "RSA_PKCS1_SHA_256";

/// The gateway of a KMS instance, asked by its own API. It gives secrets and does nothing else.
///
/// Instances are asked before the regions of the same provider. Where the instance takes RAM
/// credentials, name its gateway as the endpoint of a [`Region`](crate::Region) instead.
///
/// ```
/// use omnisecret_aliyun::{AliyunSm, ClientKeyFile, ClientKeyPassword, KmsInstance};
///
/// # let password = ClientKeyPassword::Value("..".into());
/// let key = ClientKeyFile::new("/run/keys/clientKey.json", password)?;
/// let instance = KmsInstance::new("kst-hzz65f176a0ogplgq0001.cryptoservice.kms.aliyuncs.com", key)
///     .ca_file("/etc/omnisecret/kms-instance-ca.pem");
/// let secrets = AliyunSm::builder().kms_instance(instance)?.build()?;
/// # Ok::<(), omnisecret_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "an instance is asked when a provider has it"]
pub struct KmsInstance {
    endpoint: EndpointText,
    credentials: Arc<dyn ProvideCredentials>,
    trust: Option<Trust>,
    limits: TimeLimits,
    clock: Arc<dyn Clock>,
}

impl KmsInstance {
    /// The instance at this endpoint, `HOST` or `HOST:PORT`, and the key that it knows us by.
    pub fn new(endpoint: impl Into<String>, key: ClientKeyFile) -> Self {
        Self {
            endpoint: EndpointText(endpoint.into()),
            credentials: Arc::new(key),
            trust: None,
            limits: TimeLimits::default(),
            clock: Arc::new(SystemClock::new()),
        }
    }

    /// The PEM file of the instance's private authority, to be had in the console. Without one the
    /// roots of the operating system are trusted, as the original does.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.trust = Some(Trust::File(path.into()));
        self
    }

    /// Accepts whatever certificate there is, and warns about it in the log.
    ///
    /// # Security
    /// Whoever stands between can read each secret and give others. Name the
    /// [`ca_file`](Self::ca_file) instead.
    pub fn ignore_certificates(mut self) -> Self {
        self.trust = Some(Trust::Anybody);
        self
    }

    /// The longest time until a connection stands: 5 seconds unless set.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.limits.connect_timeout = Some(timeout);
        self
    }

    /// The longest time for one request, its answer included: 10 seconds unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = Some(timeout);
        self
    }

    /// With time from this clock: for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    fn gateway(self) -> Result<InstanceApi> {
        let endpoint: Endpoint = self.endpoint.parse()?;
        let defaults = HttpSettings::for_endpoint(&endpoint).with(self.limits);
        let http =
            Http::new(HttpSettings { trust: self.trust.unwrap_or(defaults.trust), ..defaults });
        Ok(InstanceApi { http, endpoint, credentials: self.credentials, clock: self.clock })
    }
}

impl AliyunSmBuilder {
    /// A KMS instance, or one more of them: they come before all regions.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if its endpoint is none.
    pub fn kms_instance(self, instance: KmsInstance) -> Result<Self> {
        let gateway =
            instance.gateway().map_err(|error| error.with_context("aliyun.sm", "configure"))?;
        Ok(self.gateway(Arc::new(gateway)))
    }
}

/// The API, ready to be asked.
#[derive(Debug)]
struct InstanceApi {
    http: Http,
    endpoint: Endpoint,
    credentials: Arc<dyn ProvideCredentials>,
    clock: Arc<dyn Clock>,
}

impl InstanceApi {
    async fn request(&self, body: Vec<u8>) -> Result<HttpRequest> {
        let credentials = self.credentials.credentials().await?;
        let SigningKey::Rsa(key) = credentials.key() else {
            return Err(Error::new(
                ErrorKind::InvalidConfig,
                "a KMS instance takes a client key only",
            ));
        };
        let (digest, date) = (content_sha256(&body), http_date(self.clock.wall()));
        let signed = [
            ("x-kms-acccesskeyid", credentials.key_id()),
            ("x-kms-apiname", API_NAME),
            ("x-kms-apiversion", API_VERSION),
            ("x-kms-signaturemethod", SIGNATURE_METHOD),
        ];
        let to_sign = string_to_sign("POST", &digest, PROTOBUF, &date, &signed);
        let authorization = format!("Bearer {}", key.sign(to_sign.as_bytes())?);
        let mut request = HttpRequest::new(Method::POST, self.endpoint.url("/", ""))
            .header("accept", PROTOBUF)?
            .header("content-type", PROTOBUF)?
            .header("content-sha256", &digest)?
            .header("date", &date)?
            .secret_header("authorization", &authorization)?;
        for (name, value) in signed {
            request = request.header(name, value)?;
        }
        request.body.extend_from_slice(&body);
        Ok(request)
    }
}

#[async_trait]
impl Gateway for InstanceApi {
    async fn get_secret_value(&self, request: &GetSecretValue) -> Result<SecretVersion> {
        let GetSecretValue { name, version_stage, version_id, fetch_extended_config } = request;
        let is_current = version_stage.is_none() && version_id.is_none();
        let message = GetSecretValueRequest {
            secret_name: name.clone(),
            version_stage: match version_stage {
                Some(stage) => stage.clone(),
                None if is_current => "ACSCurrent".to_owned(),
                None => String::new(),
            },
            version_id: version_id.clone().unwrap_or_default(),
            fetch_extended_config: *fetch_extended_config,
        };
        let response = self.http.send(self.request(message.encode_to_vec()).await?).await?;
        if !response.is_success() {
            return Err(failure(&response));
        }
        // Why is left out: it may quote.
        let answer = GetSecretValueResponse::decode(response.body.as_slice()).map_err(|_| {
            Error::new(ErrorKind::Unexpected, "the answer of the KMS instance is not understood")
        })?;
        Ok(version(answer))
    }

    fn address(&self) -> String {
        self.endpoint.to_string()
    }

    fn open_api(&self) -> Option<&OpenApi> {
        None
    }
}

fn version(answer: GetSecretValueResponse) -> SecretVersion {
    // What is not there is empty in proto3.
    let some = |text: String| (!text.is_empty()).then_some(text);
    SecretVersion {
        secret_name: answer.secret_name,
        secret_type: answer.secret_type,
        secret_data: Some(SecretText(SecretValue::text(answer.secret_data))),
        secret_data_type: answer.secret_data_type,
        version_id: answer.version_id,
        version_stages: VersionStages { version_stage: answer.version_stages },
        create_time: answer.create_time,
        automatic_rotation: some(answer.automatic_rotation),
        rotation_interval: some(answer.rotation_interval),
        next_rotation_date: some(answer.next_rotation_date),
        last_rotation_date: some(answer.last_rotation_date),
        extended_config: some(answer.extended_config),
    }
}

/// The error in an answer without success. Two faults share a code and are told apart by the
/// message, which is not kept.
fn failure(response: &HttpResponse) -> Error {
    let failure = Failure::decode(response.body.as_slice()).unwrap_or_default();
    let code = match (failure.error_code.as_str(), failure.error_message.as_str()) {
        ("InvalidParam", message) if message.contains("Param Date") => "IllegalTimestamp",
        ("InvalidParam", message) if message.contains("Param Authorization") => {
            "IncompleteSignature"
        }
        (code, _) => code,
    };
    from_code(code, response.status, &failure.request_id)
}

#[cfg(test)]
mod tests;
