//! The store of the models: a number that goes up, read and written with others in between.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use shuttle::future::yield_now;

use crate::{
    Capabilities, Clock, Error, GetOptions, ListOptions, ProviderInfo, Result, Secret, SecretEntry,
    SecretMeta, SecretProvider, SecretValue, UpdateOptions,
};

const ID: &str = "model";

// Its own numbers are not shuttle's: to look at them is not a turn of the model.
#[derive(Debug)]
pub(super) struct Model {
    info: ProviderInfo,
    number: AtomicU64,
    /// Nobody who begins to read from now on may see less.
    floor: AtomicU64,
    calls: AtomicUsize,
}

impl Default for Model {
    fn default() -> Self {
        let capabilities = Capabilities { update: true, ..Capabilities::NONE };
        Self {
            info: ProviderInfo::new(ID, ID, capabilities),
            number: AtomicU64::new(0),
            floor: AtomicU64::new(0),
            calls: AtomicUsize::new(0),
        }
    }
}

impl Model {
    pub(super) fn current(&self) -> u64 {
        self.number.load(SeqCst)
    }

    pub(super) fn next(&self) -> u64 {
        self.number.fetch_add(1, SeqCst) + 1
    }

    pub(super) fn floor(&self) -> u64 {
        self.floor.load(SeqCst)
    }

    pub(super) fn raise(&self, floor: u64) {
        self.floor.fetch_max(floor, SeqCst);
    }

    pub(super) fn calls(&self) -> usize {
        self.calls.load(SeqCst)
    }
}

/// What a secret of this store says.
pub(super) trait Numbered {
    fn number(&self) -> u64;
}

impl Numbered for Secret {
    fn number(&self) -> u64 {
        self.expose_str().unwrap().parse().unwrap()
    }
}

#[async_trait]
impl SecretProvider for Model {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn get_with(&self, _: &str, _: &GetOptions) -> Result<Secret> {
        self.calls.fetch_add(1, SeqCst);
        yield_now().await;
        let number = self.current().to_string();
        yield_now().await;
        Ok(Secret::new(number.as_str(), SecretMeta::default().with_version(number.as_str())))
    }

    async fn get_many(&self, paths: &[&str], _: &GetOptions) -> Vec<Result<Secret>> {
        paths.iter().map(|_| Err(Error::unsupported(ID, "get_many"))).collect()
    }

    async fn get_by_path_with(&self, _: &str, _: &ListOptions) -> Result<BTreeMap<String, Secret>> {
        Err(Error::unsupported(ID, "get_by_path"))
    }

    async fn list(&self, _: &str, _: &ListOptions) -> Result<Vec<SecretEntry>> {
        Err(Error::unsupported(ID, "list"))
    }

    async fn path_exists(&self, _: &str) -> Result<bool> {
        Ok(true)
    }

    async fn update_with(&self, _: &str, _: &SecretValue, _: &UpdateOptions) -> Result<SecretMeta> {
        yield_now().await;
        let number = self.next();
        yield_now().await;
        Ok(SecretMeta::default().with_version(number.to_string()))
    }
}

/// A clock on which no time goes by.
#[derive(Debug)]
pub(super) struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending().await
    }
}
