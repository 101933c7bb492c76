//! Creating credentials, 200 at once: our producer, and the Python package on gunicorn.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::{Report, emit, round};
use crate::command::{CommandExt, cargo};
use crate::metadata::Metadata;
use crate::tools;

const REQUESTS: usize = 10_000;
const AT_ONCE: usize = 200;

/// Odd, so that the median is one of them; the first warms up and does not count.
const ROUNDS: usize = 5;

/// What one run of the load says.
#[derive(Clone, Copy, Deserialize)]
struct Run {
    seconds: f64,
    p50: f64,
    p99: f64,
}

pub(super) fn bench(json: bool) -> Result<()> {
    let load = build()?;
    let requirements = Path::new("xtask/interop/akeyless-2.0.11.txt");
    let python = tools::venv(&tools::python(), "akeyless-2.0.11", requirements)?;
    let ours = Server::start(|port| {
        let mut command = Command::new(&load);
        command.arg("serve").arg(port.to_string());
        command
    })?;
    let theirs = Server::start(|port| {
        // A process for each processor, and threads for all who ask at once.
        let workers = thread::available_parallelism().map_or(2, usize::from);
        let threads = AT_ONCE.div_ceil(workers);
        let mut command = Command::new(python.join("gunicorn"));
        command
            .args(["akeyless_app:app", "--chdir", "xtask/interop", "--log-level", "error"])
            .args(["--worker-class", "gthread", "--backlog", "1024", "--keep-alive", "30"])
            .arg(format!("--workers={workers}"))
            .arg(format!("--threads={threads}"))
            .arg(format!("--bind=127.0.0.1:{port}"));
        command
    })?;
    let drive = |server: &Server| -> Result<Run> {
        let mut command = Command::new(&load);
        command.args(["drive", &server.port.to_string()]);
        command.args([REQUESTS, AT_ONCE].map(|number| number.to_string()));
        Ok(serde_json::from_slice(&command.read()?)?)
    };
    let mut runs = Vec::new();
    let mut memory = 0;
    for round in 0..=ROUNDS {
        let pair = (drive(&ours)?, drive(&theirs)?);
        if round == 0 {
            memory = ours.memory()?;
        } else {
            runs.push(pair);
        }
    }
    let grown = ours.memory()?.saturating_sub(memory);
    ensure!(grown < 4096, "our server has grown by {grown} KiB in {ROUNDS} rounds");
    eprintln!("    memory of our server: {memory} KiB, and {grown} KiB more after {ROUNDS} rounds");

    let peer = "clear-skies-akeyless-custom-producer 2.0.11 on gunicorn";
    let per_request = |run: Run| run.seconds * 1000.0 / REQUESTS as f64;
    type Cost = fn(Run) -> f64;
    let works: [(&str, Cost); 3] = [
        ("create, 200 at once, per request", per_request),
        ("create, 200 at once, median", |run| run.p50),
        ("create, 200 at once, 99th percentile", |run| run.p99),
    ];
    for (work, cost) in works {
        let median = |costs: Vec<f64>| {
            let mut costs = costs;
            costs.sort_unstable_by(f64::total_cmp);
            costs[costs.len() / 2]
        };
        let ours = median(runs.iter().map(|(ours, _)| cost(*ours)).collect());
        let theirs = median(runs.iter().map(|(_, theirs)| cost(*theirs)).collect());
        let ratio = Some(round(theirs / ours, 1));
        let (ours, theirs) = (round(ours, 3), round(theirs, 3));
        emit(&Report { group: "akeyless", work, peer, ours, theirs, unit: "ms", ratio }, json)?;
    }
    Ok(())
}

fn build() -> Result<PathBuf> {
    cargo()
        .args(["build", "--quiet", "--release", "--package", "omnisecret-akeyless"])
        .args(["--example", "load"])
        .run()?;
    Ok(Metadata::load()?.target_directory.join("release/examples/load"))
}

/// A server on a free port, which ends when this drops.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(command: impl FnOnce(u16) -> Command) -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut command = command(port);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let server = Self { child: child.context("cannot start a server")?, port };
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if start.elapsed() > Duration::from_secs(20) {
                bail!("a server does not come up on port {port}");
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// What it has in memory, in KiB.
    fn memory(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .context("the memory of a process is read on Linux alone")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let size = line.and_then(|line| line.trim().split(' ').next()?.parse().ok());
        size.context("no VmRSS in the status of a process")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // gunicorn ends its workers when it is asked to end, and not when it is killed.
        drop(Command::new("kill").arg(self.child.id().to_string()).status());
        drop(self.child.wait());
    }
}
