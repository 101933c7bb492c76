//! That the batch action is denied: remembered, so that it is not asked for with every batch.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A right that is granted later is noticed after this time.
const REMEMBERED: Duration = Duration::from_secs(15 * 60);

#[derive(Debug, Default)]
pub(crate) struct Denial(Mutex<Option<Instant>>);

impl Denial {
    pub(crate) fn note(&self, now: Instant) {
        *self.lock() = Some(now);
    }

    pub(crate) fn holds(&self, now: Instant) -> bool {
        self.lock().is_some_and(|noted| now.saturating_duration_since(noted) < REMEMBERED)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_is_forgotten_in_time() {
        let (denial, now) = (Denial::default(), Instant::now());
        assert!(!denial.holds(now));
        denial.note(now);
        assert!(denial.holds(now + REMEMBERED - Duration::from_secs(1)));
        assert!(!denial.holds(now + REMEMBERED));
    }
}
