//! Creating credentials, 200 at once: our producer, and the Python package on gunicorn.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::{Report, Sink};
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
    /// What the server took of the processors, in seconds.
    #[serde(default)]
    server: f64,
}

/// One figure of a run.
type Cost = fn(Run) -> f64;

pub(super) fn bench(sink: Sink<'_>) -> Result<()> {
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
        let before = server.processor_time()?;
        let run: Run = serde_json::from_slice(&command.read()?)?;
        Ok(Run { server: server.processor_time()? - before, ..run })
    };
    let mut runs = Vec::new();
    let mut memory = 0;
    for round in 0..=ROUNDS {
        let pair = (drive(&ours)?, drive(&theirs)?);
        if round > 0 {
            runs.push(pair);
        }
        // An allocator takes a while to have all that it needs.
        if round < 2 {
            memory = ours.memory()?;
        }
    }
    let grown = ours.memory()?.saturating_sub(memory);
    ensure!(grown < 4096, "our server has grown by {grown} KiB");
    eprintln!("    memory of our server: {memory} KiB, and {grown} KiB more at the end");

    let peer = "clear-skies-akeyless-custom-producer 2.0.11 on gunicorn";
    let per_request = |run: Run| run.seconds * 1000.0 / REQUESTS as f64;
    let works: [(&str, &str, Cost); 4] = [
        ("create, server", "ms CPU", |run| run.server * 1000.0 / REQUESTS as f64),
        ("create, 200 at once, with the load", "ms", per_request),
        ("create, 200 at once, median", "ms", |run| run.p50),
        ("create, 200 at once, 99th percentile", "ms", |run| run.p99),
    ];
    for (work, unit, cost) in works {
        let median = |costs: Vec<f64>| {
            let mut costs = costs;
            costs.sort_unstable_by(f64::total_cmp);
            costs[costs.len() / 2]
        };
        let ours = median(runs.iter().map(|(ours, _)| cost(*ours)).collect());
        let theirs = median(runs.iter().map(|(_, theirs)| cost(*theirs)).collect());
        sink(Report::new("akeyless", work, peer, (ours, theirs), unit))?;
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

    /// What it and its workers have taken of the processors, in seconds.
    fn processor_time(&self) -> Result<f64> {
        let id = self.child.id().to_string();
        let mut ticks = 0;
        for entry in fs::read_dir("/proc").context("processor time is read on Linux alone")? {
            let Ok(stat) = fs::read_to_string(entry?.path().join("stat")) else { continue };
            // The name, which may hold anything, is in brackets.
            let Some((head, rest)) = stat.rsplit_once(") ") else { continue };
            let fields: Vec<_> = rest.split(' ').collect();
            if head.split(' ').next() != Some(&id) && fields.get(1) != Some(&&*id) {
                continue;
            }
            let of = |n: usize| fields.get(n).and_then(|ticks| ticks.parse::<u64>().ok());
            ticks += of(11).zip(of(12)).map_or(0, |(user, system)| user + system);
        }
        // Linux tells them in hundredths of a second, whatever its clock does.
        Ok(ticks as f64 / 100.0)
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
