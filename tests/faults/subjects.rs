//! Who is put behind the proxy: each provider, and each of whom a provider gets its credentials.

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use omnisecret::{Config, Result, Retry, SecretProvider, Secrets, Timeout};
use omnisecret_aliyun::{AliyunSm, AliyunSmBuilder, CredentialsBuilder};
use omnisecret_aws::{Role, Settings};
use omnisecret_aws_ps::ParameterStore;
use omnisecret_aws_sm::SecretsManager;
use omnisecret_aws_testkit::{Answer, AwsServer, Request};
use omnisecret_testkit::canary::CANARY;
use serde_json::json;

use crate::akeyless;

/// The limits that a provider is set to.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// Of one request.
    pub(crate) attempt: Duration,
    /// Of all requests of one call, with the waits between them.
    pub(crate) total: Duration,
}

/// Those that a fault runs into.
pub(crate) const TIGHT: Limits =
    Limits { attempt: Duration::from_millis(300), total: Duration::from_secs(1) };

/// Those with room for another attempt, on a busy machine too.
pub(crate) const WIDE: Limits =
    Limits { attempt: Duration::from_secs(2), total: Duration::from_secs(30) };

/// A token that can stand in a header, and may be seen on the wire alone.
pub(crate) const TOKEN: &str = "token-5f0c6a1d9e7b4438a2c1d0ff36be7790-nekot";

const ROLE: &str = "arn:aws:iam::123456789012:role/reader";

/// Whose wire the faults are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    AwsPs,
    AwsSm,
    /// STS, which a provider of AWS assumes a role with.
    AwsSts,
    AliyunSm,
    AliyunSts,
    /// The metadata service of an instance of Alibaba Cloud.
    AliyunMetadata,
    /// A credentials URI of Alibaba Cloud.
    AliyunUri,
    /// Akeyless, which a producer validates credentials with.
    Akeyless,
}

use Subject::*;

/// One call, which gives the value that is the canary.
pub(crate) type Ask = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send>;

/// Where the wire begins, and whose certificates are trusted on it.
pub(crate) struct At {
    pub(crate) url: String,
    pub(crate) ca_file: Option<PathBuf>,
}

/// Two ways to ask the same.
pub(crate) struct Asks {
    /// Without any layer.
    pub(crate) bare: Ask,
    /// With the layers that the facade puts around a provider: limits, repetition, a cache.
    pub(crate) full: Ask,
}

impl Subject {
    pub(crate) const ALL: [Self; 8] =
        [AwsPs, AwsSm, AwsSts, AliyunSm, AliyunSts, AliyunMetadata, AliyunUri, Akeyless];

    /// How long a call without layers may take: one attempt, but for those who make more requests
    /// than one, or whose client repeats by itself.
    pub(crate) fn bare_limit(self) -> Duration {
        let attempt = TIGHT.attempt;
        match self {
            // A token, and the credentials with it and without.
            AliyunMetadata => 3 * attempt,
            _ => attempt,
        }
    }

    /// What is answered to what goes through the proxy, at the end.
    pub(crate) fn body(self) -> String {
        match self {
            AwsPs => json!({"Parameter": {"Name": "a", "Value": CANARY}}).to_string(),
            AwsSm => json!({"Name": "a", "SecretString": CANARY}).to_string(),
            AwsSts => format!(
                "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                 <AssumeRoleResult><Credentials><AccessKeyId>ASIATEST</AccessKeyId>\
                 <SecretAccessKey>{TOKEN}</SecretAccessKey><SessionToken>{TOKEN}</SessionToken>\
                 <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>\
                 </AssumeRoleResponse>"
            ),
            AliyunSm => json!({"SecretName": "a", "SecretData": CANARY}).to_string(),
            AliyunSts => json!({"Credentials": credentials()}).to_string(),
            AliyunMetadata | AliyunUri => credentials().to_string(),
            Akeyless => json!({"access_id": akeyless::ACCESS_ID, "sub_claims": {}}).to_string(),
        }
    }

    /// What asks, with its own wire or that of its credentials at this URL.
    pub(crate) fn asks(self, fake: &Fake, limits: Limits, at: &At) -> Asks {
        let At { url, ca_file } = at;
        let ca_file = ca_file.as_deref();
        let settings = || {
            let settings = Settings::from_env_with(|name| environment(name).map(Into::into))
                .region("eu-west-1")
                .request_timeout(limits.attempt);
            let settings = match self {
                AwsSts => settings
                    .endpoint_url(fake.cloud.url())
                    .sts_endpoint_url(url)
                    .role(Role::new(ROLE)),
                _ => settings.endpoint_url(url),
            };
            ca_file.into_iter().fold(settings, Settings::ca_file)
        };
        let aliyun = || {
            let keys =
                CredentialsBuilder::default().env_with(|name| environment(name).map(Into::into));
            let (credentials, endpoint) = match self {
                AliyunSts => (keys.role_arn("acs:ram::1234:role/r").sts_endpoint(url), None),
                AliyunMetadata => (keys.ecs_role("r").metadata_endpoint(url), None),
                AliyunUri => (keys.credentials_uri(format!("{url}/credentials")), None),
                _ => (keys, Some(url.clone())),
            };
            let builder = AliyunSm::builder()
                .endpoint(endpoint.unwrap_or_else(|| fake.cloud.url()))
                .credentials(credentials)
                .timeout(limits.attempt);
            ca_file.into_iter().fold(builder, AliyunSmBuilder::ca_file).build().expect("settings")
        };
        let service = fake.cloud.url();
        let (kind, keys) = match self {
            AwsPs => ("aws.ps", format!("endpoint_url = {url:?}")),
            AwsSm => ("aws.sm", format!("endpoint_url = {url:?}")),
            AwsSts => {
                let role = format!("sts_endpoint_url = {url:?}\nrole_arn = {ROLE:?}");
                ("aws.sm", format!("endpoint_url = {service:?}\n{role}"))
            }
            AliyunSm => ("aliyun.sm", format!("endpoint = {url:?}")),
            AliyunSts => {
                let role = format!("sts_endpoint = {url:?}\nrole_arn = \"acs:ram::1234:role/r\"");
                ("aliyun.sm", format!("endpoint = {service:?}\n{role}"))
            }
            AliyunUri => {
                let uri = format!("credentials_uri = \"{url}/credentials\"");
                ("aliyun.sm", format!("endpoint = {service:?}\n{uri}"))
            }
            // The address of the metadata service is no setting of a file.
            AliyunMetadata => {
                let attempt = Timeout::new(aliyun()).with_limit(limits.attempt);
                let full = Timeout::new(Retry::new(attempt)).with_limit(limits.total);
                return Asks { bare: by(aliyun()), full: by(full) };
            }
            Akeyless => {
                let ask = || akeyless::ask(url, limits, &fake.akeyless);
                return Asks { bare: ask(), full: ask() };
            }
        };
        let bare = match self {
            AwsPs => by(ParameterStore::new(settings()).expect("settings")),
            AwsSm | AwsSts => by(SecretsManager::new(settings()).expect("settings")),
            _ => by(aliyun()),
        };
        Asks { bare, full: configured(kind, &keys, limits, ca_file) }
    }
}

