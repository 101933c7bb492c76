//! Credentials that were found good a moment ago.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use sha2::{Digest, Sha256};

use crate::context::Caller;

/// How many are kept.
const MAX_ENTRIES: usize = 10_000;

/// The hash of a token: none is kept as it is, and to look one up takes no time that its bytes
/// could be learnt from.
pub(super) type Key = [u8; 32];

pub(super) struct Cache {
    keep: Duration,
    entries: Mutex<HashMap<Key, (Instant, Caller)>>,
}

impl Cache {
    pub(super) fn new(keep: Duration) -> Self {
        Self { keep, entries: Mutex::default() }
    }

    pub(super) fn key(token: &[u8]) -> Key {
        Sha256::digest(token).into()
    }

    pub(super) fn get(&self, key: &Key) -> Option<Caller> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (end, caller) = entries.get(key)?;
        (Instant::now() < *end).then(|| caller.clone())
    }

    /// Keeps it until the token's own end at the latest.
    pub(super) fn put(&self, key: Key, caller: &Caller, expires: Option<SystemTime>) {
        let left = expires.map_or(self.keep, |expires| {
            let left = expires.duration_since(SystemTime::now()).unwrap_or_default();
            left.min(self.keep)
        });
        if left.is_zero() {
            return;
        }
        let now = Instant::now();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_ENTRIES {
            entries.retain(|_, (end, _)| now < *end);
        }
        // Full of good ones: the next request of this one asks again.
        if entries.len() < MAX_ENTRIES {
            entries.insert(key, (now + left, caller.clone()));
        }
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("keep", &self.keep).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_past_the_end_of_the_token() {
        let cache = Cache::new(Duration::from_secs(30));
        let now = SystemTime::now();
        for (token, expires, kept) in [
            ("no end", None, true),
            ("later", Some(now + Duration::from_secs(20)), true),
            ("over", Some(now - Duration::from_secs(1)), false),
        ] {
            let key = Cache::key(token.as_bytes());
            cache.put(key, &Caller::default(), expires);
            assert_eq!(cache.get(&key).is_some(), kept, "{token}");
        }
        let soon = Cache::key(b"soon");
        cache.put(soon, &Caller::default(), Some(now + Duration::from_millis(50)));
        std::thread::sleep(Duration::from_millis(60));
        assert!(cache.get(&soon).is_none());
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let cache = Cache::new(Duration::from_secs(30));
        for n in 0..MAX_ENTRIES + 10 {
            cache.put(Cache::key(&n.to_be_bytes()), &Caller::default(), None);
        }
        assert_eq!(cache.entries.lock().expect("the lock").len(), MAX_ENTRIES);
    }
}
