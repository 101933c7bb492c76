//! Where time comes from, so that a test need not sleep.

use std::fmt;
use std::time::{Duration, SystemTime};

/// A source of time.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time since a moment that this clock has chosen. Never goes back.
    fn now(&self) -> Duration;

    /// The time of day, to compare with the times that stores give.
    fn wall(&self) -> SystemTime;
}

/// The clock of the operating system, one that runs on while the machine sleeps where there is
/// one: a laptop that wakes up must not serve yesterday's secret as fresh.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl SystemClock {
    /// The clock of the operating system.
    pub const fn new() -> Self {
        Self
    }
}

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
}
