//! The cache: its rules, each under the load that breaks a careless one.

#![cfg(feature = "cache")]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod conformance;
mod flights;
mod freshness;
mod listings;
mod outages;
mod watching;
mod writes;

use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{Cached, Freshness, GetOptions, Result, Secret, SecretMeta, SecretProvider};
use omnisecret_testkit::{ManualClock, Scripted};
use tokio::task::JoinHandle;

type Shared = Cached<Arc<Scripted>>;

/// A cache over a script, with a ttl of a minute on a clock that stands still.
fn cached() -> (Shared, Arc<Scripted>, ManualClock) {
    let (scripted, clock) = (Arc::new(Scripted::new()), ManualClock::new());
    let cached = Cached::builder(Arc::clone(&scripted))
        .ttl(Duration::from_secs(60))
        .clock(clock.clone())
        .build();
    (cached, scripted, clock)
}

fn secret(value: &str) -> Result<Secret> {
    Ok(Secret::new(value, SecretMeta::default()))
}

fn any() -> GetOptions {
    GetOptions::default()
}

fn fetch() -> GetOptions {
    GetOptions::default().with_freshness(Freshness::Fetch)
}

fn text(secret: &Secret) -> &str {
    secret.expose_str().unwrap()
}

fn ask(cached: &Shared, options: GetOptions) -> JoinHandle<Result<Secret>> {
    let cached = cached.clone();
    tokio::spawn(async move { cached.get_with("a", &options).await })
}

/// Runs what is ready to run, so that those who were asked have asked.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}
