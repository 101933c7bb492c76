//! A managed secret: its value of now, one fetch at a time, and the task that keeps it fresh.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use arc_swap::ArcSwap;
use omnisecret_core::{Clock, Error, ErrorKind, Freshness, GetOptions, Result, SecretProvider};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

use super::bucket::Bucket;
use super::{ManagedHealth, ManagedValue, plan};

/// The bounds of the wait after a fetch that has failed, or has not brought what was needed.
const SHORTEST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// How long it is believed that there is nothing newer, by those who would like something newer.
const BELIEVED: Duration = Duration::from_secs(1);

/// How often a refused value is looked after before the plan is trusted again: half an hour or so.
const MOST_DOUBTS: u32 = 12;

/// Where a value comes from and how it is refreshed.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) provider: Arc<dyn SecretProvider>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) spread: Duration,
    pub(super) forced_burst: u32,
    pub(super) forced_interval: Duration,
}

#[derive(Debug)]
pub(super) struct State<V> {
    name: String,
    settings: Settings,
    /// Callers may run on another one, or on none.
    runtime: Handle,
    current: ArcSwap<Version<V>>,
    changes: watch::Sender<Arc<V>>,
    /// Held while the secret is fetched.
    fetches: tokio::sync::Mutex<Fetches>,
    /// The number of the last fetch that was begun.
    begun: AtomicU64,
    /// The generation that a service has refused, 0 if none.
    refused: AtomicU64,
    forced: Bucket,
    progress: Mutex<Progress>,
    replanned: Notify,
}

/// A value, and the how manieth it is, from 1.
#[derive(Debug)]
pub(super) struct Version<V> {
    pub(super) generation: u64,
    pub(super) value: Arc<V>,
}

/// What has come of the fetches.
#[derive(Debug, Default)]
struct Fetches {
    /// The number of the last one that was finished.
    finished: u64,
    /// When one was in vain that was made because of a refusal.
    in_vain: Option<Duration>,
}

/// How it goes, by the settings' clock.
#[derive(Debug)]
struct Progress {
    refreshed: Duration,
    due: Duration,
    failures: u32,
    last_error: Option<Error>,
    /// How often a value has been fetched again that a service has refused.
    doubts: u32,
}

/// A value that was fetched, and in how long to fetch again.
struct Fetched<V> {
    value: V,
    next: Duration,
}

impl<V: ManagedValue> State<V> {
    /// The secret with its first value.
    pub(super) async fn fetch_first(
        name: String,
        settings: Settings,
        runtime: Handle,
    ) -> Result<Self> {
        let Fetched { value, next } = fetch::<V>(&name, &settings).await?;
        let (now, value) = (settings.clock.now(), Arc::new(value));
        Ok(Self {
            name,
            runtime,
            current: ArcSwap::from_pointee(Version { generation: 1, value: Arc::clone(&value) }),
            changes: watch::Sender::new(value),
            fetches: tokio::sync::Mutex::default(),
            begun: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            forced: Bucket::new(settings.forced_burst, settings.forced_interval, now),
            progress: Mutex::new(Progress {
                refreshed: now,
                due: now + next,
                failures: 0,
                last_error: None,
                doubts: 0,
            }),
            replanned: Notify::new(),
            settings,
        })
    }

