//! Cold reads through AWS's own caching crate: `omnisecret-aws-peers get FIRST NAME...` prints the
//! milliseconds of CPU of a get and the median of its latencies, as `examples/cold.rs` of ours does.

use std::env::{args, var};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Config, Credentials, Region};
use aws_secretsmanager_caching::SecretsManagerCachingClient;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

const TTL: Duration = Duration::from_secs(300);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<_> = args().skip(1).collect();
    let [mode, first, names @ ..] = &arguments[..] else { bail!("no names") };
    if mode != "get" || names.is_empty() {
        bail!("usage: get FIRST NAME...");
    }
    let client = client(names.len() + 1)?;
    get(&client, first).await?;
    let mut latencies = Vec::with_capacity(names.len());
    let cpu = cpu_time();
    for name in names {
        let start = Instant::now();
        get(&client, name).await?;
        latencies.push(start.elapsed());
    }
    let cpu = cpu_time().saturating_sub(cpu);
    latencies.sort_unstable();
    println!(
        "{}",
        json!({
            "found": names.len(),
            "cpu": millis(cpu) / names.len() as f64,
            "wall": millis(latencies[names.len() / 2]),
        })
    );
    Ok(())
}

/// As its readme makes one, but for the keys, which are looked for in the environment alone.
fn client(max_size: usize) -> Result<SecretsManagerCachingClient> {
    let (id, key) = (var("AWS_ACCESS_KEY_ID")?, var("AWS_SECRET_ACCESS_KEY")?);
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(var("AWS_REGION")?))
        .endpoint_url(var("AWS_ENDPOINT_URL")?)
        .credentials_provider(Credentials::new(id, key, None, None, "environment"))
        .build();
    let max_size = NonZeroUsize::new(max_size).context("there are names")?;
    SecretsManagerCachingClient::new(Client::from_conf(config), max_size, TTL, false)
        .map_err(|error| anyhow!("{error}"))
}

async fn get(client: &SecretsManagerCachingClient, name: &str) -> Result<()> {
    let answer = client.get_secret_value(name, None, None, false).await;
    answer.map(drop).map_err(|error| anyhow!("{error}"))
}

/// What this process has used, of its own and of the system's time.
fn cpu_time() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap_or_default()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
