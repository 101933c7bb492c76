//! Vaults of 10,000 secrets: our program and ssclient, which both open them by key file.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::measure::Contest;
use crate::command::CommandExt;
use crate::expect;
use crate::originals::Ssclient;
use crate::program::{self, Program};

const SECRETS: usize = 10_000;
const VALUE: &str = "a value of exactly 32 bytes here";

pub(super) fn bench(mut report: impl FnMut(&Contest<'_>) -> Result<()>) -> Result<()> {
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
    let ours = program.over(&config, "securestore");

    let middle = name(SECRETS / 2);
    // A fast wrong answer is no answer.
    expect::bytes("ours", &ours.get(&middle).read()?, VALUE.as_bytes())?;
    expect::bytes("ssclient", &ssclient.get(&vault, &unlock, &middle)?, VALUE.as_bytes())?;
    ensure!(ours.paths()?.len() == SECRETS, "our list does not have {SECRETS} names");

    let peer = format!("ssclient {}", Ssclient::VERSION);
    report(&Contest {
        group: "vault",
        work: "get one of 10,000, key file",
        peer: &peer,
        ours: &|| ours.get(&middle),
        theirs: &|| ssclient.get_command(&vault, &unlock, &middle),
    })?;
    report(&Contest {
        group: "vault",
        work: "list 10,000",
        peer: &peer,
        ours: &|| ours.list(),
        theirs: &|| ssclient.get_all_command(&vault, &unlock),
    })
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
