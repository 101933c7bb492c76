//! A provider with one fault: the reference provider, spoilt by the hooks of a [`Fault`].

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use omnisecret_core::{
    Capabilities, Error, ErrorKind, GetOptions, ListOptions, Memory, ProviderInfo, Result, Secret,
    SecretEntry, SecretMeta, SecretProvider, SecretValue, UpdateOptions, async_trait,
};
use omnisecret_testkit::{Harness, Seed};
use tokio::time::sleep;

use crate::fault::{CREDENTIAL, Fault, Keeps, Midway, SEPARATORS, Write};

/// Makes [`Broken`] providers.
pub(crate) struct Breaker {
    pub(crate) fault: Fault,
    pub(crate) capabilities: Capabilities,
}

impl Harness for Breaker {
    type Provider = Broken;

    const INVALID_PATHS: &'static [&'static str] = &["", "app/nul\0"];

    async fn seeded(&self, seeds: &[Seed]) -> Broken {
        // What lets a store with `provider/profile` paths take the suite's names as they are.
        assert!(seeds.iter().all(|(path, _)| path.contains('/')), "a seed of one segment");
        let Fault { id, address, .. } = self.fault;
        Broken {
            fault: self.fault,
            info: ProviderInfo::new(id, address, self.capabilities).with_separators(SEPARATORS),
            inner: Memory::from_iter(seeds.iter().cloned()),
            values: Mutex::default(),
            listings: Mutex::default(),
            running: AtomicUsize::new(0),
        }
    }

    async fn change_outside(&self, provider: &Broken, path: &str, value: &SecretValue) {
        provider.inner.insert(path, value.clone());
    }

    fn credentials(&self) -> Vec<SecretValue> {
        vec![CREDENTIAL.into()]
    }
}

pub(crate) struct Broken {
    fault: Fault,
    info: ProviderInfo,
    inner: Memory,
    values: Mutex<BTreeMap<String, Result<Secret>>>,
    listings: Mutex<BTreeMap<String, BTreeMap<String, Secret>>>,
    running: AtomicUsize,
}

impl Broken {
    /// Waits as a store would, and tells whether another call was running.
    async fn enter(&self) -> Result<bool> {
        if self.fault.midway == Midway::Sound {
            return Ok(false);
        }
        let is_met = self.running.fetch_add(1, Ordering::SeqCst) > 0;
        sleep(Duration::from_millis(2)).await;
        // Not reached, and so never undone, by a call that is dropped meanwhile.
        let is_met = self.running.fetch_sub(1, Ordering::SeqCst) > 1 || is_met;
        if is_met && self.fault.midway == Midway::Crowded {
            return Err(Error::new(ErrorKind::Unavailable, "busy").with_context("memory", "get"));
        }
        Ok(is_met)
    }

    async fn read(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        if self.fault.admits {
            self.info.admit_get(path, options)?;
        }
        if path.is_empty() || path.contains('\0') {
            let error = Error::new(ErrorKind::InvalidPath, "a path is not empty and has no NUL");
            return (self.fault.get)(path, Err(self.info.contextualize(error, "get", path)));
        }
        let options = (self.fault.options)(options.clone());
        let is_sealed = !options.decrypt;
        let answer =
            self.inner.get_with(&(self.fault.path)(path), &options.with_decrypt(true)).await;
        let spoilt = |secret: Secret| {
            let meta = secret.meta().clone();
            Secret::new((self.fault.read)(secret.value()), meta)
        };
        let answer = (self.fault.get)(path, answer.map(spoilt));
        if is_sealed {
            answer.map(|_| Secret::new("sealed", SecretMeta::default()))
        } else {
            answer
        }
    }

