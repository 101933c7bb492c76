//! Allocations of a cached read, and calls for a cold secret: a line of JSON for each.
//!
//! A program of its own, because its allocator counts and so takes longer.

use allocation_counter::measure;
use anyhow::Result;
use omnisecret_peers::{READERS, calls_of_aws, calls_of_ours, contestants};
use serde::Serialize;
use tokio::runtime::Runtime;

/// As many reads that what happens once in a while shows as a fraction.
const READS: usize = 10_000;

#[derive(Serialize)]
struct Line<'a> {
    work: &'a str,
    who: &'a str,
    cost: f64,
    unit: &'static str,
}

fn main() -> Result<()> {
    let runtime = Runtime::new()?;
    for contestant in contestants(&runtime)? {
        // What a runtime takes for itself is not the cache's.
        let none = measure(|| contestant.take(&[])).count_total;
        let all = measure(|| contestant.take(&vec![0; READS])).count_total;
        // The list of numbers is one.
        let cost = all.saturating_sub(none + 1) as f64 / READS as f64;
        print("allocations of a hit", contestant.name(), cost, "allocations")?;
    }
    let work = format!("{READERS} readers of a cold secret");
    print(&work, "lookup", calls_of_ours(&runtime)? as f64, "calls")?;
    let calls = calls_of_aws(&runtime)? as f64;
    print(&work, "aws_secretsmanager_caching 2.1.0", calls, "calls")
}

fn print(work: &str, who: &str, cost: f64, unit: &'static str) -> Result<()> {
    println!("{}", serde_json::to_string(&Line { work, who, cost, unit })?);
    Ok(())
}