fn by(provider: impl SecretProvider) -> Ask {
    let provider: Arc<dyn SecretProvider> = Arc::new(provider);
    Box::new(move || {
        let provider = Arc::clone(&provider);
        Box::pin(async move { is_canary(&provider.get("a").await?) })
    })
}

/// A provider as a configuration file has it.
fn configured(kind: &'static str, keys: &str, limits: Limits, ca_file: Option<&Path>) -> Ask {
    let ca_file = ca_file.map(|path| format!("ca_file = {path:?}\n")).unwrap_or_default();
    let text = format!(
        "[providers.{kind:?}]\nregion = \"eu-west-1\"\n{keys}\n{ca_file}\
         [providers.{kind:?}.timeout]\nattempt = \"{}ms\"\ntotal = \"{}ms\"\n",
        limits.attempt.as_millis(),
        limits.total.as_millis()
    );
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("omnisecret.toml");
    std::fs::write(&path, text).expect("a file");
    let config = Config::load(&path).expect("a configuration");
    let secrets = Secrets::builder()
        .config(config)
        .environment(|name| environment(name).map(Into::into))
        .build();
    Box::new(move || {
        let get = secrets.get(kind, "a").fresh();
        Box::pin(async move { is_canary(&get.await?) })
    })
}

fn is_canary(secret: &omnisecret::Secret) -> Result<()> {
    assert_eq!(secret.expose_str()?, CANARY, "another value than that of the store");
    Ok(())
}

/// Keys for all clouds, and nothing of this machine.
fn environment(name: &str) -> Option<&'static str> {
    match name {
        "AWS_ACCESS_KEY_ID" | "ALIBABA_CLOUD_ACCESS_KEY_ID" => Some("AKIATESTTESTTESTTEST"),
        "AWS_SECRET_ACCESS_KEY" | "ALIBABA_CLOUD_ACCESS_KEY_SECRET" => Some(TOKEN),
        "AWS_SESSION_TOKEN" | "ALIBABA_CLOUD_SECURITY_TOKEN" => Some(TOKEN),
        "AWS_EC2_METADATA_DISABLED" => Some("true"),
        _ => None,
    }
}

fn credentials() -> serde_json::Value {
    json!({
        "Code": "Success", "AccessKeyId": "STS.Test", "AccessKeySecret": TOKEN,
        "SecurityToken": TOKEN, "Expiration": "2099-01-01T00:00:00Z",
    })
}

/// What is behind the proxy, or asked by those whose credentials are.
pub(crate) struct Fake {
    pub(crate) cloud: AwsServer,
    pub(crate) akeyless: akeyless::Fake,
}

impl Fake {
    pub(crate) async fn start() -> Self {
        Self { cloud: AwsServer::start(answer).await, akeyless: akeyless::Fake::start().await }
    }

    /// Where the requests of this one are meant to go.
    pub(crate) fn address(&self, subject: Subject) -> SocketAddr {
        let url = if subject == Akeyless { self.akeyless.url() } else { self.cloud.url() };
        let authority = url.trim_start_matches("http://").split('/').next();
        authority.and_then(|authority| authority.parse().ok()).expect("an address in the URL")
    }
}

fn answer(request: &Request) -> Answer {
    let of = |subject: Subject| Answer::new(200, "application/json", subject.body());
    match (request.header("x-acs-action"), request.operation.as_str(), request.path.as_str()) {
        (Some("GetSecretValue"), ..) => of(AliyunSm),
        (Some("AssumeRole"), ..) => of(AliyunSts),
        (_, "GetSecretValue", _) => of(AwsSm),
        (_, "GetParameter", _) => of(AwsPs),
        (_, "AssumeRole", _) => of(AwsSts),
        (.., "/latest/api/token") => Answer::new(200, "text/plain", "metadata-token"),
        (.., "/latest/meta-data/ram/security-credentials/r") => of(AliyunMetadata),
        (.., "/credentials") => of(AliyunUri),
        _ => Answer::error(400, "UnknownOperationException"),
    }
}
