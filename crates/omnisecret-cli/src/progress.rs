//! How far long work is, for who waits at a terminal.

use indicatif::ProgressBar;

/// A bar on standard error, if that is a terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(count: usize) -> Self {
        Self(ProgressBar::new(count as u64))
    }

    pub(crate) fn step(&self) {
        self.0.inc(1);
    }

    /// Leaves nothing of the bar behind.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
