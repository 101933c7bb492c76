//! `cargo xtask bench`: ours beside a peer in the same run, over the same work.

mod acct;
mod akeyless;
mod aliyun;
mod aws;
mod cache;
mod counter;
mod measure;
mod vault;

use anyhow::Result;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Group {
    /// acct files, beside Python acct and other makers of Fernet
    Acct,
    /// A producer under load, beside the Python package on gunicorn
    Akeyless,
    /// Cached reads, beside other caches
    Cache,
    /// SecureStore vaults, beside ssclient and its library
    Vault,
    /// Cold reads from Alibaba Cloud KMS, beside the official Python client
    Aliyun,
    /// Cold reads from AWS, beside boto3, s1crets and AWS's own caching crate
    Aws,
}

/// A work and what it takes of each, in milliseconds of CPU.
#[derive(Debug, Deserialize)]
struct Costs {
    work: String,
    ours: f64,
    theirs: f64,
}

/// A pair of costs: lower is better, and a ratio above 1 says that ours is lower.
#[derive(Debug, Serialize)]
struct Report<'a> {
    group: &'a str,
    work: &'a str,
    peer: &'a str,
    ours: f64,
    theirs: f64,
    unit: &'a str,
    /// None where ours is nothing.
    ratio: Option<f64>,
}

pub(crate) fn run(groups: &[Group], json: bool) -> Result<()> {
    let groups = if groups.is_empty() { Group::value_variants() } else { groups };
    for group in groups {
        match group {
            Group::Acct => acct::bench(|peer, costs| print("acct", peer, costs, json))?,
            Group::Akeyless => akeyless::bench(json)?,
            Group::Cache => cache::bench(json)?,
            Group::Aliyun => aliyun::bench(json)?,
            Group::Aws => aws::bench(json)?,
            Group::Vault => vault::bench(|peer, costs| print("vault", peer, costs, json))?,
        }
    }
    Ok(())
}

/// The name of a work is fixed: figures of different days are compared by it.
fn print(group: &str, peer: &str, costs: &Costs, json: bool) -> Result<()> {
    let Costs { work, ours, theirs } = costs;
    let ratio = Some(round(theirs / ours, 1));
    let (ours, theirs) = (round(*ours, 2), round(*theirs, 2));
    emit(&Report { group, work, peer, ours, theirs, unit: "ms CPU", ratio }, json)
}

fn emit(report: &Report<'_>, json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string(report)?);
    } else {
        let Report { group, work, peer, ours, theirs, unit, ratio } = report;
        let ratio = ratio.map_or_else(|| "none".to_owned(), |ratio| format!("{ratio:.1}"));
        println!("{group}: {work}: ours {ours:.2}, {peer} {theirs:.2} {unit}, ratio {ratio}");
    }
    Ok(())
}

fn round(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}
