//! Hold-offs: after a failed call the next one waits, longer each time.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use crate::{Error, ErrorKind};

/// The bounds of the wait after a failure; it doubles in between.
const SHORTEST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(30);

/// How often a fresh answer is tried for meanwhile.
const FETCH: Duration = Duration::from_secs(1);

/// More keys than this do not fail at once but in an attack on memory.
const MAX_KEYS: usize = 1000;

/// What failed last, and until when it is not tried again.
pub(super) struct HoldOff {
    error: Error,
    failures: u32,
    tried: Duration,
    pub(super) until: Duration,
}

impl HoldOff {
    /// One more failure. The wait is between nothing and the doubled bound, so that those who
    /// failed together do not come back together; a store that says how long to wait is believed.
    fn after(before: Option<&Self>, error: &Error, now: Duration) -> Self {
        let failures = before.map_or(0, |before| before.failures.saturating_add(1));
        let bound = SHORTEST.saturating_mul(1 << failures.min(16)).min(LONGEST);
        let wait = bound.mul_f64(fastrand::f64()).max(error.retry_after().unwrap_or_default());
        Self { error: error.clone(), failures, tried: now, until: now.saturating_add(wait) }
    }

    /// The error, for those who need not ask to know it.
    pub(super) fn applies(&self, now: Duration, is_fetch: bool) -> Option<Error> {
        let until = if is_fetch { self.tried + FETCH } else { Duration::MAX };
        (now < self.until.min(until)).then(|| self.error.clone())
    }
}

/// Whether an answer says that the store fails, and not just what there is or what was asked.
pub(super) fn is_failure(error: &Error) -> bool {
    !matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::InvalidConfig
            | ErrorKind::InvalidPath
            | ErrorKind::InvalidValue
            | ErrorKind::Unsupported
    )
}

/// The hold-offs of the keys of one kind.
pub(super) struct HoldOffs<K>(HashMap<K, HoldOff>);

impl<K> Default for HoldOffs<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash + Clone> HoldOffs<K> {
    pub(super) fn get(&self, key: &K) -> Option<&HoldOff> {
        self.0.get(key)
    }

    /// Notes a failure and says until when to wait.
    pub(super) fn fail(&mut self, key: &K, error: &Error, now: Duration) -> Duration {
        if self.0.len() >= MAX_KEYS {
            self.0.retain(|_, held| now < held.until);
        }
        if self.0.len() >= MAX_KEYS {
            self.0.clear();
        }
        let held = HoldOff::after(self.0.get(key), error, now);
        let until = held.until;
        self.0.insert(key.clone(), held);
        until
    }

    pub(super) fn succeed(&mut self, key: &K) {
        self.0.remove(key);
    }

    pub(super) fn forget(&mut self, is_meant: impl Fn(&K) -> bool) {
        self.0.retain(|key, _| !is_meant(key));
    }
}

/// The hold-off of the whole provider instance, after a throttle.
#[derive(Default)]
pub(super) struct Throttle(Option<HoldOff>);

impl Throttle {
    pub(super) fn applies(&self, now: Duration, is_fetch: bool) -> Option<Error> {
        self.0.as_ref().and_then(|held| held.applies(now, is_fetch))
    }

    pub(super) fn fail(&mut self, error: &Error, now: Duration) {
        self.0 = Some(HoldOff::after(self.0.as_ref(), error, now));
    }

    pub(super) fn succeed(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn down() -> Error {
        Error::new(ErrorKind::Unavailable, "down")
    }

    #[test]
    fn the_wait_doubles_to_its_bound_with_full_jitter() {
        for failures in 0..20 {
            let bound = SHORTEST.saturating_mul(1 << failures.min(16)).min(LONGEST);
            let waits: Vec<_> = (0..200)
                .map(|_| {
                    let mut held = HoldOff::after(None, &down(), Duration::ZERO);
                    held.failures = failures;
                    HoldOff::after(Some(&held), &down(), Duration::ZERO).until
                })
                .collect();
            let bound = (bound * 2).min(LONGEST);
            assert!(waits.iter().all(|wait| *wait <= bound), "{failures}");
            assert!(waits.iter().any(|wait| *wait < bound / 4), "some come back soon");
            assert!(waits.iter().any(|wait| *wait > bound / 4 * 3), "some wait long");
        }
    }

    #[test]
    fn a_store_that_says_how_long_to_wait_is_believed() {
        let error = down().with_retry_after(Duration::from_secs(120));
        let held = HoldOff::after(None, &error, Duration::from_secs(1));
        assert_eq!(held.until, Duration::from_secs(121));
    }

    #[test]
    fn a_fetch_is_tried_once_a_second() {
        let error = down().with_retry_after(Duration::from_secs(120));
        let held = HoldOff::after(None, &error, Duration::ZERO);
        assert!(held.applies(Duration::from_millis(999), true).is_some());
        assert!(held.applies(Duration::from_secs(1), true).is_none());
        assert!(held.applies(Duration::from_secs(119), false).is_some());
    }

    #[test]
    fn the_number_of_keys_is_bounded() {
        let mut held = HoldOffs::default();
        for key in 0..10_000 {
            held.fail(&key, &down(), Duration::ZERO);
        }
        assert!(held.0.len() <= MAX_KEYS);
    }
}
