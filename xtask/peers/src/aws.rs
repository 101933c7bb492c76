//! AWS's own caching crate, over its own client with the network taken out.

use std::fmt;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, anyhow};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Config, Credentials, Region};
use aws_secretsmanager_caching::SecretsManagerCachingClient;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use tokio::runtime::Runtime;

use crate::{CALL, Contestant, READERS, SECRETS, TTL, block_on};

pub(crate) struct Aws {
    client: SecretsManagerCachingClient,
    paths: Vec<String>,
}

impl Aws {
    pub(crate) fn new(runtime: &Runtime, paths: &[String]) -> Result<Self> {
        let client = caching(Loopback { calls: Arc::default(), is_slow: false })?;
        for path in paths {
            runtime.block_on(get(&client, path))?;
        }
        Ok(Self { client, paths: paths.to_vec() })
    }
}

impl Contestant for Aws {
    fn name(&self) -> &'static str {
        "aws_secretsmanager_caching 2.1.0"
    }

    fn take(&self, numbers: &[usize]) {
        block_on(async {
            for number in numbers {
                let path = &self.paths[*number];
                let _ = black_box(self.client.get_secret_value(path, None, None, false).await);
            }
        });
    }
}

/// How many calls the crate makes for many who ask for one cold secret at once.
pub fn calls_of_aws(runtime: &Runtime) -> Result<usize> {
    let calls = Arc::<AtomicUsize>::default();
    let client = Arc::new(caching(Loopback { calls: Arc::clone(&calls), is_slow: true })?);
    let ask = || {
        let client = Arc::clone(&client);
        runtime.spawn(async move { get(&client, "prod/db").await })
    };
    let readers: Vec<_> = (0..READERS).map(|_| ask()).collect();
    for reader in readers {
        runtime.block_on(reader)??;
    }
    Ok(calls.load(Ordering::Relaxed))
}

/// Its error is not `Send`, so a task cannot return it.
async fn get(client: &SecretsManagerCachingClient, path: &str) -> Result<()> {
    let answer = client.get_secret_value(path, None, None, false).await;
    answer.map(drop).map_err(|error| anyhow!("{error}"))
}

fn caching(loopback: Loopback) -> Result<SecretsManagerCachingClient> {
    let connector = SharedHttpConnector::new(loopback);
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(Credentials::new("id", "key", None, None, "none"))
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .build();
    let max_size = NonZeroUsize::new(SECRETS).context("there are secrets")?;
    SecretsManagerCachingClient::new(Client::from_conf(config), max_size, TTL, false)
        .map_err(|error| anyhow!("{error}"))
}

/// In the network's place: it has one secret, whichever is asked for.
struct Loopback {
    calls: Arc<AtomicUsize>,
    is_slow: bool,
}

impl HttpConnector for Loopback {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let is_slow = self.is_slow;
        HttpConnectorFuture::new(async move {
            if is_slow {
                tokio::time::sleep(CALL).await;
            }
            let status = OK.try_into().map_err(|error| ConnectorError::user(Box::new(error)))?;
            Ok(HttpResponse::new(status, SdkBody::from(ANSWER)))
        })
    }
}

const OK: u16 = 200;
const ANSWER: &str = r#"{
    "ARN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db-AbCdEf",
    "Name": "prod/db",
    "VersionId": "00000000-0000-0000-0000-000000000001",
    "VersionStages": ["AWSCURRENT"],
    "CreatedDate": 1000000000.0,
    "SecretString": "the secret at prod/service-000/password"
}"#;

impl fmt::Debug for Loopback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loopback").finish_non_exhaustive()
    }
}
