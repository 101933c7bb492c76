//! The example `transcript-server`, one process for each mode, asked over a plain connection.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::transcript::Transcript;

/// What came back, and what was called for it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
    pub(crate) calls: Vec<Value>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn called(&self) -> Vec<&str> {
        self.calls.iter().filter_map(|call| call["callable"].as_str()).collect()
    }
}

/// Servers by group, mode and, where the mode takes one, case.
pub(crate) struct Servers {
    validator: String,
    running: HashMap<(String, String, String), Server>,
}

struct Server {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Servers {
    pub(crate) fn new(validator: String) -> Self {
        Self { validator, running: HashMap::new() }
    }

    pub(crate) fn answer(&mut self, transcript: &Transcript) -> Answer {
        let takes_case = ["callable_raises", "callable_returns", "akeyless_auth"];
        let has_case = takes_case.contains(&&*transcript.mode);
        let case = if has_case { &*transcript.name } else { "" };
        let request = &transcript.request;
        let asked = (&*request.method, &*request.path, &request.headers, request.body());
        self.server(&transcript.group, &transcript.mode, case).ask(asked)
    }

    pub(crate) fn post(&mut self, group: &str, mode: &str, path: &str, body: &str) -> Answer {
        let body = Some(body.as_bytes().to_vec());
        self.server(group, mode, "").ask(("POST", path, &json!({}), body))
    }

    fn server(&mut self, group: &str, mode: &str, case: &str) -> &Server {
        let key = (group.to_owned(), mode.to_owned(), case.to_owned());
        if !self.running.contains_key(&key) && !case.is_empty() {
            // A case has a server for itself: one at a time is enough.
            self.running.retain(|(_, _, case), _| case.is_empty());
        }
        let validator = &self.validator;
        self.running.entry(key).or_insert_with(|| Server::start(group, mode, case, validator))
    }
}

impl Server {
    fn start(group: &str, mode: &str, case: &str, validator: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = command(group, mode);
        command.arg("--calls").arg(folder.path().join("calls")).args(["--case", case]);
        if !validator.is_empty() && case != "validator_unreachable" {
            command.args(["--validator", validator]);
        }
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("the server starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("listening on 127.0.0.1:");
        let port = address.unwrap_or_else(|| panic!("{group} {mode} {case}: {line:?}"));
        Self { child, port: port.parse().expect("a port"), folder }
    }

    fn ask(&self, asked: (&str, &str, &Value, Option<Vec<u8>>)) -> Answer {
        let (method, path, headers, body) = asked;
        let calls = self.folder.path().join("calls");
        std::fs::write(&calls, "").expect("the file of calls");
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        for (name, value) in headers.as_object().into_iter().flatten() {
            head += &format!("{name}: {}\r\n", value.as_str().expect("a text"));
        }
        if let Some(body) = &body {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
        let request = [head.as_bytes(), b"\r\n", &*body.unwrap_or_default()].concat();
        stream.write_all(&request).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let calls = std::fs::read_to_string(calls).expect("the calls");
        Answer {
            status: status.expect("a status"),
            head: head.to_lowercase(),
            body: body.to_owned(),
            calls: calls.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect(),
        }
    }
}

/// How a mode that is not built ends, and what it says.
pub(crate) fn refusal(group: &str, mode: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let output = command(group, mode).arg("--calls").arg(folder.path().join("calls")).output();
    let output = output.expect("the server starts");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn command(group: &str, mode: &str) -> Command {
    let mut command = Command::new(program());
    command.args(["--group", group, "--mode", mode, "--port", "0"]);
    command
}

/// Built here: a single test target does not build examples.
fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "omnisecret-akeyless"])
            .args(["--example", "transcript-server"])
            .status();
        assert!(status.expect("cargo runs").success());
        let test = std::env::current_exe().expect("this program");
        let profile = test.ancestors().nth(2).expect("the folder of the profile");
        profile.join("examples/transcript-server")
    })
}
