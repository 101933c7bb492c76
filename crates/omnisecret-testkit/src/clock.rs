//! A clock that stands still until a test moves it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use omnisecret_core::{Clock, async_trait};
use tokio::sync::watch;

/// A [`Clock`] that goes on only by [`advance`](Self::advance). Clones show the same time.
///
/// ```
/// use omnisecret_core::Clock;
/// use omnisecret_testkit::ManualClock;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let (before, wall) = (clock.now(), clock.wall());
/// clock.advance(Duration::from_secs(900));
/// assert_eq!(clock.now() - before, Duration::from_secs(900));
/// assert_eq!(clock.wall(), wall + Duration::from_secs(900));
/// ```
#[derive(Clone, Debug, Default)]
pub struct ManualClock(Arc<watch::Sender<Duration>>);

/// 2001-09-09T01:46:40Z: a time of day that is plainly nobody's now.
const START: Duration = Duration::from_secs(1_000_000_000);

impl ManualClock {
    /// A clock at its start: `now` is zero, the time of day is 2001-09-09T01:46:40Z.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the clock on, the time of day with it, and wakes those who have slept enough.
    ///
    /// # Panics
    /// Past the end of [`Duration`].
    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now += by);
    }

    /// Waits until so many sleep on this clock, so that to advance it finds them asleep.
    pub async fn sleepers(&self, count: usize) {
        while self.0.receiver_count() < count {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Duration {
        *self.0.borrow()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + START + self.now()
    }

    async fn sleep(&self, duration: Duration) {
        let mut time = self.0.subscribe();
        let end = *time.borrow() + duration;
        // The sender is this clock, so it is there until this has returned.
        let _ = time.wait_for(|now| *now >= end).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_show_the_same_time() {
        let clock = ManualClock::new();
        let other = clock.clone();
        clock.advance(Duration::from_millis(1500));
        other.advance(Duration::from_millis(500));
        assert_eq!(clock.now(), Duration::from_secs(2));
        assert_eq!(clock.wall(), other.wall());
    }

    #[tokio::test]
    async fn a_sleeper_wakes_when_its_time_has_come() {
        let clock = ManualClock::new();
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Duration::from_secs(10)).await }
        });
        clock.sleepers(1).await;
        clock.advance(Duration::from_secs(9));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_secs(1));
        sleeper.await.unwrap();
    }
}
