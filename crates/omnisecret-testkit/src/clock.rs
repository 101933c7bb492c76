//! A clock that stands still until a test moves it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use omnisecret_core::Clock;

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
pub struct ManualClock(Arc<Mutex<Duration>>);

/// 2001-09-09T01:46:40Z: a time of day that is plainly nobody's now.
const START: Duration = Duration::from_secs(1_000_000_000);

impl ManualClock {
    /// A clock at its start: `now` is zero, the time of day is 2001-09-09T01:46:40Z.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the clock on, the time of day with it.
    ///
    /// # Panics
    /// Past the end of [`Duration`].
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + START + self.now()
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
}
