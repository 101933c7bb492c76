//! What reads cost a program that has its client and no cache: the part of `cargo xtask bench aws`
//! that is the same for every provider.

use std::time::{Duration, Instant};

use omnisecret_core::{Result, SecretProvider};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

/// Gets each path once, one after the other, and tells the milliseconds of CPU of a get and the
/// median of its latencies.
///
/// `first` is got before and does not count: then the client, its keys and a connection are there.
///
/// # Errors
/// Those of a get.
pub async fn gets(provider: &dyn SecretProvider, first: &str, paths: &[String]) -> Result<Value> {
    provider.get(first).await?;
    let mut latencies = Vec::with_capacity(paths.len());
    let cpu = cpu_time();
    for path in paths {
        let start = Instant::now();
        provider.get(path).await?;
        latencies.push(start.elapsed());
    }
    let cpu = cpu_time().saturating_sub(cpu);
    latencies.sort_unstable();
    Ok(json!({
        "found": paths.len(),
        "cpu": millis(cpu) / paths.len() as f64,
        "wall": latencies.get(paths.len() / 2).copied().map(millis),
    }))
}

/// Gets all below a prefix, and tells how many there were and what they took in all, with the keys
/// and the connection that the first call of a client takes.
///
/// # Errors
/// Those of a get by path.
pub async fn below(provider: &dyn SecretProvider, prefix: &str) -> Result<Value> {
    let (cpu, start) = (cpu_time(), Instant::now());
    let found = provider.get_by_path(prefix).await?;
    let (cpu, wall) = (cpu_time().saturating_sub(cpu), start.elapsed());
    Ok(json!({ "found": found.len(), "cpu": millis(cpu), "wall": millis(wall) }))
}

/// What this process has used, of its own and of the system's time.
fn cpu_time() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap_or_default()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
