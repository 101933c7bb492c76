//! `cargo xtask bench`: ours beside a peer in the same run, over the same work.

mod acct;
mod akeyless;
mod aliyun;
mod aws;
mod cache;
mod chart;
mod counter;
mod machine;
mod measure;
mod page;
mod report;
mod vault;

use anyhow::Result;
use clap::ValueEnum;

use machine::Machine;
use report::{Report, figure};

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

/// Takes each pair of costs as it is measured.
type Sink<'a> = &'a mut dyn FnMut(Report) -> Result<()>;

/// Measures, prints each pair, and writes the tables and charts of the groups that were measured.
pub(crate) fn run(groups: &[Group], json: bool, writes: bool) -> Result<()> {
    let groups = if groups.is_empty() { Group::value_variants() } else { groups };
    for group in groups {
        let before = Machine::look();
        let mut reports = Vec::new();
        group.measure(&mut |report| {
            print(&report, json)?;
            reports.push(report);
            Ok(())
        })?;
        if writes {
            page::write(*group, &before, &reports)?;
        }
    }
    Ok(())
}

impl Group {
    fn measure(self, sink: Sink<'_>) -> Result<()> {
        match self {
            Self::Acct => acct::bench(sink),
            Self::Akeyless => akeyless::bench(sink),
            Self::Aliyun => aliyun::bench(sink),
            Self::Aws => aws::bench(sink),
            Self::Cache => cache::bench(sink),
            Self::Vault => vault::bench(sink),
        }
    }

    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// The name of a work is fixed: figures of different days are compared by it.
fn print(report: &Report, json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string(report)?);
        return Ok(());
    }
    let Report { group, work, peer, unit, .. } = report;
    let (ours, theirs) = (figure(report.ours), figure(report.theirs));
    let ratio = report.ratio.map_or_else(|| "none".to_owned(), figure);
    println!("{group}: {work}: ours {ours}, {peer} {theirs} {unit}, ratio {ratio}");
    Ok(())
}
