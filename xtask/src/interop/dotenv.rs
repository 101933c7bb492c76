//! Exports as dotenv: python-dotenv, bash and sh read back what we have written, or we refuse it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use tempfile::TempDir;

use super::Checks;
use crate::command::CommandExt;
use crate::expect;
use crate::originals::PythonDotenv;
use crate::program::Program;

/// The one whose parser is the simpler one of many years, and the one of today.
const VERSIONS: [&str; 2] = ["1.0.1", "1.2.4"];

const VALUES: usize = 2000;

/// What means something to one of the readers, and a few that mean nothing.
const CHARS: &str = "'\"\\$`{}()!#=:;&|<>*?~-%'\"\\ \t\n\r\u{1}\u{7f}\u{9b}aA0_nuxé🔒";

type Values = BTreeMap<String, String>;

pub(super) fn check(checks: &mut Checks, program: &Program) -> Result<()> {
    let world = World::new(program)?;
    let name = format!("{VALUES} random values as dotenv: most are written, each refused by name");
    let seed = checks.seed;
    let mut written = Values::new();
    checks.check(&name, || {
        written = world.written(Rng::with_seed(seed))?;
        ensure!(written.len() > VALUES / 2, "{} values are refused", VALUES - written.len());
        Ok(())
    });
    for version in VERSIONS {
        let python = PythonDotenv::install(version)?;
        checks.check(&format!("python-dotenv {version} reads each of them"), || {
            expect::equal("values", &python.values(&world.file)?, &written)
        });
    }
    for shell in ["bash", "sh"] {
        checks.check(&format!("{shell} reads each of them"), || {
            expect::equal("values", &by_shell(shell, &world.file)?, &written)
        });
    }
    Ok(())
}

struct World<'a> {
    program: &'a Program,
    folder: TempDir,
    file: PathBuf,
}

impl<'a> World<'a> {
    fn new(program: &'a Program) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("file.env");
        Ok(Self { program, folder, file })
    }

    /// Makes the file, without the values that the program refuses.
    fn written(&self, mut random: Rng) -> Result<Values> {
        let mut values: Values =
            (0..VALUES).map(|at| (format!("V{at}"), value(&mut random))).collect();
        self.vault().arg("create").read()?;
        let json = serde_json::to_vec(&values)?;
        self.vault().args(["import", "--as", "json"]).feed(&json)?;
        let export = ["export", "--as", "dotenv"];
        let refusal = self.vault().args(export).output()?;
        ensure!(refusal.status.code() == Some(2), "exit code {:?}", refusal.status.code());
        ensure!(refusal.stdout.is_empty(), "something is printed beside the refusal");
        let lines = String::from_utf8(refusal.stderr)?;
        let refused: BTreeSet<_> =
            lines.lines().filter_map(|line| line.split(": ").nth(1)).collect();
        values.retain(|name, _| !refused.contains(name.as_str()));
        fs::write(&self.file, self.vault().args(export).args(values.keys()).read()?)?;
        Ok(values)
    }

    fn vault(&self) -> Command {
        let folder = self.folder.path();
        self.program.vault(&folder.join("vault.json"), &folder.join("vault.key"))
    }
}

fn value(random: &mut Rng) -> String {
    let chars: Vec<_> = CHARS.chars().collect();
    (0..random.usize(..8)).filter_map(|_| random.choice(chars.iter())).collect()
}

fn by_shell(shell: &str, file: &Path) -> Result<Values> {
    let script = "set -a; . \"$0\"; exec env -0";
    let mut command = Command::new(shell);
    let path = std::env::var_os("PATH").context("PATH")?;
    command.args(["-c", script]).arg(file).env_clear().env("PATH", path);
    let all = String::from_utf8(command.read()?)?;
    let pairs = all.split('\0').filter_map(|it| it.split_once('='));
    let ours = pairs.filter(|(name, _)| name.starts_with('V'));
    Ok(ours.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}
