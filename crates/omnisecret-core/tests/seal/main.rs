//! The second level: its rules, with a store that fails, lies and forgets.

#![cfg(feature = "seal")]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod behind_cached;
mod conformance;
mod leases;
mod offline;
mod outages;
mod reads;
mod trust;
mod writes;

use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::seal::{Keyring, Namespace, Shared, SharedBuilder};
use omnisecret_core::{
    Error, ErrorKind, Freshness, GetOptions, Origin, Result, Secret, SecretMeta, SecretProvider,
};
use omnisecret_testkit::{ManualClock, MemoryStore, Operation, Scripted};
use tokio::task::JoinHandle;

const KEY: &[u8] = b"8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92";
const MAX_AGE: Duration = Duration::from_secs(900);

type Layer = Shared<Arc<Scripted>>;

fn keys() -> Keyring {
    Keyring::parse(KEY).unwrap()
}

fn namespace(account: &str) -> Namespace {
    Namespace::new("test")
        .with_account(account)
        .with_region("here")
        .with_endpoint("")
        .with_role_chain([""; 0])
}

/// A store and a clock that processes share, and what is used to make one.
#[derive(Clone, Debug, Default)]
struct Fleet {
    store: Arc<MemoryStore>,
    clock: ManualClock,
}

/// One process: its layer, and the provider that only it asks.
#[derive(Clone)]
struct Process {
    layer: Arc<Layer>,
    provider: Arc<Scripted>,
}

impl Fleet {
    fn builder(&self) -> (SharedBuilder<Arc<Scripted>>, Arc<Scripted>) {
        self.builder_of("acct1", keys())
    }

    fn builder_of(
        &self,
        account: &str,
        keys: Keyring,
    ) -> (SharedBuilder<Arc<Scripted>>, Arc<Scripted>) {
        let provider = Arc::new(Scripted::new());
        let store = Arc::clone(&self.store);
        let builder = Shared::builder(Arc::clone(&provider), store, keys, namespace(account));
        (builder.clock(self.clock.clone()).max_age(MAX_AGE), provider)
    }

    fn process(&self) -> Process {
        Process::new(self.builder())
    }

    /// A process with a clock that is ahead of the others'.
    fn ahead_by(&self, skew: Duration) -> Process {
        let clock = ManualClock::new();
        clock.advance(skew);
        let (builder, provider) = self.builder();
        Process::new((builder.clock(clock), provider))
    }
}

impl Process {
    fn new((builder, provider): (SharedBuilder<Arc<Scripted>>, Arc<Scripted>)) -> Self {
        Self { layer: Arc::new(builder.build().unwrap()), provider }
    }

    /// Fetches this value, which the provider is made to have.
    async fn fetches(&self, path: &str, value: &str) {
        self.provider.gets().answer(secret(value));
        assert_eq!(text(&self.layer.get(path).await), value);
    }

    /// The value, which the provider is not asked for.
    async fn is_answered(&self, path: &str) -> Secret {
        let calls = self.provider.count(Operation::Get);
        let secret = self.layer.get(path).await.unwrap();
        assert_eq!(self.provider.count(Operation::Get), calls, "the provider was asked");
        assert_eq!(secret.origin(), Origin::Cache);
        secret
    }

    /// Asks in a task of its own.
    fn ask(&self, path: &'static str) -> JoinHandle<Result<Secret>> {
        let layer = Arc::clone(&self.layer);
        tokio::spawn(async move { layer.get(path).await })
    }

    /// Writes a value that the provider takes.
    async fn updates(&self, path: &str) {
        self.provider.updates().answer(Ok(SecretMeta::default()));
        self.layer.update(path, &"written".into()).await.unwrap();
    }
}

fn secret(value: &str) -> Result<Secret> {
    Ok(Secret::new(value, SecretMeta::default()))
}

fn text(result: &Result<Secret>) -> &str {
    result.as_ref().unwrap().expose_str().unwrap()
}

fn fetch() -> GetOptions {
    GetOptions::default().with_freshness(Freshness::Fetch)
}

fn failure(kind: ErrorKind) -> Result<Secret> {
    Err(Error::new(kind, "as the test has it"))
}

/// Runs what is ready to run, so that those who were asked have asked.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}
