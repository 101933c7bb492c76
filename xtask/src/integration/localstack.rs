//! A LocalStack: the user's own, one in docker, or one in a virtual environment.

use std::fmt;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::{ENDPOINT, http, python};
use crate::tools;

/// The last version that needs no token.
const IMAGE: &str = "localstack/localstack:4.14.0";

const SERVICES: &str = "ssm,secretsmanager,sts,kms,iam";

/// A cold start takes 15 seconds of two cores that do nothing else.
const START: Duration = Duration::from_secs(180);

/// As much of a log as a person reads.
const LOG_LINES: usize = 40;

pub(crate) struct LocalStack {
    address: String,
    how: &'static str,
    started: Option<Started>,
}

/// What was started, and is stopped when this drops: see `guard.sh`.
struct Started {
    guard: Child,
    /// The service's own files, and its log.
    home: TempDir,
}

impl LocalStack {
    /// The user's own, where the environment names one.
    pub(crate) fn given_or_started() -> Result<Self> {
        match std::env::var(ENDPOINT).ok().filter(|endpoint| !endpoint.is_empty()) {
            Some(endpoint) => Self::at(&endpoint),
            None => Self::start(),
        }
    }

    /// The one at this endpoint, which is somebody else's to stop.
    fn at(endpoint: &str) -> Result<Self> {
        let address = endpoint.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        let Some(address) = address.filter(|address| !address.contains('/')) else {
            bail!("{ENDPOINT} is {endpoint:?}, not like http://127.0.0.1:4566");
        };
        let localstack = Self { address: address.to_owned(), how: "the given one", started: None };
        localstack.warm_up().with_context(|| format!("no LocalStack answers at {endpoint}"))?;
        Ok(localstack)
    }

    /// In docker, where there is one, else in a virtual environment.
    fn start() -> Result<Self> {
        // Free a moment later too, as a rule: the system hands ports out in turn. LocalStack
        // itself does not say that its port is taken.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let home = tempfile::tempdir()?;
        let (how, container, command) = if has_docker() {
            let container = format!("omnisecret-localstack-{port}");
            let command = in_docker(&container, port);
            ("docker", container, command)
        } else {
            ("a virtual environment", String::new(), in_host_mode(home.path(), port)?)
        };
        let guard = spawn(&container, &command, home.path())?;
        let started = Started { guard, home };
        let mut localstack =
            Self { address: format!("127.0.0.1:{port}"), how, started: Some(started) };
        localstack.wait()?;
        Ok(localstack)
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    fn wait(&mut self) -> Result<()> {
        let start = Instant::now();
        loop {
            if self.is_ready() {
                return self.warm_up();
            }
            let Some(started) = &mut self.started else { bail!("nothing was started") };
            let ended = started.guard.try_wait()?;
            if ended.is_some() || start.elapsed() > START {
                let what = match ended {
                    Some(status) => format!("ended with {status}"),
                    None => format!("is not ready after {} seconds", START.as_secs()),
                };
                bail!("LocalStack in {} {what}; its log ends:\n{}", self.how, started.log());
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn is_ready(&self) -> bool {
        http::get(&self.address, "/_localstack/init/ready")
            .is_ok_and(|answer| answer.contains(r#""completed": true"#))
    }

    /// The first call makes it load what it needs, which is slower than a test allows.
    fn warm_up(&self) -> Result<()> {
        let answer = http::get_caller_identity(&self.address)?;
        if !answer.contains("<Account>") {
            bail!("{} answers, and not as STS does", self.endpoint());
        }
        Ok(())
    }
}

impl fmt::Display for LocalStack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalStack at {} ({})", self.endpoint(), self.how)
    }
}

impl Started {
    fn log(&self) -> String {
        let text = fs::read_to_string(self.home.path().join("log")).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // The end of its input: it stops the service, then itself.
        drop(self.guard.stdin.take());
        drop(self.guard.wait());
    }
}

/// Under the guard, whose input ends when this program does, by ctrl-c too.
fn spawn(container: &str, command: &Command, home: &Path) -> Result<Child> {
    let log = File::create(home.join("log"))?;
    let mut guard = Command::new("sh");
    guard.arg("xtask/integration/guard.sh").arg(container).arg(command.get_program());
    guard.args(command.get_args());
    guard.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log).process_group(0);
    guard.spawn().context("cannot start a shell")
}

/// Whether there is a docker that is of use: the program alone is not.
fn has_docker() -> bool {
    let mut docker = Command::new("docker");
    docker.args(["version", "--format", "{{.Server.Version}}"]);
    docker.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    docker.status().is_ok_and(|status| status.success())
}

fn in_docker(container: &str, port: u16) -> Command {
    let mut docker = Command::new("docker");
    docker.args(["run", "--rm", "--name", container, "--publish"]);
    docker.arg(format!("127.0.0.1:{port}:4566"));
    docker.args(["--env", &format!("SERVICES={SERVICES}")]);
    docker.args(["--env", "EAGER_SERVICE_LOADING=1", "--env", "DISABLE_EVENTS=1", IMAGE]);
    docker
}

/// What keeps it to this machine and to its own folder: it looks at neither the user's settings
/// nor the network.
fn in_host_mode(home: &Path, port: u16) -> Result<Command> {
    let requirements = Path::new("xtask/integration/localstack-requirements.txt");
    let bin = tools::venv(&python::find()?, "localstack", requirements)?;
    let root = home.join("root");
    fs::create_dir(&root)?;
    let set = |name: &str, value: &dyn fmt::Display| format!("{name}={value}");
    let mut env = Command::new("env");
    env.arg("-i")
        .arg(set("PATH", &format_args!("{}:/usr/bin:/bin", bin.display())))
        .arg(set("HOME", &home.display()))
        .arg("LANG=C.UTF-8")
        // Without it, it writes to system folders where it takes the machine for a container.
        .arg("OVERRIDE_IN_DOCKER=0")
        .arg(set("FILESYSTEM_ROOT", &root.display()))
        // In the form of IPv6: it takes the plain one for all addresses of the machine.
        .arg(set("GATEWAY_LISTEN", &format_args!("[::ffff:127.0.0.1]:{port}")))
        .arg(set("SERVICES", &SERVICES))
        .args(["EAGER_SERVICE_LOADING=1", "DISABLE_EVENTS=1"])
        .args(["SKIP_SSL_CERT_DOWNLOAD=1", "DNS_ADDRESS=0", "PYTHONUNBUFFERED=1"])
        .arg(bin.join("python"))
        .args(["-m", "localstack.runtime.main"]);
    Ok(env)
}
