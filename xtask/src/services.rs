//! `cargo xtask services`: starts what the ignored tests need, and runs them.

mod postgres;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::command::{CommandExt, cargo};
use postgres::Postgres;

/// The test targets that have tests for a service, by package.
const TARGETS: &[(&str, &str)] = &[
    ("omnisecret-akeyless", "postgres"),
    ("omnisecret-cache-redis", "redis"),
    ("omnisecret-tests", "services"),
];

pub(crate) fn run() -> Result<()> {
    require_programs()?;
    let redis = Redis::start()?;
    let postgres = Postgres::start()?;
    for (package, target) in TARGETS {
        cargo()
            .args(["test", "--package", package, "--all-features", "--test", target])
            .args(["--", "--ignored"])
            .env("OMNISECRET_TEST_REDIS_URL", redis.url())
            .env("OMNISECRET_TEST_POSTGRES", postgres.address())
            .run()?;
    }
    Ok(())
}

/// Programs of the tests, each in Debian's package of the same name: the server, and what makes a
/// certificate for it.
const PROGRAMS: [&str; 2] = ["redis-server", "openssl"];

/// Installs what is missing, where it may be installed.
fn require_programs() -> Result<()> {
    let mut missing: Vec<_> = PROGRAMS.into_iter().filter(|program| !is_there(program)).collect();
    if Postgres::programs().is_none() {
        // Debian keeps its programs out of the path.
        missing.push("postgresql");
    }
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !is_there("apt-get") {
        bail!("install first: {names}");
    }
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").run()
    };
    let install = || -> Result<()> {
        apt(&["update", "--quiet"])?;
        let options = ["install", "--quiet", "--yes", "--no-install-recommends"];
        apt(&[&options[..], &missing].concat())
    };
    install().with_context(|| format!("install as root first: apt-get install {names}"))
}

fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Free a moment later too, as a rule: the system hands ports out in turn.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A server on a free port of this machine, which keeps nothing and is gone when this drops.
struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    fn start() -> Result<Self> {
        let port = free_port()?;
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--port"])
            .arg(port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("cannot start redis-server")?;
        let redis = Self { child, port };
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if start.elapsed() > Duration::from_secs(10) {
                bail!("redis-server does not come up on port {port}");
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(redis)
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may have ended by itself, which is just as well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
