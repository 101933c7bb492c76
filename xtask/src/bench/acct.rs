//! acct files: the program beside Python acct, and Fernet beside two other makers of it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::measure::Contest;
use super::{Report, Sink};
use crate::command::{CommandExt, cargo};
use crate::metadata::Metadata;
use crate::originals::Acct;
use crate::program::Program;

const MANIFEST: &str = "xtask/peers/acct/Cargo.toml";

/// Documents that the tests have too.
const SOURCES: [(&str, &str); 2] = [
    ("decrypt the readme's file", "readme.yml"),
    ("decrypt 1,000 profiles", "large_1000_profiles.yml"),
];

/// What the programs of Fernet print.
#[derive(Debug, Deserialize)]
struct Cost {
    work: String,
    who: String,
    cost: f64,
}

pub(super) fn bench(sink: Sink<'_>) -> Result<()> {
    let (program, theirs) = (Program::build()?, Acct::install("8.6.2")?);
    files(&program, &theirs, sink)?;
    fernet(&theirs, sink)
}

/// Both print YAML, which is the default of both.
fn files(program: &Program, theirs: &Acct, sink: Sink<'_>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let peer = format!("acct {}", theirs.version);
    for (work, source) in SOURCES {
        let source = Path::new("crates/omnisecret-acct/tests/data/src").join(source);
        let (sealed, key_file) = (folder.path().join("sealed"), folder.path().join("key"));
        let mut encrypt = program.acct();
        encrypt.arg("encrypt").arg(source).arg("--output-file").arg(&sealed);
        encrypt.arg("--key-file").arg(&key_file).read()?;
        let key = fs::read_to_string(&key_file)?;
        let ours = || {
            let mut command = program.acct();
            command.arg("decrypt").arg(&sealed).arg("--key-file").arg(&key_file);
            command
        };
        let original = || theirs.decrypt_command(&sealed, &key, "fernet");
        // A fast wrong answer is no answer.
        ensure!(ours().read()? == original()?.read()?, "{work}: two answers");
        let original = || original().unwrap_or_else(|_| Command::new("false"));
        let costs = Contest { ours: &ours, theirs: &original }.measure()?;
        sink(Report::new("acct", work, &peer, costs, "ms CPU"))?;
    }
    Ok(())
}

/// In process, because the start of a program is not what is asked about.
fn fernet(theirs: &Acct, sink: Sink<'_>) -> Result<()> {
    let target = Metadata::load()?.target_directory.join("peers");
    let lines = cargo()
        .args(["run", "--quiet", "--release", "--locked", "--manifest-path", MANIFEST])
        .arg("--target-dir")
        .arg(target)
        .read()?;
    let bare = costs(&lines)?;
    let python = costs(&theirs.fernet_bench()?)?;
    for (work, name) in [("seal", "Fernet, seal 10 MiB"), ("open", "Fernet, open 10 MiB")] {
        let of = |costs: &[Cost], who: &str| {
            let found = costs.iter().find(|cost| cost.work == work && cost.who == who);
            found.map(|cost| cost.cost).context("a cost that was not measured")
        };
        let ours = of(&bare, "ours")?;
        for (peer, theirs) in [
            ("cryptography 50.0.2", of(&python, "theirs")?),
            ("fernet 0.2.2", of(&bare, "theirs")?),
        ] {
            sink(Report::new("acct", name, peer, (ours, theirs), "ms CPU"))?;
        }
    }
    Ok(())
}

fn costs(lines: &[u8]) -> Result<Vec<Cost>> {
    let costs = serde_json::Deserializer::from_slice(lines).into_iter();
    costs.collect::<Result<_, _>>().context("something else was printed")
}
