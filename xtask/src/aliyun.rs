//! The fake of Alibaba Cloud, and the official clients, in environments of their own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::command::CommandExt;
use crate::tools;

/// The fake, the scripts that drive the clients, and what both need installed.
const FILES: &str = "tests/peers/aliyun";

/// The fake, which is gone when this drops.
pub(crate) struct Fake {
    child: Child,
    pub(crate) http: String,
    pub(crate) https: String,
    pub(crate) ca: String,
    key_id: String,
    secret: String,
    _folder: TempDir,
}

#[derive(Deserialize)]
struct Started {
    http: String,
    https: String,
    ca: String,
    key_id: String,
    secret: String,
}

impl Fake {
    pub(crate) fn start() -> Result<Self> {
        let python = std::path::absolute(python("aliyun", "requirements.txt")?)?;
        let folder = tempfile::tempdir()?;
        let mut child = Command::new(python)
            .args(["-m", "fake"])
            .arg(folder.path())
            .current_dir(FILES)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            // It ends with this pipe, even if this program is killed.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the fake of Alibaba Cloud")?;
        let stdout = child.stdout.take().context("a piped stdout is there to be taken")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let started: Started =
            serde_json::from_str(&line).context("the fake of Alibaba Cloud does not come up")?;
        let Started { http, https, ca, key_id, secret } = started;
        Ok(Self { child, http, https, ca, key_id, secret, _folder: folder })
    }

    /// Sets the scene, or asks what was seen: `fake/control.py` has the orders.
    pub(crate) fn order(&self, command: &str, order: &Value) -> Result<Value> {
        let host = self.http.trim_start_matches("http://");
        let body = order.to_string();
        let mut stream = TcpStream::connect(host)?;
        write!(
            stream,
            "POST /fake/{command} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("half an answer of the fake")?;
        ensure!(head.starts_with("HTTP/1.1 200 "), "the fake refuses {command}: {answer}");
        Ok(serde_json::from_str(body)?)
    }

    /// What a client is given to read these secrets, and more.
    pub(crate) fn task(&self, names: &[&str], more: Value) -> Value {
        let mut task = json!({
            "endpoint": self.http, "key_id": self.key_id, "secret": self.secret, "names": names,
        });
        if let (Some(task), Value::Object(more)) = (task.as_object_mut(), more) {
            task.extend(more);
        }
        task
    }

    /// The environment that our own clients find its root key in.
    pub(crate) fn environment(&self) -> [(&'static str, &str); 2] {
        [
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", &self.key_id),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", &self.secret),
        ]
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        // It may have ended by itself, which is just as well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Alibaba's Python clients, of both generations.
pub(crate) struct OfficialClients {
    v1: PathBuf,
    v2: PathBuf,
}

impl OfficialClients {
    pub(crate) const V2: &str = "alibabacloud-secretsmanager-client-v2 2.0.0";

    pub(crate) fn install() -> Result<Self> {
        Ok(Self {
            v1: python("aliyun-v1", "requirements-v1.txt")?,
            v2: python("aliyun", "requirements.txt")?,
        })
    }

    /// What the client of the first generation answers.
    pub(crate) fn v1(&self, task: &Value) -> Result<Value> {
        answer(&self.v1, "v1.py", task)
    }

    /// What the client of the second generation answers.
    pub(crate) fn v2(&self, task: &Value) -> Result<Value> {
        answer(&self.v2, "v2.py", task)
    }

    /// The client of the second generation, on the task in this file.
    pub(crate) fn v2_command(&self, task: &Path) -> Command {
        let mut command = command(&self.v2, "v2.py");
        command.arg(task);
        command
    }
}

fn answer(python: &Path, script: &str, task: &Value) -> Result<Value> {
    let answer = command(python, script).feed(&serde_json::to_vec(task)?)?;
    Ok(serde_json::from_slice(&answer)?)
}

/// Without what the user's own environment would configure.
fn command(python: &Path, script: &str) -> Command {
    const SETTINGS: [&str; 5] =
        ["ALIBABA_CLOUD_", "ALIYUN_", "credentials_", "cache_client_", "client_key_"];
    let mut command = Command::new(python);
    command.arg(Path::new(FILES).join("clients").join(script));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if SETTINGS.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command
}

fn python(name: &str, requirements: &str) -> Result<PathBuf> {
    Ok(tools::venv(&tools::python(), name, &Path::new(FILES).join(requirements))?.join("python"))
}
