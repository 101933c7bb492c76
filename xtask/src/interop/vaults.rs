//! Random vaults written by each side and read by the other, and the damaged ones of our tests.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail, ensure};
use fastrand::Rng;
use serde_json::Value;

use super::Checks;
use crate::command::CommandExt;
use crate::expect;
use crate::originals::{PythonSecurestore, Ssclient};
use crate::program::Program;

/// Of each writer.
const VAULTS: usize = 200;

const NEGATIVE: &str = "crates/omnisecret-securestore/tests/data/negative";

type Secrets = BTreeMap<String, Value>;

pub(super) fn check(
    checks: &mut Checks,
    program: &Program,
    ssclient: &Ssclient,
    python: &PythonSecurestore,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let key = folder.path().join("key");
    program.vault(&folder.path().join("first.json"), &key).arg("create").read()?;
    let sides = Sides { program, ssclient, python, key, folder: folder.path() };
    let mut random = Rng::with_seed(checks.seed);
    checks.check(&format!("{VAULTS} random vaults by us: ssclient reads them"), || {
        (0..VAULTS).try_for_each(|at| sides.ours(&format!("ours-{at}"), &secrets(&mut random, 25)))
    });
    checks.check(&format!("{VAULTS} random vaults by ssclient: we read them"), || {
        (0..VAULTS).try_for_each(|at| sides.theirs(&format!("t-{at}"), &secrets(&mut random, 6)))
    });
    checks.check("damaged vaults: no panic, and no value that ssclient does not read", || {
        sides.damaged()
    });
    checks.check("our --compat: ssclient's exit codes", || sides.exit_codes());
    Ok(())
}

struct Sides<'a> {
    program: &'a Program,
    ssclient: &'a Ssclient,
    python: &'a PythonSecurestore,
    key: PathBuf,
    folder: &'a Path,
}

impl Sides<'_> {
    /// Written by us: ssclient reads each value, the bytes are laid out as its own, and stay the
    /// same when it sets and deletes a name.
    fn ours(&self, name: &str, secrets: &Secrets) -> Result<()> {
        let vault = self.folder.join(name);
        let ours = || self.program.vault(&vault, &self.key);
        ours().arg("create").read()?;
        ours().args(["import", "--as", "json"]).feed(&serde_json::to_vec(secrets)?)?;
        let all = self.ssclient.get_all_command(&vault, &self.unlock()?).read()?;
        expect::equal(name, &map(&all)?, secrets)?;
        expect::bytes(name, &ours().args(["export", "--as", "json"]).read()?, &all)?;
        let found = fs::read(&vault)?;
        expect::bytes(name, &found, &self.python.layout(&vault)?)?;
        self.ssclient.set(&vault, &self.unlock()?, "passing", "by")?;
        self.ssclient.delete(&vault, &self.unlock()?, "passing")?;
        expect::bytes(name, &fs::read(&vault)?, &found)
    }

    /// Written by ssclient, which takes text alone.
    fn theirs(&self, name: &str, secrets: &Secrets) -> Result<()> {
        let vault = self.folder.join(name);
        let unlock = self.unlock()?;
        self.ssclient.create(&vault, &unlock, &[])?;
        let text = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.into()));
        let secrets: Secrets = secrets.iter().filter_map(text).collect();
        for (name, value) in &secrets {
            let value = value.as_str().context("text")?;
            self.ssclient.set(&vault, &unlock, name, value)?;
        }
        let all = self.program.vault(&vault, &self.key).args(["export", "--as", "json"]).read()?;
        expect::equal(name, &map(&all)?, &secrets)?;
        let before = fs::read(&vault)?;
        let json = serde_json::to_vec(&secrets)?;
        self.program.vault(&vault, &self.key).args(["import", "--as", "json"]).feed(&json)?;
        expect::bytes(name, &fs::read(&vault)?, &before)
    }

    fn damaged(&self) -> Result<()> {
        let key = Path::new(NEGATIVE).join("base.key");
        let mut read = 0;
        for entry in fs::read_dir(NEGATIVE)? {
            let vault = entry?.path();
            if vault.extension() != Some(OsStr::new("json")) {
                continue;
            }
            let ours = run(self.program.vault(&vault, &key).args(["export", "--as", "json"]))?;
            let key_name = key.to_str().context("a name that is not UTF-8")?;
            let theirs = run(&mut self.ssclient.get_all_command(&vault, &["-k", key_name]))?;
            let name = vault.display().to_string();
            match ours.status.code() {
                Some(0) if theirs.status.success() => {
                    expect::equal(&name, &map(&ours.stdout)?, &map(&theirs.stdout)?)?;
                    read += 1;
                }
                // Versions 1 and 2, which ssclient refuses.
                Some(0) if is_older(&vault)? => {}
                Some(2 | 6 | 7) if !theirs.status.success() => {}
                code => bail!("{name}: ours {code:?}, ssclient {:?}", theirs.status.code()),
            }
        }
        ensure!(read > 10, "only {read} of the vaults are readable");
        Ok(())
    }

    fn exit_codes(&self) -> Result<()> {
        let vault = self.folder.join("codes.json");
        self.ssclient.create(&vault, &self.unlock()?, &[])?;
        let [store, key] = [&vault, &self.key].map(|path| path.to_str());
        let (store, key) = (store.context("UTF-8")?, key.context("UTF-8")?);
        for args in [
            &["-s", store, "-k", key, "get", "missing"][..],
            &["-s", store, "-k", key, "delete", "missing"],
            &["-s", store, "-k", key, "get"],
            &["-s", store, "-k", key, "get", "-a"],
            &["-s", store, "-k", key, "set", "a", "b"],
            &["-s", store, "get", "a", "-k", key],
            &["-s", store, "-k", key, "-p", "x", "get", "a"],
            &["-s", store, "get", "a", "-p"],
            &["-s", store, "get", "a", "-p", "wrong"],
            &["-s", store, "get", "a"],
            &["-s", store, "get", "a", "-k", "/nowhere/key"],
            &["-s", "/nowhere/vault.json", "-k", key, "get", "a"],
            &["-k", key, "create", store],
            &["-s", store, "-k", key, "export-key", key],
            &["-s", store, "-k", key, "frobnicate"],
            &["--help"],
            &["--version"],
            &[],
        ] {
            let ours = run(self.program.compat().args(args))?.status.code();
            let theirs = run(self.ssclient.command().args(args))?.status.code();
            expect::equal(&format!("{args:?}"), &ours, &theirs)?;
        }
        Ok(())
    }

    fn unlock(&self) -> Result<[&str; 2]> {
        Ok(["-k", self.key.to_str().context("a temporary folder whose name is not UTF-8")?])
    }
}

