//! Who is put behind the proxy: each provider, and each of whom a provider gets its credentials.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use omnisecret::{Config, Result, Retry, SecretProvider, Secrets, Timeout};
use omnisecret_aliyun::{AliyunSm, AliyunSmBuilder, CredentialsBuilder};
use omnisecret_aws::{Role, Settings};
use omnisecret_aws_ps::ParameterStore;
use omnisecret_aws_sm::SecretsManager;
use omnisecret_testkit::canary::CANARY;

use crate::akeyless;
use crate::fake::Fake;
use crate::proxy::Proxy;

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
    Limits { attempt: Duration::from_secs(1), total: Duration::from_secs(3) };

/// Those that nothing runs into that ends by itself, on a busy machine neither.
pub(crate) const WIDE: Limits =
    Limits { attempt: Duration::from_secs(30), total: Duration::from_secs(100) };

/// Those that a fault runs into once, and another attempt does not on a busy machine.
pub(crate) const PATIENT: Limits =
    Limits { attempt: Duration::from_secs(4), total: Duration::from_secs(100) };

/// A token that can stand in a header, and may be seen on the wire alone.
pub(crate) const TOKEN: &str = "token-5f0c6a1d9e7b4438a2c1d0ff36be7790-nekot";

const ROLE: &str = "arn:aws:iam::123456789012:role/reader";
const ALIYUN_ROLE: &str = "acs:ram::1234:role/r";

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
pub(crate) type Ask =
    Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send + Sync>;

/// Where the wire begins, and whose certificates are trusted on it.
pub(crate) struct At {
    pub(crate) url: String,
    pub(crate) ca_file: Option<PathBuf>,
}

impl At {
    /// Plain http to a proxy.
    pub(crate) fn of(proxy: &Proxy) -> Self {
        Self { url: format!("http://{}", proxy.address()), ca_file: None }
    }
}

impl Subject {
    pub(crate) const ALL: [Self; 8] =
        [AwsPs, AwsSm, AwsSts, AliyunSm, AliyunSts, AliyunMetadata, AliyunUri, Akeyless];

    /// How long a call without layers may take that is ended by the limit of a request.
    pub(crate) fn of_one_call(self, limits: Limits) -> Duration {
        match self {
            // A token, and the credentials with it and without.
            AliyunMetadata => 3 * limits.attempt,
            _ => limits.attempt,
        }
    }

    /// How long a call without layers may take whose requests fail at once.
    pub(crate) fn of_repetitions(self) -> Duration {
        match self {
            // The client of STS makes three attempts, up to three seconds apart in all.
            AwsSts => Duration::from_secs(3),
            _ => Duration::ZERO,
        }
    }

    /// What asks without any layer, with its own wire or that of its credentials at this URL.
    pub(crate) fn bare(self, fake: &Fake, limits: Limits, at: &At) -> Ask {
        match self {
            AwsPs => by(ParameterStore::new(self.settings(fake, limits, at)).expect("settings")),
            AwsSm | AwsSts => {
                by(SecretsManager::new(self.settings(fake, limits, at)).expect("settings"))
            }
            Akeyless => akeyless::ask(&at.url, limits, &fake.akeyless),
            _ => by(self.aliyun(fake, limits, at)),
        }
    }

    /// What asks with the layers that the facade puts around a provider, by its file: limits,
    /// repetition, a cache.
    pub(crate) fn full(self, fake: &Fake, limits: Limits, at: &At) -> Ask {
        let (url, service) = (&at.url, fake.cloud.url());
        let (kind, keys) = match self {
            AwsPs => ("aws.ps", format!("endpoint_url = {url:?}")),
            AwsSm => ("aws.sm", format!("endpoint_url = {url:?}")),
            AwsSts => {
                let role = format!("sts_endpoint_url = {url:?}\nrole_arn = {ROLE:?}");
                ("aws.sm", format!("endpoint_url = {service:?}\n{role}"))
            }
            AliyunSm => ("aliyun.sm", format!("endpoint = {url:?}")),
            AliyunSts => {
                let role = format!("sts_endpoint = {url:?}\nrole_arn = {ALIYUN_ROLE:?}");
                ("aliyun.sm", format!("endpoint = {service:?}\n{role}"))
            }
            AliyunUri => {
                let uri = format!("credentials_uri = \"{url}/credentials\"");
                ("aliyun.sm", format!("endpoint = {service:?}\n{uri}"))
            }
            // The address of the metadata service is no setting of a file.
            AliyunMetadata => {
                let attempt =
                    Timeout::new(self.aliyun(fake, limits, at)).with_limit(limits.attempt);
                return by(Timeout::new(Retry::new(attempt)).with_limit(limits.total));
            }
            // A producer is no provider: it has no layers, and its caller comes again.
            Akeyless => return self.bare(fake, limits, at),
        };
        configured(kind, &keys, limits, at.ca_file.as_deref())
    }

    fn settings(self, fake: &Fake, limits: Limits, at: &At) -> Settings {
        let settings = Settings::from_env_with(|name| environment(name).map(Into::into))
            .region("eu-west-1")
            .request_timeout(limits.attempt);
        let settings = match self {
            AwsSts => settings
                .endpoint_url(fake.cloud.url())
                .sts_endpoint_url(&*at.url)
                .role(Role::new(ROLE)),
            _ => settings.endpoint_url(&*at.url),
        };
        at.ca_file.iter().fold(settings, Settings::ca_file)
    }

    fn aliyun(self, fake: &Fake, limits: Limits, at: &At) -> AliyunSm {
        let url = &*at.url;
        let keys = CredentialsBuilder::default().env_with(|name| environment(name).map(Into::into));
        let (credentials, endpoint) = match self {
            AliyunSts => (keys.role_arn(ALIYUN_ROLE).sts_endpoint(url), fake.cloud.url()),
            AliyunMetadata => (keys.ecs_role("r").metadata_endpoint(url), fake.cloud.url()),
            AliyunUri => (keys.credentials_uri(format!("{url}/credentials")), fake.cloud.url()),
            _ => (keys, url.to_owned()),
        };
        let builder =
            AliyunSm::builder().endpoint(endpoint).credentials(credentials).timeout(limits.attempt);
        at.ca_file.iter().fold(builder, AliyunSmBuilder::ca_file).build().expect("settings")
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
