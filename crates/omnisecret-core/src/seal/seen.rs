//! What this process has seen of each secret, so that nothing older is taken for news.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::record::Stamp;
use super::store::StoreKey;

/// The oldest stamp that is still acceptable, by name.
#[derive(Default)]
pub(super) struct Seen(Mutex<Floors>);

#[derive(Default)]
struct Floors {
    floors: HashMap<StoreKey, Stamp>,
    /// How many there were when those of no more use were last taken out.
    kept: usize,
}

/// Below this number nothing is taken out.
const FEW: usize = 1024;

impl Seen {
    /// Whether nothing newer has been seen.
    pub(super) fn admits(&self, name: &StoreKey, stamp: Stamp) -> bool {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.floors.get(name).is_none_or(|floor| stamp >= *floor)
    }

    /// From now on only this stamp or a later one will do. What is older than `useful` is refused
    /// for its age alone, and forgotten here.
    pub(super) fn raise(&self, name: StoreKey, stamp: Stamp, now: Stamp, useful: Duration) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let floor = seen.floors.entry(name).or_insert(stamp);
        *floor = stamp.max(*floor);
        if seen.floors.len() > 2 * seen.kept.max(FEW) {
            seen.floors.retain(|_, floor| floor.age(now) <= useful);
            seen.kept = seen.floors.len();
        }
    }
}
