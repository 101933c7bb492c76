//! Nanoseconds of a cached read, a line of JSON for each cache and work.
//!
//! Of the processor's time, which is what is used and not what a busy machine takes away; nobody
//! sleeps on a hit.

use std::thread;

use anyhow::Result;
use omnisecret_peers::{Contestant, SECRETS, contestants};
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;
use tokio::runtime::Runtime;

/// Reads of one round, on each thread.
const READS: usize = 100_000;

/// Odd, so that the median is one of the rounds.
const ROUNDS: usize = 31;

const THREADS: [usize; 2] = [1, 2];

#[derive(Serialize)]
struct Line<'a> {
    work: &'a str,
    who: &'a str,
    cost: f64,
    unit: &'static str,
}

fn main() -> Result<()> {
    let runtime = Runtime::new()?;
    let contestants = contestants(&runtime)?;
    let keys = [("one key", vec![0; READS]), ("1,000 random keys", random())];
    for (keys, numbers) in &keys {
        for threads in THREADS {
            let mut costs = vec![Vec::with_capacity(ROUNDS); contestants.len()];
            // In turns, so that all have the same weather. The first round warms up.
            for round in 0..=ROUNDS {
                for (contestant, costs) in contestants.iter().zip(&mut costs) {
                    let cost = cost(&**contestant, numbers, threads);
                    if round > 0 {
                        costs.push(cost);
                    }
                }
            }
            let plural = if threads == 1 { "" } else { "s" };
            let work = format!("{keys}, {threads} thread{plural}");
            for (contestant, costs) in contestants.iter().zip(&mut costs) {
                costs.sort_unstable_by(f64::total_cmp);
                let (who, cost) = (contestant.name(), costs[costs.len() / 2]);
                let line = Line { work: &work, who, cost, unit: "ns CPU" };
                println!("{}", serde_json::to_string(&line)?);
            }
        }
    }
    Ok(())
}

/// Of one read, as the mean of what the threads saw.
fn cost(contestant: &dyn Contestant, numbers: &[usize], threads: usize) -> f64 {
    let run = || {
        let start = processor_time();
        contestant.take(numbers);
        (processor_time() - start) / numbers.len() as f64
    };
    let costs: Vec<f64> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        running.into_iter().filter_map(|running| running.join().ok()).collect()
    });
    costs.iter().sum::<f64>() / costs.len() as f64
}

/// What this thread has used, in nanoseconds.
fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// A walk over all keys in no order that a processor could foresee, the same in every run.
fn random() -> Vec<usize> {
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % SECRETS as u64) as usize
    };
    std::iter::repeat_with(next).take(READS).collect()
}
