//! Cached reads: ours beside other caches, in one program of a workspace of its own.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{Report, round};
use crate::command::{CommandExt, cargo};
use crate::metadata::Metadata;

const MANIFEST: &str = "xtask/peers/Cargo.toml";

/// The names that the programs give what is ours, and how each is told of in a work.
const OURS: [(&str, &str); 3] =
    [("lookup", "lookup"), ("facade", "get of the facade"), ("watch", "current of a watch")];

/// What the programs print.
#[derive(Debug, Deserialize)]
struct Cost {
    work: String,
    who: String,
    cost: f64,
    unit: String,
}

pub(super) fn bench(json: bool) -> Result<()> {
    let target = Metadata::load()?.target_directory.join("peers");
    for program in ["time", "counts"] {
        let costs = run(program, &target)?;
        if json {
            print_pairs(&costs)?;
        } else {
            print_tables(&costs);
        }
    }
    Ok(())
}

fn run(program: &str, target: &Path) -> Result<Vec<Cost>> {
    let lines = cargo()
        .args(["run", "--quiet", "--release", "--locked", "--manifest-path", MANIFEST])
        .args(["--bin", program, "--target-dir"])
        .arg(target)
        .read()?;
    let costs = serde_json::Deserializer::from_slice(&lines).into_iter().collect::<Result<_, _>>();
    costs.with_context(|| format!("{program} of {MANIFEST} has printed something else"))
}

/// How what is ours is called, if it is ours.
fn ours(who: &str) -> Option<&'static str> {
    OURS.iter().find(|(name, _)| *name == who).map(|(_, told)| *told)
}

/// A line for each of ours beside each peer of the same work.
fn print_pairs(costs: &[Cost]) -> Result<()> {
    for our in costs {
        let Some(told) = ours(&our.who) else { continue };
        let work = format!("{told}: {}", our.work);
        for their in costs.iter().filter(|it| it.work == our.work && ours(&it.who).is_none()) {
            let report = Report {
                group: "cache",
                work: &work,
                peer: &their.who,
                ours: round(our.cost, 2),
                theirs: round(their.cost, 2),
                unit: &our.unit,
                // Of nothing there is no multiple.
                ratio: (our.cost > 0.0).then(|| round(their.cost / our.cost, 2)),
            };
            println!("{}", serde_json::to_string(&report)?);
        }
    }
    Ok(())
}

/// A table for each work: each cost, and how many times ours it is.
fn print_tables(costs: &[Cost]) {
    for table in costs.chunk_by(|one, other| one.work == other.work) {
        let unit = &table[0].unit;
        let mine: Vec<_> = table.iter().filter(|cost| ours(&cost.who).is_some()).collect();
        print!("\n{:<40} {unit:>12}", table[0].work);
        for our in &mine {
            print!(" {:>11}", format!("/ {}", our.who));
        }
        println!();
        for Cost { who, cost, .. } in table {
            print!("  {:<38} {cost:>12.1}", ours(who).unwrap_or(who));
            for our in &mine {
                print!(" {:>11.2}", cost / our.cost);
            }
            println!();
        }
    }
}