    pub(super) fn current(&self) -> Arc<Version<V>> {
        self.current.load_full()
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Arc<V>> {
        self.changes.subscribe()
    }

    /// Another value than that of this generation, which a service has refused. `None` if there is
    /// none to be had yet.
    ///
    /// Of those who come with the same one, one fetches for all who came before that began; who
    /// came later share one more fetch. If it was in vain the secret is looked after for a while,
    /// because a key may be deleted before the next one is stored.
    pub(super) async fn replace(&self, refused: u64) -> Option<Arc<V>> {
        let begun = self.begun.load(Ordering::SeqCst);
        let mut fetches = self.fetches.lock().await;
        if fetches.finished <= begun && self.current().generation == refused {
            let now = self.settings.clock.now();
            if fetches.in_vain.is_some_and(|at| now.saturating_sub(at) < BELIEVED) {
                return None;
            }
            if !self.forced.take(now) {
                tracing::warn!(secret = self.name, "not fetched: it was too often of late");
                return None;
            }
            self.progress().doubts = 1;
            self.fetch(&mut fetches).await;
            let is_in_vain = self.current().generation == refused;
            fetches.in_vain = is_in_vain.then(|| self.settings.clock.now());
        }
        let current = self.current();
        (current.generation != refused).then(|| Arc::clone(&current.value))
    }

    /// Notes that a service does not know this value.
    pub(super) fn refuse(&self, value: &V) {
        let current = self.current();
        if current.value.is_same_as(value) {
            self.refused.store(current.generation, Ordering::SeqCst);
        }
    }

    /// The value of now, or another where that one was refused and another is to be had.
    pub(super) async fn unless_refused(&self) -> Arc<V> {
        let current = self.current();
        // Taken, so that one refusal is one fetch.
        let is_refused = self
            .refused
            .compare_exchange(current.generation, 0, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok();
        let other = if is_refused { self.replace(current.generation).await } else { None };
        other.unwrap_or_else(|| Arc::clone(&current.value))
    }

    pub(super) fn health(&self) -> ManagedHealth {
        let (now, progress) = (self.settings.clock.now(), self.progress());
        ManagedHealth {
            age: now.saturating_sub(progress.refreshed),
            next_refresh: progress.due.saturating_sub(now),
            failures: progress.failures,
            last_error: progress.last_error.clone(),
        }
    }

    /// Fetches when it is due, for as long as this is polled, whatever comes of it.
    pub(super) async fn keep_fresh(&self) {
        loop {
            let clock = &self.settings.clock;
            let wait = self.progress().due.saturating_sub(clock.now());
            if wait.is_zero() {
                let mut fetches = self.fetches.lock().await;
                // Somebody else may have fetched it just now.
                if self.progress().due <= clock.now() {
                    self.fetch(&mut fetches).await;
                }
            } else {
                either(clock.sleep(wait), self.replanned.notified()).await;
            }
        }
    }

    async fn fetch(&self, fetches: &mut Fetches) {
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let (name, settings) = (self.name.clone(), self.settings.clone());
        // In a task of its own, so that a panic of a provider ends that and not the refreshing.
        let fetching = self.runtime.spawn(async move { fetch::<V>(&name, &settings).await });
        let fetched = fetching.await.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Unexpected, "the task that fetches the secret was lost"))
        });
        fetches.finished = number;
        match fetched {
            Ok(fetched) => self.take(fetched),
            Err(error) => self.put_off(error),
        }
        self.replanned.notify_one();
    }

    fn take(&self, Fetched { value, next }: Fetched<V>) {
        let now = self.settings.clock.now();
        let current = self.current();
        let is_new = !current.value.is_same_as(&value);
        let mut progress = self.progress();
        let doubts = progress.doubts;
        let is_doubted = !is_new && (1..=MOST_DOUBTS).contains(&doubts);
        *progress = Progress {
            refreshed: now,
            due: now + if is_doubted { next.min(back_off(doubts - 1)) } else { next },
            failures: 0,
            last_error: None,
            doubts: if is_doubted { doubts + 1 } else { 0 },
        };
        drop(progress);
        if is_new {
            let value = Arc::new(value);
            let generation = current.generation + 1;
            self.current.store(Arc::new(Version { generation, value: Arc::clone(&value) }));
            self.changes.send_replace(value);
            tracing::info!(secret = self.name, generation, "a managed secret has changed");
        }
    }

    fn put_off(&self, error: Error) {
        let mut progress = self.progress();
        let wait = back_off(progress.failures).max(error.retry_after().unwrap_or_default());
        progress.due = self.settings.clock.now() + wait;
        progress.failures += 1;
        let (kind, failures) = (error.kind().name(), progress.failures);
        tracing::warn!(secret = self.name, kind, failures, "a managed secret cannot be refreshed");
        progress.last_error = Some(error);
    }

    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> State<V> {
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

async fn fetch<V: ManagedValue>(name: &str, settings: &Settings) -> Result<Fetched<V>> {
    let options = GetOptions::default().with_freshness(Freshness::Fetch);
    let secret = settings.provider.get_with(name, &options).await?;
    let value = V::from_secret(&secret).map_err(|error| error.with_path(name))?;
    let wall = settings.clock.wall();
    let next = plan::next(&secret, V::PERIOD, value.expires(), wall, settings.spread);
    Ok(Fetched { value, next })
}

/// How long to wait after this many times in vain: anything up to twice as long each time.
fn back_off(times: u32) -> Duration {
    let longest = LONGEST.min(SHORTEST.saturating_mul(2 << times.min(16)));
    SHORTEST + random(longest - SHORTEST)
}

/// Something below this.
pub(super) fn random(below: Duration) -> Duration {
    let mut bytes = [0_u8; 4];
    // Without random numbers nothing is signed either, so it does not matter here.
    let _ = getrandom::fill(&mut bytes);
    below.mul_f64(f64::from(u32::from_ne_bytes(bytes)) / (f64::from(u32::MAX) + 1.0))
}

/// Waits for whichever of the two is first.
async fn either(one: impl Future<Output = ()> + Send, other: impl Future<Output = ()> + Send) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    std::future::poll_fn(|context| {
        let is_done =
            one.as_mut().poll(context).is_ready() || other.as_mut().poll(context).is_ready();
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