fn run(command: &mut Command) -> Result<Output> {
    Ok(command.stdin(Stdio::null()).output()?)
}

fn is_older(vault: &Path) -> Result<bool> {
    let vault: Value = serde_json::from_slice(&fs::read(vault)?)?;
    Ok(vault["VaultVersion"] == 1 || vault["version"] == 2)
}

/// What ssclient's array of pairs holds.
fn map(json: &[u8]) -> Result<Secrets> {
    let pairs: Vec<Value> = serde_json::from_slice(json)?;
    let pair = |pair: &Value| Some((pair["key"].as_str()?.to_owned(), pair["value"].clone()));
    pairs.iter().map(pair).collect::<Option<_>>().context("pairs of key and value")
}

/// Up to so many, of any characters; some are bytes that are no text.
fn secrets(random: &mut Rng, at_most: usize) -> Secrets {
    let count = random.usize(0..=at_most);
    (0..count).map(|_| (text(random, 20), value(random))).collect()
}

fn value(random: &mut Rng) -> Value {
    if random.u8(0..8) > 0 {
        return text(random, 200).into();
    }
    // Never UTF-8, which would come back as text.
    let bytes = (0..random.usize(0..50)).map(|_| random.u8(..));
    std::iter::once(0xff).chain(bytes).collect::<Vec<_>>().into()
}

/// Without NUL, which no command line can hold.
fn text(random: &mut Rng, at_most: usize) -> String {
    const PARTS: [&str; 8] = ["\"", "\\", "\n", "\u{1f}", "/", "é", "e\u{301}", "🔑"];
    let length = random.usize(0..=at_most);
    let mut text = String::new();
    for _ in 0..length {
        match random.u8(0..4) {
            0 => text.push_str(PARTS[random.usize(0..PARTS.len())]),
            1 => text.push(random.char('\u{1}'..='\u{10ffff}')),
            _ => text.push(random.char(' '..='~')),
        }
    }
    text
}
