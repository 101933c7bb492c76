//! Our own program at its command line, as a user would run it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{CommandExt, cargo};
use crate::metadata::Metadata;

pub(super) struct Program {
    binary: PathBuf,
}

/// The program over one configuration file.
pub(super) struct Configured<'a> {
    program: &'a Program,
    config: &'a Path,
    provider: &'a str,
}

impl Program {
    /// Built from this workspace.
    pub(super) fn build() -> Result<Self> {
        let workspace = Metadata::load()?;
        workspace.require("omnisecret-cli")?;
        cargo()
            .args(["build", "--release", "--package", "omnisecret-cli", "--features", "full"])
            .run()?;
        Ok(Self::new(workspace.target_directory.join("release/omnisecret")))
    }

    pub(super) fn new(binary: PathBuf) -> Self {
        Self { binary }
    }

    pub(super) fn over<'a>(&'a self, config: &'a Path, provider: &'a str) -> Configured<'a> {
        Configured { program: self, config, provider }
    }
}

impl Configured<'_> {
    /// The exact bytes, which is what a pipe gets.
    pub(super) fn get(&self, path: &str) -> Result<Vec<u8>> {
        self.command("get", &[]).arg("--").args([self.provider, path]).read()
    }

    /// The paths as they are: the text form escapes what a terminal might act on.
    pub(super) fn list(&self) -> Result<Vec<String>> {
        let json = self.command("list", &["--format", "json"]).arg(self.provider).read()?;
        serde_json::from_slice(&json).context("list --format json is not an array of strings")
    }

    /// Replaces a secret that is there.
    pub(super) fn update(&self, path: &str, value: &[u8]) -> Result<()> {
        self.write(path, value, &[])
    }

    /// Writes a secret that may not be there yet.
    pub(super) fn create(&self, path: &str, value: &[u8]) -> Result<()> {
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

/// Takes out what the user's own environment would configure, in our program and in the originals.
pub(super) fn forget_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let ours =
            |prefix: &str| AsRef::<OsStr>::as_ref(&name).to_string_lossy().starts_with(prefix);
        if ours("OMNISECRET_") || ours("ACCT_") || ours("POP_") {
            command.env_remove(&name);
        }
    }
}
