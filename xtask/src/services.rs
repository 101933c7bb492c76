//! `cargo xtask services`: starts what the ignored tests need, and runs them.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::command::{CommandExt, cargo};

/// The test targets that have tests for a service, by package.
const TARGETS: &[(&str, &str)] =
    &[("omnisecret-cache-redis", "redis"), ("omnisecret-tests", "services")];

pub(crate) fn run() -> Result<()> {
    require_redis()?;
    let redis = Redis::start()?;
    for (package, target) in TARGETS {
        cargo()
            .args(["test", "--package", package, "--all-features", "--test", target])
            .args(["--", "--ignored", "--nocapture"])
            .env("OMNISECRET_TEST_REDIS_URL", redis.url())
            .run()?;
    }
    Ok(())
}

/// Installs Debian's package where it is missing and may be installed.
fn require_redis() -> Result<()> {
    if is_there("redis-server") {
        return Ok(());
    }
    if !is_there("apt-get") {
        bail!("no redis-server: install Redis or Valkey's `redis-server`");
    }
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").run()
    };
    let install = || -> Result<()> {
        apt(&["update", "--quiet"])?;
        apt(&["install", "--quiet", "--yes", "--no-install-recommends", "redis-server"])
    };
    install().context("no redis-server: install it as root with `apt-get install redis-server`")
}

fn is_there(program: &str) -> bool {
    let mut version = Command::new(program);
    version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    version.status().is_ok_and(|status| status.success())
}

/// A server on a free port of this machine, which keeps nothing and is gone when this drops.
struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    fn start() -> Result<Self> {
        // Free a moment later too, as a rule: the system hands ports out in turn.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
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
