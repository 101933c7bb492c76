//! What a cache may use: calls to its store, and memory.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crate::ledger::Ledger;
use crate::upstream::Upstream;

/// A refresh comes at this share of the time to live at the earliest.
const EARLIEST_REFRESH: f64 = 0.8;

pub(crate) struct Budget {
    pub(crate) keys: usize,
    pub(crate) ttl: Duration,
    pub(crate) length: Duration,
}

impl Budget {
    /// What the time to live predicts, if every key is always in use; and a call for each reason
    /// there is to make another.
    pub(crate) fn calls(&self, ledger: &Ledger, upstream: &Upstream, evictions: u64) -> u64 {
        let lives = self.length.as_secs_f64() / (self.ttl.as_secs_f64() * EARLIEST_REFRESH);
        let by_ttl = (self.keys as f64 * (lives.ceil() + 1.0)) as u64;
        [
            // Asked for.
            &ledger.fetches,
            // To be read anew.
            &ledger.changes,
            // Not to be kept.
            &ledger.unsettled,
            // Not kept, because something changed meanwhile.
            &upstream.crossed,
            // To be tried again.
            &upstream.failed,
        ]
        .iter()
        .fold(by_ttl + evictions, |sum, count| sum + count.load(Relaxed))
    }
}

/// The memory of this process that is in use, in bytes; none where that cannot be told.
pub(crate) fn rss() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or_default() << 10
}
