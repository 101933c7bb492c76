//! Vaults of 10,000 secrets by key file, and of one by password: our program and ssclient, and our
//! crate and `securestore` in one process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::Value;

use super::measure::Contest;
use super::{Report, Sink};
use crate::command::{CommandExt, cargo};
use crate::expect;
use crate::metadata::Metadata;
use crate::originals::Ssclient;
use crate::program::{self, Program};

const SECRETS: usize = 10_000;
const PASSWORD: &str = "a long enough password";
const VALUE: &str = "a value of exactly 32 bytes here";

/// The library of ssclient, in a workspace of its own.
const PEERS: &str = "xtask/peers/vault/Cargo.toml";
const LIBRARY: &str = "securestore 0.100.3";

/// What the program of both libraries prints.
#[derive(Debug, Deserialize)]
struct Costs {
    work: String,
    ours: f64,
    theirs: f64,
}

pub(super) fn bench(sink: Sink<'_>) -> Result<()> {
    let program = Program::build()?;
    let ssclient = Ssclient::install()?;
    let folder = tempfile::tempdir()?;
    let at = |name| folder.path().join(name);
    let (vault, key, config) = (at("vault.json"), at("vault.key"), at("omnisecret.toml"));
    let key_name = key.to_str().context("a temporary folder whose name is not UTF-8")?;
    let unlock = ["-k", key_name];
    ssclient.create(&vault, &unlock, &[])?;
    ssclient.set(&vault, &unlock, "seed", VALUE)?;
    multiply(&vault)?;
    let settings = [("path", vault.as_os_str()), ("key_file", key.as_os_str())];
    program::configure(&config, "securestore", &settings)?;
    let configured = program.over(&config, "securestore");

    let (middle, new_value) = (name(SECRETS / 2), at("value"));
    fs::write(&new_value, "a value of exactly 32 bytes more")?;
    let with = |args: &[&str]| {
        let mut command = program.vault(&vault, &key);
        command.args(args);
        command
    };
    let get = || with(&["get", &middle]);
    let set = || {
        let mut command = with(&["set", &middle, "--from-file"]);
        command.arg(&new_value);
        command
    };
    // A fast wrong answer is no answer.
    expect::bytes("ours", &get().read()?, VALUE.as_bytes())?;
    expect::bytes("ours, configured", &configured.get(&middle).read()?, VALUE.as_bytes())?;
    expect::bytes("ssclient", &ssclient.get(&vault, &unlock, &middle)?, VALUE.as_bytes())?;
    let names = with(&["list"]).read()?;
    ensure!(names.split(|byte| *byte == b'\n').count() == SECRETS + 1, "not {SECRETS} names");

    let theirs_get = || ssclient.get_command(&vault, &unlock, &middle);
    let theirs_all = || ssclient.get_all_command(&vault, &unlock);
    let theirs_set = || ssclient.set_command(&vault, &unlock, &middle);
    let by_password = Password::new(folder.path(), &ssclient)?;
    let peer = format!("ssclient {}", Ssclient::VERSION);
    let works: [(&str, Run<'_>, Run<'_>); 6] = [
        ("start, to print the version", &|| program.version(), &|| {
            let mut command = ssclient.command();
            command.arg("--version");
            command
        }),
        ("get one of 10,000, key file", &get, &theirs_get),
        ("get one of 10,000, configured", &|| configured.get(&middle), &theirs_get),
        ("list 10,000", &|| with(&["list"]), &theirs_all),
        ("set one in 10,000, key file", &set, &theirs_set),
        ("open with a password", &|| by_password.ours(&program), &|| {
            ssclient.get_command(&by_password.vault, &["-p", PASSWORD], "seed")
        }),
    ];
    for (work, ours, theirs) in works {
        let costs = Contest { ours, theirs }.measure()?;
        sink(Report::new("vault", work, &peer, costs, "ms CPU"))?;
    }
    for Costs { work, ours, theirs } in in_process(&vault, &key, &middle, &by_password.vault)? {
        sink(Report::new("vault", &work, LIBRARY, (ours, theirs), "ms CPU"))?;
    }
    Ok(())
}

/// Without the start of a process, which is most of what a small work takes.
fn in_process(vault: &Path, key: &Path, name: &str, by_password: &Path) -> Result<Vec<Costs>> {
    let target = Metadata::load()?.target_directory.join("peers");
    let lines = cargo()
        .args(["run", "--quiet", "--release", "--locked", "--manifest-path", PEERS])
        .arg("--target-dir")
        .arg(target)
        .arg("--")
        .args([vault, key])
        .arg(name)
        .arg(by_password)
        .arg(PASSWORD)
        .read()?;
    let costs = serde_json::Deserializer::from_slice(&lines).into_iter().collect::<Result<_, _>>();
    costs.with_context(|| format!("{PEERS} has printed something else"))
}

type Run<'a> = &'a dyn Fn() -> Command;

/// A vault of one secret that a password opens.
struct Password {
    vault: PathBuf,
    file: PathBuf,
}

impl Password {
    fn new(folder: &Path, ssclient: &Ssclient) -> Result<Self> {
        let made = Self { vault: folder.join("password.json"), file: folder.join("password") };
        fs::write(&made.file, PASSWORD)?;
        ssclient.create(&made.vault, &["-p", PASSWORD], &[])?;
        ssclient.set(&made.vault, &["-p", PASSWORD], "seed", VALUE)?;
        Ok(made)
    }

    fn ours(&self, program: &Program) -> Command {
        let mut command = program.vault_by_password(&self.vault, &self.file);
        command.args(["get", "seed"]);
        command
    }
}

/// Repeats the one entry under 10,000 names, in ssclient's layout. Names are not part of what the
/// format authenticates, so each opens; setting them one by one would take hours.
fn multiply(vault: &Path) -> Result<()> {
    let text = fs::read_to_string(vault)?;
    let parsed: Value = serde_json::from_str(&text)?;
    let field = |name: &str| format!("      {name:?}: {}", parsed["secrets"]["seed"][name]);
    let entry = ["iv", "hmac", "payload"].map(field).join(",\n");
    let secrets: Vec<_> =
        (0..SECRETS).map(|n| format!("    {:?}: {{\n{entry}\n    }}", name(n))).collect();
    let (head, _) = text.split_once("  \"secrets\"").context("a vault without secrets")?;
    fs::write(vault, format!("{head}  \"secrets\": {{\n{}\n  }}\n}}", secrets.join(",\n")))?;
    Ok(())
}

fn name(n: usize) -> String {
    format!("service:{n:05}:password")
}
