//! Cached reads: ours beside other caches, in one program of a workspace of its own.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{Report, Sink};
use crate::command::{CommandExt, cargo};
use crate::metadata::Metadata;

const MANIFEST: &str = "xtask/peers/Cargo.toml";

const LOOKUP: &str = "lookup";

/// The names that the programs give what is ours, and how each is told of in a work.
const OURS: [(&str, &str); 3] =
    [(LOOKUP, LOOKUP), ("facade", "get of the facade"), ("watch", "current of a watch")];

/// What the programs print.
#[derive(Debug, Deserialize)]
struct Cost {
    work: String,
    who: String,
    cost: f64,
    unit: String,
}

pub(super) fn bench(sink: Sink<'_>) -> Result<()> {
    let target = Metadata::load()?.target_directory.join("peers");
    for program in ["time", "counts"] {
        pair(&run(program, &target)?, sink)?;
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

/// What is ours beside each peer of the same work. What is not the lookup itself is of interest
/// beside the first peer alone.
fn pair(costs: &[Cost], sink: Sink<'_>) -> Result<()> {
    for our in costs {
        let Some(told) = ours(&our.who) else { continue };
        let work = format!("{told}: {}", our.work);
        let peers = costs.iter().filter(|it| it.work == our.work && ours(&it.who).is_none());
        let at_most = if told == LOOKUP { usize::MAX } else { 1 };
        for their in peers.take(at_most) {
            let pair = (our.cost, their.cost);
            sink(Report::new("cache", &work, &their.who, pair, &our.unit))?;
        }
    }
    Ok(())
}
