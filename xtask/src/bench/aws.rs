//! Cold reads from AWS: ours, boto3, s1crets and AWS's own caching crate, on one LocalStack.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, id};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::counter::Counter;
use super::{Report, Sink};
use crate::command::{CommandExt, cargo};
use crate::integration::{LocalStack, forget_account};
use crate::metadata::Metadata;
use crate::tools;

const REQUIREMENTS: &str = "xtask/interop/s1crets-0.0.12.txt";
const MANIFEST: &str = "xtask/peers/aws/Cargo.toml";
const BOTO3: &str = "boto3 1.44.8";
const S1CRETS: &str = "s1crets 0.0.12";
const CACHING: &str = "aws_secretsmanager_caching 2.1.0";

const SECRETS: usize = 200;

/// Odd, so that the median is one of them; the one before them warms up and does not count.
const ROUNDS: usize = 5;

pub(super) fn bench(sink: Sink<'_>) -> Result<()> {
    let python = python()?;
    let [aws_sm, aws_ps] = ours()?;
    let boto3 = |service| Side::python(BOTO3, &python, &["aws_cold.py", "boto3", service]);
    let s1crets = Side::python(S1CRETS, &python, &["aws_cold.py", "s1crets", "sm"]);
    let secrets = [aws_sm, boto3("sm"), s1crets, caching()?];
    let parameters = [aws_ps, boto3("ps")];
    let by_path = [secrets[0].clone(), secrets[2].clone()];

    let localstack = LocalStack::given_or_started()?;
    eprintln!("    on {localstack}");
    let store = Store::fill(&localstack, &python)?;
    let prefix = format!("{}/", store.prefix);

    let runs = store.race(&secrets, "get", &store.names(""), SECRETS - 1)?;
    report("one more cold secret", "ms CPU", &runs, |run| run.cpu, sink)?;
    report("one more cold secret, median latency", "ms", &runs, |run| run.wall, sink)?;

    let runs = store.race(&parameters, "get", &store.names("/"), SECRETS - 1)?;
    report("one more cold parameter", "ms CPU", &runs, |run| run.cpu, sink)?;
    report("one more cold parameter, median latency", "ms", &runs, |run| run.wall, sink)?;

    let runs = store.race(&by_path, "path", std::slice::from_ref(&prefix), SECRETS)?;
    report("200 secrets by path", "ms CPU", &runs, |run| run.cpu, sink)?;
    report("200 secrets by path, wall time", "ms", &runs, |run| run.wall, sink)?;
    let calls = store.calls(&by_path, &prefix)?;
    report("calls for 200 secrets by path", "calls", &calls, |calls| *calls, sink)
}

/// The bin folder of an environment with both Python packages.
fn python() -> Result<PathBuf> {
    tools::venv(&tools::python(), "s1crets-0.0.12", Path::new(REQUIREMENTS))
}

/// The examples of the two crates. One build for each: features unify within one, and who uses one
/// of the crates has not the other's.
fn ours() -> Result<[Side; 2]> {
    let example = Metadata::load()?.target_directory.join("release/examples/cold");
    let build = |package: &str| -> Result<Side> {
        cargo()
            .args(["build", "--quiet", "--release", "--package", package, "--example", "cold"])
            .run()?;
        // Both are called the same, and Cargo puts one over the other.
        let kept = example.with_file_name(format!("cold-{package}"));
        std::fs::copy(&example, &kept).context("cannot keep an example")?;
        Ok(Side::new("ours", kept))
    };
    Ok([build("omnisecret-aws-sm")?, build("omnisecret-aws-ps")?])
}

fn caching() -> Result<Side> {
    let target = Metadata::load()?.target_directory.join("peers");
    cargo()
        .args(["build", "--quiet", "--release", "--locked", "--manifest-path", MANIFEST])
        .arg("--target-dir")
        .arg(&target)
        .run()?;
    Ok(Side::new(CACHING, target.join("release/omnisecret-aws-peers")))
}

