//! Our own program at its command line, as a user would run it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{CommandExt, cargo};
use crate::metadata::Metadata;

pub(crate) struct Program {
    binary: PathBuf,
}

/// The program over one configuration file.
pub(crate) struct Configured<'a> {
    program: &'a Program,
    config: &'a Path,
    provider: &'a str,
}

impl Program {
    /// Built from this workspace.
    pub(crate) fn build() -> Result<Self> {
        let workspace = Metadata::load()?;
        workspace.require("omnisecret-cli")?;
        // The one that the README builds. Who has the clouds built in waits minutes longer for it.
        cargo().args(["build", "--release", "--package", "omnisecret-cli"]).run()?;
        Ok(Self::new(workspace.target_directory.join("release/omnisecret")))
    }

    pub(crate) fn new(binary: PathBuf) -> Self {
        Self { binary }
    }

    /// `omnisecret vault` on this vault, which this key file opens.
    pub(crate) fn vault(&self, vault: &Path, key: &Path) -> Command {
        let mut command = Command::new(&self.binary);
        forget_settings(&mut command);
        command.args(["vault", "--store"]).arg(vault).arg("--key").arg(key);
        command
    }

    /// The same on a vault that a password opens.
    pub(crate) fn vault_by_password(&self, vault: &Path, password_file: &Path) -> Command {
        let mut command = Command::new(&self.binary);
        forget_settings(&mut command);
        command.args(["vault", "--store"]).arg(vault).arg("--password-file").arg(password_file);
        command
    }

    /// `omnisecret acct`.
    pub(crate) fn acct(&self) -> Command {
        let mut command = Command::new(&self.binary);
        forget_settings(&mut command);
        command.arg("acct");
        command
    }

    /// What does nothing but start and say its version.
    pub(crate) fn version(&self) -> Command {
        let mut command = Command::new(&self.binary);
        forget_settings(&mut command);
        command.arg("--version");
        command
    }

    /// The program under ssclient's command line.
    pub(crate) fn compat(&self) -> Command {
        let mut command = Command::new(&self.binary);
        forget_settings(&mut command);
        command.args(["vault", "--compat"]);
        command
    }

    pub(crate) fn over<'a>(&'a self, config: &'a Path, provider: &'a str) -> Configured<'a> {
        Configured { program: self, config, provider }
    }
}

impl Configured<'_> {
    /// Prints the exact bytes, which is what a pipe gets.
    pub(crate) fn get(&self, path: &str) -> Command {
        let mut command = self.command("get", &[]);
        command.arg("--").args([self.provider, path]);
        command
    }

    /// Prints the paths as they are: the text form escapes what a terminal might act on.
    pub(crate) fn list(&self) -> Command {
        let mut command = self.command("list", &["--format", "json"]);
        command.arg(self.provider);
        command
    }

    /// What [`list`](Self::list) prints, read.
    pub(crate) fn paths(&self) -> Result<Vec<String>> {
        let json = self.list().read()?;
        serde_json::from_slice(&json).context("list --format json is not an array of strings")
    }

    /// Replaces a secret that is there.
    pub(crate) fn update(&self, path: &str, value: &[u8]) -> Result<()> {
        self.write(path, value, &[])
    }

    /// Writes a secret that may not be there yet.
    pub(crate) fn create(&self, path: &str, value: &[u8]) -> Result<()> {
        self.write(path, value, &["--create"])
    }

    fn write(&self, path: &str, value: &[u8], options: &[&str]) -> Result<()> {
        let mut command = self.command("update", &[]);
        command.args(options).arg("--").args([self.provider, path]).feed(value).map(drop)
    }

    fn command(&self, subcommand: &str, globals: &[&str]) -> Command {
        let mut command = Command::new(&self.program.binary);
        forget_settings(&mut command);
        command.arg("--config").arg(self.config).args(globals).arg(subcommand);
        command
    }
}

/// Writes a configuration file with one provider: names and values of its settings.
pub(crate) fn configure(file: &Path, provider: &str, settings: &[(&str, &OsStr)]) -> Result<()> {
    let mut text = format!("[providers.{provider}]\n");
    for (name, value) in settings {
        let value = value.to_str().context("a setting that is not UTF-8")?;
        text.push_str(&format!("{name} = {value:?}\n"));
    }
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// Takes out what the user's own environment would configure, in our program and in the originals.
pub(crate) fn forget_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["OMNISECRET_", "ACCT_", "POP_"].iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
}
