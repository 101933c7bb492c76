//! Watches: a secret that is kept fresh in the background for as long as somebody looks.

use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use tokio::sync::{Notify, watch};

use super::key::Key;
use super::sync::AbortHandle;
use super::{Inner, read};
use crate::{Clock, Error, ErrorKind, Freshness, GetOptions, Result, Secret, SecretProvider};

/// The bounds of the time between two looks, where the secret's own times do not say.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// However short a secret lives, it is not looked for in a loop.
const SHORTEST_AHEAD: Duration = Duration::from_millis(10);

/// The watched secrets of a cache.
#[derive(Default)]
pub(super) struct Watches(Vec<(Key, Weak<Watched>)>);

impl Watches {
    /// The watch of this key, if somebody has one.
    fn find(&mut self, key: &Key) -> Option<Arc<Watched>> {
        self.0.retain(|(_, watched)| watched.strong_count() > 0);
        self.0.iter().find(|(there, _)| there == key).and_then(|(_, watched)| watched.upgrade())
    }

    /// Has the watches of these keys look at once.
    pub(super) fn poke(&self, is_meant: impl Fn(&Key) -> bool) {
        for (key, watched) in &self.0 {
            if is_meant(key)
                && let Some(watched) = watched.upgrade()
            {
                watched.poke.notify_one();
            }
        }
    }
}

/// What the handles of one watch and its poll share.
struct Watched {
    current: ArcSwap<Result<Secret>>,
    /// Counts what was published that is not what was there before.
    changes: watch::Sender<u64>,
    poke: Arc<Notify>,
    clock: Arc<dyn Clock>,
    poll: std::sync::OnceLock<AbortHandle>,
}

impl Watched {
    fn publish(&self, result: Result<Secret>) {
        let is_news = match (&**self.current.load(), &result) {
            (Ok(old), Ok(new)) => {
                !old.value().ct_eq(new.value()) || old.meta().version != new.meta().version
            }
            (Err(old), Err(new)) => old.kind() != new.kind(),
            _ => true,
        };
        self.current.store(Arc::new(result));
        if is_news {
            self.changes.send_modify(|changes| *changes += 1);
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(poll) = self.poll.get() {
            poll.abort();
        }
    }
}

/// A handle to a secret that is kept fresh in the background while any handle lives.
///
/// Made by [`Cached::watch`](crate::Cached::watch). However many handles, there is one poll for a
/// path; it ends with the last one.
#[derive(Clone)]
pub struct Watch {
    watched: Arc<Watched>,
    changes: watch::Receiver<u64>,
}

impl Watch {
    /// What is known now: the secret, with its origin, or the error in its place once it may no
    /// longer be used. An atomic load: no clock is read, nothing is copied.
    pub fn current(&self) -> Current {
        Current(self.watched.current.load())
    }

    /// Waits until there is something else than at the last call, or since this handle was made:
    /// another value, another version, or an error in its place.
    ///
    /// # Cancel safety
    /// No change is missed by dropping the future.
    pub async fn changed(&mut self) {
        // The sender lives in what this handle holds.
        let _ = self.changes.changed().await;
    }

    /// Counts what there is now as seen: [`changed`](Self::changed) waits for what comes after.
    pub(crate) fn see(&mut self) {
        self.changes.mark_unchanged();
    }

