//! A soak of the cache: many readers and writers over a store that dawdles, fails, rotates and
//! does writes late. No answer may be wrong, memory stays flat, calls stay within what the time
//! to live predicts.
//!
//! `cargo xtask soak [--seconds N]` runs it. The argument is the number of seconds.

#![allow(clippy::print_stdout, reason = "a report on the terminal is what this program is for")]

mod budget;
mod ledger;
mod tasks;
mod upstream;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use omnisecret_core::Cached;

use self::budget::{Budget, rss};
use self::ledger::Ledger;
use self::tasks::Task;
use self::upstream::Upstream;

/// The tasks of one cache; there are two.
const TASKS: usize = 32;
const KEYS: usize = 500;

const TTL: Duration = Duration::from_secs(1);
const WRITE_GRACE: Duration = Duration::from_millis(400);

/// What memory may grow by after the warm-up: pages that an allocator keeps.
const GROWTH: u64 = 8 << 20;

/// One cache, its store, and what its answers are held against.
struct Soak {
    name: &'static str,
    cached: Cached<Arc<Upstream>>,
    upstream: Arc<Upstream>,
    ledger: Arc<Ledger>,
}

impl Soak {
    fn new(name: &'static str, max_stale: Duration, max_entries: u64) -> Self {
        let ledger = Arc::new(Ledger::new(KEYS, TTL, max_stale));
        let upstream = Arc::new(Upstream::new(Arc::clone(&ledger)));
        let cached = Cached::builder(Arc::clone(&upstream))
            .ttl(TTL)
            .max_stale(max_stale)
            .max_entries(max_entries)
            .write_grace(WRITE_GRACE)
            .build();
        Self { name, cached, upstream, ledger }
    }

    fn start(&self, end: Instant) -> Vec<tokio::task::JoinHandle<()>> {
        let task = |number| {
            let (cached, ledger) = (self.cached.clone(), Arc::clone(&self.ledger));
            tokio::spawn(Task::new(cached, Arc::clone(&self.upstream), ledger, number).run(end))
        };
        (0..TASKS).map(task).collect()
    }

    /// Says what has happened; whether all of it may.
    fn report(&self, budget: &Budget) -> bool {
        let Self { name, cached, upstream, ledger } = self;
        let (stats, calls) = (cached.stats(), upstream.calls.load(Relaxed));
        let allowed = budget.calls(ledger, upstream, stats.evictions);
        println!("{name}: {} answers, {calls} calls of {allowed} allowed", ledger.answers());
        println!("  {stats:?}");
        println!("  {ledger}");
        for wrong in ledger.wrong() {
            println!("  WRONG: {wrong}");
        }
        if calls > allowed {
            println!("  TOO MANY CALLS");
        }
        if ledger.answers() == 0 {
            println!("  NOTHING HAPPENED");
        }
        ledger.wrong().is_empty() && calls <= allowed && ledger.answers() > 0
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(seconds) = std::env::args().nth(1).and_then(|word| word.parse().ok()) else {
        println!("usage: soak SECONDS");
        return ExitCode::from(2);
    };
    let length = Duration::from_secs(seconds);
    let soaks = [
        // Too small for its keys, so that they push one another out.
        Soak::new("without stale answers", Duration::ZERO, 450),
        Soak::new("with stale answers", 2 * TTL, 1000),
    ];
    let start = Instant::now();
    let tasks: Vec<_> = soaks.iter().flat_map(|soak| soak.start(start + length)).collect();

    tokio::time::sleep(length / 4).await;
    let warm = rss();
    let mut is_good = true;
    for task in tasks {
        is_good &= task.await.is_ok();
    }
    let end = rss();
    println!("memory: {} KiB after the warm-up, {} KiB at the end", warm >> 10, end >> 10);
    if end > warm + warm / 4 + GROWTH {
        println!("  MEMORY HAS GROWN");
        is_good = false;
    }
    let budget = Budget { keys: KEYS, ttl: TTL, length: start.elapsed() };
    for soak in &soaks {
        is_good &= soak.report(&budget);
    }
    println!("{}", if is_good { "all is well" } else { "something is wrong" });
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
