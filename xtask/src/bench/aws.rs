//! Cold reads from AWS: ours, boto3, s1crets and AWS's own caching crate, on one LocalStack.

use std::path::{Path, PathBuf};
use std::process::{Command, id};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::counter::Counter;
use super::{Report, emit, round};
use crate::command::{CommandExt, cargo};
use crate::integration::{LocalStack, forget_account};
use crate::metadata::Metadata;
use crate::tools;

const MANIFEST: &str = "xtask/peers/aws/Cargo.toml";
const REQUIREMENTS: &str = "xtask/interop/s1crets-0.0.12.txt";
const BOTO3: &str = "boto3 1.44.8";
const S1CRETS: &str = "s1crets 0.0.12";
const CACHING: &str = "aws_secretsmanager_caching 2.1.0";

const SECRETS: usize = 200;

/// Odd, so that the median is one of the runs.
const ROUNDS: usize = 5;

/// What each program prints, in milliseconds.
#[derive(Clone, Copy, Deserialize)]
struct Run {
    found: usize,
    cpu: f64,
    wall: f64,
}

pub(super) fn bench(json: bool) -> Result<()> {
    let programs = Programs::build()?;
    let localstack = LocalStack::given_or_started()?;
    eprintln!("    on {localstack}");
    let store = Store::fill(&programs, &localstack)?;

    let costs = store.race(SECRETS - 1, &["get"], &store.names(""), |program| match program {
        0 => Some(("", programs.ours("aws-sm"))),
        1 => Some((BOTO3, programs.python(&["boto3", "sm"]))),
        2 => Some((S1CRETS, programs.python(&["s1crets", "sm"]))),
        3 => Some((CACHING, Command::new(&programs.caching))),
        _ => None,
    })?;
    report("one more cold secret", "ms CPU", &costs, |run| run.cpu, json)?;
    report("one more cold secret, median latency", "ms", &costs, |run| run.wall, json)?;

    let costs = store.race(SECRETS - 1, &["get"], &store.names("/"), |program| match program {
        0 => Some(("", programs.ours("aws-ps"))),
        1 => Some((BOTO3, programs.python(&["boto3", "ps"]))),
        _ => None,
    })?;
    report("one more cold parameter", "ms CPU", &costs, |run| run.cpu, json)?;
    report("one more cold parameter, median latency", "ms", &costs, |run| run.wall, json)?;

    let below = [format!("{}/", store.prefix)];
    let by_path = |program| match program {
        0 => Some(("", programs.ours("aws-sm"))),
        1 => Some((S1CRETS, programs.python(&["s1crets", "sm"]))),
        _ => None,
    };
    let costs = store.race(SECRETS, &["path"], &below, by_path)?;
    report("200 secrets by path", "ms CPU", &costs, |run| run.cpu, json)?;
    report("200 secrets by path, wall time", "ms", &costs, |run| run.wall, json)?;
    let calls = store.calls(&below[0], by_path)?;
    report("200 secrets by path, calls", "calls", &calls, |calls| *calls, json)
}
