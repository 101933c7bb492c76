//! Where time comes from, so that a test need not sleep.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// A source of time.
#[async_trait]
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time since a moment that this clock has chosen. Never goes back.
    fn now(&self) -> Duration;

    /// The time of day, to compare with the times that stores give.
    fn wall(&self) -> SystemTime;

    /// Waits until this clock has gone on by so much.
    async fn sleep(&self, duration: Duration);
}

#[async_trait]
impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Duration {
        (**self).now()
    }

    fn wall(&self) -> SystemTime {
        (**self).wall()
    }

    async fn sleep(&self, duration: Duration) {
        (**self).sleep(duration).await;
    }
}

/// A timer stands still while the machine sleeps, so the clock is looked at now and then.
const NAP: Duration = Duration::from_secs(60);

/// The clock of the operating system, one that runs on while the machine sleeps where there is
/// one: a laptop that wakes up must not serve yesterday's secret as fresh.
///
/// [`sleep`](Clock::sleep) is tokio's where a tokio runtime runs, which must have its time driver
/// on; elsewhere each sleeper has a thread of its own.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl SystemClock {
    /// The clock of the operating system.
    pub const fn new() -> Self {
        Self
    }
}

#[async_trait]
impl Clock for SystemClock {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn now(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        // Both are positive: the clock counts from the start of the machine.
        Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn now(&self) -> Duration {
        use std::sync::LazyLock;
        use std::time::Instant;

        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    async fn sleep(&self, duration: Duration) {
        let end = self.now().saturating_add(duration);
        while let Some(left) = end.checked_sub(self.now()).filter(|left| !left.is_zero()) {
            nap(left.min(NAP)).await;
        }
    }
}

async fn nap(duration: Duration) {
    if Handle::try_current().is_ok() {
        return tokio::time::sleep(duration).await;
    }
    let (alarm, wakes) = oneshot::channel::<()>();
    let sleeper = thread::Builder::new().spawn(move || {
        thread::sleep(duration);
        drop(alarm);
    });
    match sleeper {
        // The alarm is that the other end is gone.
        Ok(_) => drop(wakes.await),
        // There is no thread to be had but this one.
        Err(_) => thread::sleep(duration),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes_on() {
        let clock = SystemClock::new();
        let before = clock.now();
        std::thread::sleep(Duration::from_millis(2));
        assert!(clock.now() > before);
    }

    #[tokio::test]
    async fn to_sleep_takes_the_time_asked_for() {
        let clock = SystemClock::new();
        let before = clock.now();
        clock.sleep(Duration::from_millis(20)).await;
        assert!(clock.now() - before >= Duration::from_millis(20));
    }

    #[test]
    fn it_can_be_slept_on_without_a_runtime() {
        struct Unpark(thread::Thread);

        impl std::task::Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }

        let clock = SystemClock::new();
        let before = clock.now();
        let waker = Arc::new(Unpark(thread::current())).into();
        let mut sleep = clock.sleep(Duration::from_millis(20));
        while sleep.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending() {
            thread::park();
        }
        assert!(clock.now() - before >= Duration::from_millis(20));
    }
}
