//! A PostgreSQL server on a free port, with a superuser who has a password.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use nix::unistd::Uid;
use tempfile::TempDir;

use super::free_port;
use crate::command::CommandExt;

const PASSWORD: &str = "of-the-superuser";

/// Gone when this drops, with its data.
pub(super) struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
}

impl Postgres {
    /// Where the programs of the newest version are, if there is one.
    pub(super) fn programs() -> Option<PathBuf> {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
        let folders = versions.map(|version| version.path());
        folders
            .filter(|folder| folder.join("bin/initdb").is_file())
            .max_by_key(|folder| folder.file_name()?.to_str()?.parse::<u32>().ok())
            .map(|folder| folder.join("bin"))
    }

    pub(super) fn start() -> Result<Self> {
        let programs = Self::programs().context("no PostgreSQL in /usr/lib/postgresql")?;
        let postgres = Self { programs, folder: tempfile::tempdir()?, port: free_port()? };
        let folder = postgres.folder.path();
        let password = folder.join("password");
        fs::write(&password, PASSWORD)?;
        if Uid::effective().is_root() {
            // It refuses to run as root.
            Command::new("chown").args(["-R", "postgres"]).arg(folder).run()?;
        }
        let mut initdb = postgres.command("initdb");
        initdb.args(["--username=postgres", "--auth=scram-sha-256", "--no-sync", "--pwfile"]);
        initdb.arg(password).read().context("initdb")?;
        let options = format!("-h 127.0.0.1 -p {} -k {}", postgres.port, folder.display());
        let mut start = postgres.command("pg_ctl");
        start.args(["--silent", "--wait", "--options", &options, "--log"]);
        start.arg(folder.join("log")).arg("start").run()?;
        Ok(postgres)
    }

    /// `HOST PORT USER PASSWORD`, by blanks.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1 {} postgres {PASSWORD}", self.port)
    }

    /// A program over the server's data, as somebody whom it lets run it.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if Uid::effective().is_root() {
            let mut runuser = Command::new("runuser");
            runuser.args(["-u", "postgres", "--"]).arg(program);
            runuser
        } else {
            Command::new(program)
        };
        command.arg("--pgdata").arg(self.data()).current_dir(self.folder.path());
        command
    }

    fn data(&self) -> PathBuf {
        Path::new(self.folder.path()).join("data")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // It may have ended by itself, which is just as well.
        drop(self.command("pg_ctl").args(["--mode=immediate", "--silent", "stop"]).read());
    }
}