    /// [`read`](Self::read), through what is never forgotten.
    async fn read_kept(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        let answer = self.read(path, options).await;
        let is_kept = match self.fault.keeps {
            Keeps::Values => answer.is_ok(),
            Keeps::Missing => answer.is_err(),
            Keeps::Nothing | Keeps::Listings => false,
        };
        let mut values = self.values.lock().expect("no test panics in here");
        match values.get(path) {
            Some(kept) => kept.clone(),
            None if is_kept => values.entry(path.to_owned()).or_insert(answer).clone(),
            None => answer,
        }
    }

    async fn below(&self, prefix: &str, options: &ListOptions) -> Result<BTreeMap<String, Secret>> {
        if self.fault.admits {
            self.info.admit_list(prefix, options)?;
        }
        let mut secrets = self.inner.get_by_path("").await?;
        secrets.retain(|name, _| (self.fault.below)(name, prefix, options.recursive));
        if self.fault.keeps == Keeps::Listings {
            let mut listings = self.listings.lock().expect("no test panics in here");
            secrets = listings.entry(prefix.to_owned()).or_insert(secrets).clone();
        }
        if !(self.fault.list_options)(options.clone()).decrypt {
            for secret in secrets.values_mut() {
                *secret = Secret::new("sealed", SecretMeta::default());
            }
        }
        Ok(secrets)
    }

    async fn write(
        &self,
        path: &str,
        value: &SecretValue,
        options: UpdateOptions,
        is_met: bool,
    ) -> Result<SecretMeta> {
        if self.fault.admits {
            self.info.admit_update(path, value, &options)?;
        }
        let old = self.inner.get(path).await.ok().map(|secret| secret.value().clone());
        let judged = Write { path, old, new: value, options: options.clone() };
        let mut stored = (self.fault.write)(value);
        if self.fault.midway == Midway::Mixes && is_met {
            stored = SecretValue::binary([stored.expose_bytes(), b"mixed"].concat());
        }
        let options = (self.fault.update_options)(options);
        // Once before, so that a refusal writes nothing, and once with the true answer.
        (self.fault.update)(&judged, Ok(SecretMeta::default()))?;
        let answer = self.inner.update_with(path, &stored, &options).await;
        if let Some(other) = (self.fault.spill)(path) {
            self.inner.insert(other, value.clone());
        }
        (self.fault.update)(&judged, answer)
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Broken({})", (self.fault.debug)(&omnisecret_testkit::canary::CANARY.into()))
    }
}

#[async_trait]
impl SecretProvider for Broken {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn get(&self, path: &str) -> Result<Secret> {
        let secret = self.get_with(path, &GetOptions::default()).await?;
        if self.fault.overrides_get {
            return Ok(Secret::new("its own", SecretMeta::default()));
        }
        Ok(secret)
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        self.enter().await?;
        self.read_kept(path, options).await
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        let mut answers = Vec::new();
        for path in paths {
            answers.push(self.read_kept(path, options).await);
        }
        (self.fault.get_many)(paths, answers)
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        Ok((self.fault.get_by_path)(self.below(prefix, options).await?))
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        let entries = self.below(prefix, options).await.map(|secrets| {
            let entry = |(path, secret): (String, Secret)| {
                (SecretEntry::new(path, secret.meta().clone()), secret.value().clone())
            };
            secrets.into_iter().map(entry).collect()
        });
        Ok((self.fault.list)(entries)?.into_iter().map(|(entry, _)| entry).collect())
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        let exists = match self.read(path, &GetOptions::default()).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        };
        let all: Vec<_> = self.inner.get_by_path("").await?.into_keys().collect();
        (self.fault.path_exists)(path, &all, exists)
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        let before = self.inner.get_by_path("").await?;
        if self.fault.midway == Midway::Halves {
            self.inner.insert(path, "half");
        }
        let is_met = self.enter().await?;
        let answer = self.write(path, value, options.clone(), is_met).await;
        if self.fault.midway == Midway::LosesUpdates {
            for (other, secret) in before.into_iter().filter(|(other, _)| other != path) {
                self.inner.insert(other, secret.value().clone());
            }
        }
        answer
    }
}