/// One of those that are compared: its name, and the words that its command begins with.
#[derive(Clone)]
struct Side {
    who: &'static str,
    words: Vec<OsString>,
}

impl Side {
    fn new(who: &'static str, program: PathBuf) -> Self {
        Self { who, words: vec![program.into()] }
    }

    fn python(who: &'static str, bin: &Path, words: &[&str]) -> Self {
        let script = Path::new("xtask/interop").join(words[0]);
        let words = words[1..].iter().map(OsString::from);
        Self {
            who,
            words: [bin.join("python").into(), script.into()].into_iter().chain(words).collect(),
        }
    }

    fn command(&self, endpoint: &str) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]);
        forget_account(&mut command);
        // No file of the user's, and no machine's own keys.
        command
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ENDPOINT_URL", endpoint);
        command
    }
}

/// What each program prints, in milliseconds.
#[derive(Clone, Copy, Deserialize)]
struct Run {
    found: usize,
    cpu: f64,
    wall: f64,
}

/// A LocalStack with as many secrets and parameters below a prefix of this run's own, which are
/// removed when this drops.
struct Store {
    endpoint: String,
    prefix: String,
    filler: Side,
}

impl Store {
    fn fill(localstack: &LocalStack, python: &Path) -> Result<Self> {
        let store = Self {
            endpoint: localstack.endpoint(),
            prefix: format!("omnisecret-bench-{}", id()),
            filler: Side::python(BOTO3, python, &["aws_fill.py"]),
        };
        store.filler("make").run()?;
        Ok(store)
    }

    fn filler(&self, what: &str) -> Command {
        let mut command = self.filler.command(&self.endpoint);
        command.args([what, &self.prefix, &SECRETS.to_string()]);
        command
    }

    fn names(&self, before: &str) -> Vec<String> {
        (0..SECRETS).map(|number| format!("{before}{}/{number:03}", self.prefix)).collect()
    }

    /// Runs all sides in turns, so that all have the same weather.
    fn race(
        &self,
        sides: &[Side],
        mode: &str,
        paths: &[String],
        found: usize,
    ) -> Result<Costs<Run>> {
        let mut costs: Costs<Run> = sides.iter().map(|side| (side.who, Vec::new())).collect();
        for round in 0..=ROUNDS {
            for (side, (who, runs)) in sides.iter().zip(&mut costs) {
                let answer = side.command(&self.endpoint).arg(mode).args(paths).read()?;
                let run: Run = serde_json::from_slice(&answer)?;
                ensure!(run.found == found, "{who} has found {} of {found}", run.found);
                if round > 0 {
                    runs.push(run);
                }
            }
        }
        Ok(costs)
    }

    /// How many calls each makes for what is below a prefix.
    fn calls(&self, sides: &[Side], prefix: &str) -> Result<Costs<f64>> {
        let counter = Counter::start(&self.endpoint)?;
        let count = |side: &Side| -> Result<_> {
            side.command(&counter.endpoint()).args(["path", prefix]).read()?;
            Ok((side.who, vec![counter.take() as f64]))
        };
        sides.iter().map(count).collect()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Err(error) = self.filler("remove").run() {
            eprintln!("    cannot remove what is below {}: {error}", self.prefix);
        }
    }
}

/// What each side took, ours first.
type Costs<T> = Vec<(&'static str, Vec<T>)>;

/// The medians of one cost, ours beside each of the others.
fn report<T>(
    work: &str,
    unit: &str,
    costs: &Costs<T>,
    cost: fn(&T) -> f64,
    sink: Sink<'_>,
) -> Result<()> {
    let median = |runs: &[T]| {
        let mut values: Vec<_> = runs.iter().map(cost).collect();
        values.sort_unstable_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let ours = median(&costs[0].1);
    for (peer, runs) in &costs[1..] {
        let theirs = median(runs);
        sink(Report::new("aws", work, peer, (ours, theirs), unit))?;
    }
    Ok(())
}
