//! What each task does to the cache, over and over: it reads, mostly, and changes things.

use std::sync::Arc;
use std::time::{Duration, Instant};

use omnisecret_core::{
    Cached, ErrorKind, Freshness, GetOptions, ListOptions, Result, Secret, SecretProvider,
    SecretValue,
};

use crate::WRITE_GRACE;
use crate::ledger::{Ledger, Start};
use crate::upstream::{GROUP, Upstream, path};

/// Reads between two pauses.
const BURST: usize = 20;

/// The pause, so that the machine is left some air.
const PAUSE: Duration = Duration::from_millis(5);

pub(crate) struct Task {
    cached: Cached<Arc<Upstream>>,
    upstream: Arc<Upstream>,
    ledger: Arc<Ledger>,
    random: fastrand::Rng,
}

impl Task {
    pub(crate) fn new(
        cached: Cached<Arc<Upstream>>,
        upstream: Arc<Upstream>,
        ledger: Arc<Ledger>,
        number: usize,
    ) -> Self {
        Self { cached, upstream, ledger, random: fastrand::Rng::with_seed(number as u64) }
    }

    pub(crate) async fn run(mut self, end: Instant) {
        while Instant::now() < end {
            for _ in 0..BURST {
                self.step().await;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn step(&mut self) {
        let key = self.random.usize(..self.ledger.keys());
        match self.random.u32(..1_000_000) {
            0..100 => self.update(key).await,
            100..200 => self.rotate(key),
            200..202 => self.forget_all(),
            300..800 => self.fetch(key).await,
            800..1800 => self.give_up(key).await,
            1800..2300 => self.get_many(key).await,
            2300..2800 => self.get_by_path(key).await,
            _ => self.get(key).await,
        }
    }

    async fn get(&self, key: usize) {
        let start = self.ledger.start(key, false);
        self.check(&start, self.cached.get(&path(key)).await);
    }

    async fn fetch(&self, key: usize) {
        let start = self.ledger.start(key, true);
        let options = GetOptions::default().with_freshness(Freshness::Fetch);
        let answer = self.cached.get_with(&path(key), &options).await;
        if let Some(generation) = self.check(&start, answer) {
            self.ledger.raise(key, generation);
        }
    }

    /// A reader who does not wait for the answer.
    async fn give_up(&self, key: usize) {
        let start = self.ledger.start(key, false);
        let limit = Duration::from_micros(fastrand::u64(..2000));
        if let Ok(answer) = tokio::time::timeout(limit, self.cached.get(&path(key))).await {
            self.check(&start, answer);
        }
    }

    async fn get_many(&self, key: usize) {
        let keys: Vec<_> = (key..self.ledger.keys()).take(GROUP).collect();
        let starts: Vec<_> = keys.iter().map(|key| self.ledger.start(*key, false)).collect();
        let paths: Vec<_> = keys.iter().map(|key| path(*key)).collect();
        let paths: Vec<_> = paths.iter().map(String::as_str).collect();
        let answers = self.cached.get_many(&paths, &GetOptions::default()).await;
        for (start, answer) in starts.iter().zip(answers) {
            self.check(start, answer);
        }
    }

    async fn get_by_path(&self, key: usize) {
        let group = key / GROUP;
        let keys = group * GROUP..(group + 1) * GROUP;
        // It is read from the store unless all of its secrets are cached.
        let starts: Vec<_> = keys.clone().map(|key| self.ledger.start(key, false)).collect();
        self.ledger.listed(GROUP);
        let answer =
            self.cached.get_by_path_with(&group.to_string(), &ListOptions::default()).await;
        let Ok(secrets) = answer else { return self.ledger.error() };
        for (start, key) in starts.iter().zip(keys) {
            match secrets.get(&path(key)) {
                Some(secret) => drop(self.ledger.check(start, secret)),
                None => self.ledger.is_wrong(format!("{key}: not listed")),
            }
        }
    }

    async fn update(&self, key: usize) {
        self.ledger.begin_write(key);
        let answer = self.cached.update(&path(key), &SecretValue::text("whatever")).await;
        let is_unknown = answer.as_ref().is_err_and(|error| {
            matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Unavailable)
        });
        let done = answer.ok().and_then(|meta| meta.version?.parse().ok());
        if let Some(generation) = done {
            self.ledger.raise(key, generation);
        }
        self.ledger.end_write(key, is_unknown.then_some(WRITE_GRACE));
    }

    /// Behind the cache's back, which is then told.
    fn rotate(&self, key: usize) {
        let generation = self.upstream.rotate(key);
        self.ledger.change(1, || self.cached.invalidate(&path(key)));
        self.ledger.raise(key, generation);
    }

    fn forget_all(&self) {
        self.ledger.change(self.ledger.keys(), || self.cached.invalidate_all());
    }

    fn check(&self, start: &Start, answer: Result<Secret>) -> Option<u64> {
        match answer {
            Ok(secret) => Some(self.ledger.check(start, &secret)),
            Err(_) => {
                self.ledger.error();
                None
            }
        }
    }
}
