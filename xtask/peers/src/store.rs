//! A store of ours that takes its time and counts its calls.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use omnisecret_core::{
    Capabilities, Error, GetOptions, ListOptions, ProviderInfo, Result, Secret, SecretEntry,
    SecretMeta, SecretProvider, SecretValue, UpdateOptions, async_trait,
};

use crate::CALL;

const ID: &str = "bench.slow";

/// It has one secret, whichever is asked for.
#[derive(Debug)]
pub(crate) struct Slow {
    info: ProviderInfo,
    calls: AtomicUsize,
}

impl Slow {
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Default for Slow {
    fn default() -> Self {
        let info = ProviderInfo::new(ID, "nowhere", Capabilities::NONE);
        Self { info, calls: AtomicUsize::new(0) }
    }
}

#[async_trait]
impl SecretProvider for Slow {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn get_with(&self, path: &str, _: &GetOptions) -> Result<Secret> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(CALL).await;
        Ok(Secret::new(crate::value_of(path), SecretMeta::default()))
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
        Err(Error::unsupported(ID, "path_exists"))
    }

    async fn update_with(&self, _: &str, _: &SecretValue, _: &UpdateOptions) -> Result<SecretMeta> {
        Err(Error::unsupported(ID, "update"))
    }
}
