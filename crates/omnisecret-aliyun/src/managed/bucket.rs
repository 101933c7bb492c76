//! A token bucket: how often something may be done in a burst, and over time.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Full at first; a token comes back each interval, up to the capacity.
#[derive(Debug)]
pub(super) struct Bucket {
    capacity: u32,
    interval: Duration,
    level: Mutex<Level>,
}

#[derive(Debug)]
struct Level {
    tokens: u32,
    /// Since when the next token has been on its way.
    since: Duration,
}

impl Bucket {
    /// A full bucket, by a clock that shows `now`.
    pub(super) fn new(capacity: u32, interval: Duration, now: Duration) -> Self {
        Self { capacity, interval, level: Mutex::new(Level { tokens: capacity, since: now }) }
    }

    /// Takes a token, if there is one.
    pub(super) fn take(&self, now: Duration) -> bool {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = now.saturating_sub(level.since).as_nanos();
        // Of an interval of nothing there are always enough.
        let come = waited.checked_div(self.interval.as_nanos()).unwrap_or(u128::MAX);
        let come = u32::try_from(come).unwrap_or(u32::MAX);
        if come >= self.capacity - level.tokens {
            *level = Level { tokens: self.capacity, since: now };
        } else {
            level.tokens += come;
            level.since += self.interval * come;
        }
        let taken = level.tokens.checked_sub(1);
        level.tokens = taken.unwrap_or(0);
        taken.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn tokens_come_back_one_by_one_and_no_more_than_fit() {
        let bucket = Bucket::new(2, 10 * MINUTE, MINUTE);
        assert_eq!([1, 1, 1].map(|at| bucket.take(at * MINUTE)), [true, true, false]);
        // One at 11, half of the next is lost to nobody.
        assert_eq!([10, 16, 20, 21].map(|at| bucket.take(at * MINUTE)), [false, true, false, true]);
        assert_eq!([500, 500, 500].map(|at| bucket.take(at * MINUTE)), [true, true, false]);
    }

    #[test]
    fn a_bucket_of_nothing_gives_nothing() {
        let bucket = Bucket::new(0, MINUTE, Duration::ZERO);
        assert!(!bucket.take(100 * MINUTE));
    }

    #[test]
    fn without_an_interval_there_is_no_limit() {
        let bucket = Bucket::new(1, Duration::ZERO, Duration::ZERO);
        assert!((0..10).all(|_| bucket.take(Duration::ZERO)));
    }
}