    /// Waits for a change, but no longer than this.
    pub(crate) async fn changed_or(&mut self, pause: Duration) {
        let clock = Arc::clone(&self.watched.clock);
        either(self.changed(), clock.sleep(pause)).await;
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("current", &**self.current().0).finish_non_exhaustive()
    }
}

/// What a [`Watch`] shows at a moment, on loan.
pub struct Current(Guard<Arc<Result<Secret>>>);

impl Current {
    /// The secret.
    ///
    /// # Errors
    /// Why there is none: [`ErrorKind::NotFound`] or [`ErrorKind::PermissionDenied`] at once,
    /// any other error when the secret's time is over.
    pub fn secret(&self) -> Result<&Secret> {
        (**self.0).as_ref().map_err(Clone::clone)
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Current").field(&**self.0).finish()
    }
}

#[cfg(feature = "stream")]
impl Watch {
    /// The secret as it is now, and then each change of it.
    pub fn into_stream(self) -> impl futures_core::Stream<Item = Result<Secret>> + Send {
        use tokio_stream::StreamExt as _;

        let changes = tokio_stream::wrappers::WatchStream::new(self.changes.clone());
        changes.map(move |_| self.current().secret().cloned())
    }
}

/// Joins the watch of this path, or begins one.
pub(super) async fn watch<P: SecretProvider>(inner: &Arc<Inner<P>>, path: &str) -> Result<Watch> {
    let Some(runtime) = inner.runtime() else {
        return Err(Error::new(ErrorKind::Unsupported, "a watch needs an async runtime")
            .with_action("watch from within a tokio runtime, or give the cache one"));
    };
    let key = Key::new(path, &GetOptions::default());
    let found = inner.store.gate().watches.find(&key);
    if let Some(watched) = found {
        return Ok(handle(watched));
    }
    let first = read::get(inner, path, &GetOptions::default()).await?;
    let gate = &mut *inner.store.gate();
    // Somebody may have begun one meanwhile.
    if let Some(watched) = gate.watches.find(&key) {
        return Ok(handle(watched));
    }
    let watched = Arc::new(Watched {
        current: ArcSwap::from_pointee(Ok(first)),
        changes: watch::Sender::new(0),
        poke: Arc::default(),
        clock: inner.store.shared_clock(),
        poll: std::sync::OnceLock::new(),
    });
    gate.watches.0.push((key.clone(), Arc::downgrade(&watched)));
    let poll = runtime.spawn(poll(Arc::downgrade(inner), Arc::downgrade(&watched), key));
    // Nobody else has seen this one yet.
    let _ = watched.poll.set(poll.abort_handle());
    Ok(handle(watched))
}

fn handle(watched: Arc<Watched>) -> Watch {
    let changes = watched.changes.subscribe();
    Watch { watched, changes }
}

/// Looks again before the secret is too old, and publishes what it finds.
async fn poll<P: SecretProvider>(inner: Weak<Inner<P>>, watched: Weak<Watched>, key: Key) {
    let mut failures = 0;
    loop {
        // While it waits it holds neither, so that the cache and the watch can end.
        let (clock, pause) = match inner.upgrade() {
            Some(inner) => (inner.store.shared_clock(), pause(&inner, &key, failures)),
            None => return,
        };
        let Some(poke) = watched.upgrade().map(|watched| Arc::clone(&watched.poke)) else { return };
        either(clock.sleep(pause), poke.notified()).await;
        let (Some(inner), Some(watched)) = (inner.upgrade(), watched.upgrade()) else { return };
        let result = read::get(&inner, key.path(), &key.options(Freshness::Fetch)).await;
        failures = if result.is_ok() { 0 } else { failures + 1 };
        watched.publish(result.or_else(|error| read::stand_in(&inner, &key.borrow(), error)));
    }
}

/// Waits for the one or the other.
async fn either(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    std::future::poll_fn(|context| {
        if one.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        other.as_mut().poll(context)
    })
    .await;
}

/// Until the next look: the time of a refresh after a success, longer and longer after a failure,
/// and the moment at which the secret may no longer be used in any case.
fn pause<P>(inner: &Inner<P>, key: &Key, failures: u32) -> Duration {
    let now = inner.store.clock().now();
    let times = inner.store.times(&key.borrow());
    if failures == 0 {
        return match times {
            Some(times) if times.refresh > times.asked => {
                times.refresh.saturating_sub(now).max(SHORTEST_AHEAD)
            }
            _ => SHORTEST,
        };
    }
    let back_off = SHORTEST.saturating_mul(1 << (failures - 1).min(16)).min(LONGEST);
    let ends = times.map(|times| [times.fresh_until, times.stale_until]).into_iter().flatten();
    ends.filter_map(|end| end.checked_sub(now))
        .filter(|left| !left.is_zero())
        .fold(back_off, Duration::min)
}
