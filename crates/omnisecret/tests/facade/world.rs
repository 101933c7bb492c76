//! A folder with a vault, an acct file and a configuration of one test's own, and a slow provider.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use omnisecret::{
    Capabilities, Config, GetOptions, ListOptions, ProviderInfo, Result, Secret, SecretEntry,
    SecretMeta, SecretProvider, SecretValue, Secrets, UpdateOptions, async_trait,
};
use tempfile::TempDir;
use tokio::sync::Semaphore;

/// In the recorded acct file.
pub(crate) const PROFILE: &str = "provider/profile_name";

/// The recorded files, copied.
pub(crate) struct World(TempDir);

impl World {
    pub(crate) fn new() -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        for name in ["vault.json", "vault.key", "creds.fernet", "creds.key"] {
            world.write(name, recorded(name));
        }
        world
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// What this configuration file says, with an environment of these variables.
    pub(crate) fn secrets(&self, config: &str, variables: &[(&str, &str)]) -> Result<Secrets> {
        let config = Config::load(self.write("omnisecret.toml", config))?;
        Ok(Secrets::builder().config(config).environment(environment(variables)).build())
    }
}

pub(crate) fn recorded(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap()
}

pub(crate) fn recorded_text(name: &str) -> String {
    String::from_utf8(recorded(name)).unwrap()
}

/// An environment of these variables alone.
pub(crate) fn environment(
    variables: &[(&str, &str)],
) -> impl Fn(&str) -> Option<OsString> + Send + Sync + 'static {
    let variables: BTreeMap<_, _> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), OsString::from(value))).collect();
    move |name| variables.get(name).cloned()
}

/// A provider that answers when it is let, and counts how often it was asked.
#[derive(Debug)]
pub(crate) struct Gated {
    info: ProviderInfo,
    gate: Semaphore,
    calls: AtomicUsize,
}

impl Gated {
    pub(crate) fn shut() -> Arc<Self> {
        let mut capabilities = Capabilities::NONE;
        capabilities.list = true;
        capabilities.update = true;
        Arc::new(Self {
            info: ProviderInfo::new("gated", "nowhere", capabilities),
            gate: Semaphore::new(0),
            calls: AtomicUsize::new(0),
        })
    }

    pub(crate) fn open(&self) {
        self.gate.close();
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Waits for the gate: a closed semaphore lets everybody go.
    async fn pass<T>(&self, answer: T) -> Result<T> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        drop(self.gate.acquire().await);
        Ok(answer)
    }
}

#[async_trait]
impl SecretProvider for Gated {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn get_with(&self, _: &str, _: &GetOptions) -> Result<Secret> {
        self.pass(Secret::new("answer", SecretMeta::default())).await
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        let mut answers = Vec::new();
        for path in paths {
            answers.push(self.get_with(path, options).await);
        }
        answers
    }

    async fn get_by_path_with(&self, _: &str, _: &ListOptions) -> Result<BTreeMap<String, Secret>> {
        self.pass(BTreeMap::new()).await
    }

    async fn list(&self, _: &str, _: &ListOptions) -> Result<Vec<SecretEntry>> {
        self.pass(Vec::new()).await
    }

    async fn path_exists(&self, _: &str) -> Result<bool> {
        self.pass(true).await
    }

    async fn update_with(&self, _: &str, _: &SecretValue, _: &UpdateOptions) -> Result<SecretMeta> {
        self.pass(SecretMeta::default()).await
    }
}
