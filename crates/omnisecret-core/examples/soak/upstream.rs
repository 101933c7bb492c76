//! The store behind the cache: it dawdles, fails, throttles, is down now and then, and may do a
//! write after it has been given up on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use omnisecret_core::{
    Capabilities, Error, ErrorKind, GetOptions, ListOptions, ProviderInfo, Result, Secret,
    SecretEntry, SecretMeta, SecretProvider, SecretValue, UpdateOptions, async_trait,
};

use crate::ledger::Ledger;

const SEPARATORS: &[char] = &['/'];

/// The keys below one prefix.
pub(crate) const GROUP: usize = 10;

/// The last two seconds of each ten are an outage.
const WEATHER: Duration = Duration::from_secs(10);
const OUTAGE: Duration = Duration::from_secs(2);

/// How late a write may come; within the grace that the cache gives it.
const LATEST: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub(crate) struct Upstream {
    info: ProviderInfo,
    ledger: Arc<Ledger>,
    start: Instant,
    pub(crate) calls: AtomicU64,
    pub(crate) failed: AtomicU64,
    /// Calls during which something changed, so that their answers may not be kept.
    pub(crate) crossed: AtomicU64,
}

impl Upstream {
    pub(crate) fn new(ledger: Arc<Ledger>) -> Self {
        let mut capabilities = Capabilities::NONE;
        capabilities.list = true;
        capabilities.update = true;
        Self {
            info: ProviderInfo::new("soak.store", "nowhere", capabilities)
                .with_separators(SEPARATORS),
            ledger,
            start: Instant::now(),
            calls: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            crossed: AtomicU64::new(0),
        }
    }

    /// Takes its time, and fails now and then.
    async fn weather(&self) -> Result<()> {
        let time = match fastrand::u32(..100) {
            0..60 => Duration::ZERO,
            60..97 => Duration::from_micros(fastrand::u64(..4000)),
            _ => Duration::from_millis(fastrand::u64(..100)),
        };
        tokio::time::sleep(time).await;
        let since = self.start.elapsed().as_millis() % WEATHER.as_millis();
        if since > (WEATHER - OUTAGE).as_millis() {
            return Err(Error::new(ErrorKind::Unavailable, "down"));
        }
        match fastrand::u32(..1000) {
            0..10 => Err(Error::new(ErrorKind::Unavailable, "a hiccup")),
            10..20 => Err(Error::new(ErrorKind::Timeout, "no answer")),
            20 => Err(Error::new(ErrorKind::Throttled, "too many")
                .with_retry_after(Duration::from_millis(50))),
            _ => Ok(()),
        }
    }

    /// A call that reads, with what it costs written down. The answer is what was there at some
    /// moment of the call.
    async fn read<T>(&self, keys: usize, read: impl Fn() -> Result<T> + Send) -> Result<T> {
        let keys = keys as u64;
        self.calls.fetch_add(keys, Relaxed);
        let moment = self.ledger.moment();
        let early = if fastrand::bool() { Some(read()) } else { None };
        let weather = self.weather().await;
        let answer = weather.and_then(|()| early.unwrap_or_else(read));
        if answer.is_err() {
            self.failed.fetch_add(keys, Relaxed);
        } else if moment.is_none() || self.ledger.moment() != moment {
            self.crossed.fetch_add(keys, Relaxed);
        }
        answer
    }

    /// Another value, written by somebody else.
    pub(crate) fn rotate(&self, key: usize) -> u64 {
        self.ledger.next(key)
    }

    fn secret(&self, key: usize) -> Secret {
        let generation = self.ledger.current(key);
        let meta = SecretMeta::default().with_version(generation.to_string());
        Secret::new(format!("{key} {generation}"), meta)
    }

    fn key(&self, path: &str) -> Result<usize> {
        let number = path.split_once('/').and_then(|(_, number)| number.parse().ok());
        number
            .filter(|number| *number < self.ledger.keys())
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "no such secret"))
    }
}

pub(crate) fn path(key: usize) -> String {
    format!("{}/{key}", key / GROUP)
}

#[async_trait]
impl SecretProvider for Upstream {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn get_with(&self, path: &str, _: &GetOptions) -> Result<Secret> {
        let key = self.key(path)?;
        self.read(1, || Ok(self.secret(key))).await
    }

    async fn get_many(&self, paths: &[&str], _: &GetOptions) -> Vec<Result<Secret>> {
        let read = || Ok(paths.iter().map(|path| Ok(self.secret(self.key(path)?))).collect());
        match self.read(paths.len(), read).await {
            Ok(answers) => answers,
            Err(error) => paths.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        _: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        let group: usize = prefix.parse().map_err(|_| Error::new(ErrorKind::InvalidPath, "no"))?;
        let keys = group * GROUP..(group + 1) * GROUP;
        let read = || Ok(keys.clone().map(|key| (path(key), self.secret(key))).collect());
        self.read(GROUP, read).await
    }

    async fn list(&self, _: &str, _: &ListOptions) -> Result<Vec<SecretEntry>> {
        Err(Error::unsupported("soak.store", "list"))
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        Ok(self.key(path).is_ok())
    }

    /// The store numbers the generations, whatever is written.
    async fn update_with(
        &self,
        path: &str,
        _: &SecretValue,
        _: &UpdateOptions,
    ) -> Result<SecretMeta> {
        let key = self.key(path)?;
        self.weather().await?;
        let write =
            move |ledger: &Ledger| SecretMeta::default().with_version(ledger.next(key).to_string());
        if fastrand::u32(..10) > 0 {
            return Ok(write(&self.ledger));
        }
        // Given up on, and done all the same, later.
        let ledger = Arc::clone(&self.ledger);
        tokio::spawn(async move {
            tokio::time::sleep(LATEST.mul_f64(fastrand::f64())).await;
            write(&ledger);
        });
        Err(Error::new(ErrorKind::Timeout, "no answer"))
    }
}
