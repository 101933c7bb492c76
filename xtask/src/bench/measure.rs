//! CPU time of processes, taken in turns so that both sides have the same weather.

use std::process::Command;

use anyhow::Result;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::command::CommandExt;

/// Odd, so that the median is one of the runs.
const ROUNDS: usize = 11;

/// One work, done by two commands.
pub(super) struct Contest<'a> {
    pub(super) ours: &'a dyn Fn() -> Command,
    pub(super) theirs: &'a dyn Fn() -> Command,
}

impl Contest<'_> {
    /// The medians in milliseconds, ours first.
    pub(super) fn measure(&self) -> Result<(f64, f64)> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        // The first round warms the page cache and does not count.
        for round in 0..=ROUNDS {
            let costs = (cost(&mut (self.ours)())?, cost(&mut (self.theirs)())?);
            if round > 0 {
                ours.push(costs.0);
                theirs.push(costs.1);
            }
        }
        Ok((median(&mut ours), median(&mut theirs)))
    }
}

/// User and system time of one run. This process waits for one child at a time, so what all its
/// children have used grows by exactly this one.
fn cost(command: &mut Command) -> Result<f64> {
    let before = children()?;
    command.read()?;
    Ok(children()? - before)
}

fn children() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(micros as f64 / 1000.0)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_run() {
        assert_eq!(median(&mut [9.0, 1.0, 2.0]).to_bits(), 2.0_f64.to_bits());
    }
}
