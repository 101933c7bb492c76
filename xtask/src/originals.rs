//! The original tools, pinned, and how each is asked.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::command::CommandExt;
use crate::program::forget_settings;
use crate::tools;

/// The folder of requirements and of the scripts that ask the Python packages.
const FILES: &str = "xtask/interop";

/// The Rust client of SecureStore, built without OpenSSL.
pub(crate) struct Ssclient {
    binary: PathBuf,
}

impl Ssclient {
    pub(crate) const VERSION: &str = "2.0.1";

    pub(crate) fn install() -> Result<Self> {
        let binary = tools::cargo_install("ssclient", Self::VERSION, &["rustls"])?;
        Ok(Self { binary })
    }

    /// Makes a vault that is opened by `unlock`, which is `-k FILE` or `-p PASSWORD`.
    pub(crate) fn create(&self, vault: &Path, unlock: &[&str], options: &[&str]) -> Result<()> {
        let mut command = Command::new(&self.binary);
        command.arg("create").arg(vault).arg("--no-vcs").args(unlock).args(options);
        command.read().map(drop)
    }

    /// The value without the line feed that ssclient puts after it.
    pub(crate) fn get(&self, vault: &Path, unlock: &[&str], name: &str) -> Result<Vec<u8>> {
        let mut value = self.get_command(vault, unlock, name).read()?;
        value.pop_if(|last| *last == b'\n').context("ssclient printed no line")?;
        Ok(value)
    }

    pub(crate) fn get_command(&self, vault: &Path, unlock: &[&str], name: &str) -> Command {
        let mut command = self.over(vault, unlock);
        command.args(["get", "--", name]);
        command
    }

    /// The nearest to a list that ssclient has: all names, with their values.
    pub(crate) fn get_all_command(&self, vault: &Path, unlock: &[&str]) -> Command {
        let mut command = self.over(vault, unlock);
        command.args(["get", "--all", "--format", "json"]);
        command
    }

    pub(crate) fn set(&self, vault: &Path, unlock: &[&str], name: &str, value: &str) -> Result<()> {
        self.over(vault, unlock).args(["set", "--", name, value]).read().map(drop)
    }

    pub(crate) fn delete(&self, vault: &Path, unlock: &[&str], name: &str) -> Result<()> {
        self.over(vault, unlock).args(["delete", "--", name]).read().map(drop)
    }

    pub(crate) fn set_command(&self, vault: &Path, unlock: &[&str], name: &str) -> Command {
        let mut command = self.over(vault, unlock);
        command.args(["set", "--", name, "a value of exactly 32 bytes more"]);
        command
    }

    /// With a command line of the caller's.
    pub(crate) fn command(&self) -> Command {
        Command::new(&self.binary)
    }

    fn over(&self, vault: &Path, unlock: &[&str]) -> Command {
        let mut command = self.command();
        command.arg("--store").arg(vault).args(unlock);
        command
    }
}

/// The Python package securestore, which only reads.
pub(crate) struct PythonSecurestore {
    bin: PathBuf,
}

impl PythonSecurestore {
    pub(crate) fn install() -> Result<Self> {
        let bin = tools::venv(&tools::python(), "securestore", &file("securestore-0.1.2.txt"))?;
        Ok(Self { bin })
    }

    /// What it finds under each name, `null` where there is nothing.
    pub(crate) fn get<'a>(
        &self,
        vault: &Path,
        key: &Path,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, Option<String>>> {
        let names = serde_json::to_vec(&names.into_iter().collect::<Vec<_>>())?;
        let found = self.python("securestore_get.py").arg(vault).arg(key).feed(&names)?;
        Ok(serde_json::from_slice(&found)?)
    }

    /// The vault's content in ssclient's layout.
    pub(crate) fn layout(&self, vault: &Path) -> Result<Vec<u8>> {
        self.python("vault_layout.py").arg(vault).read()
    }

    fn python(&self, script: &str) -> Command {
        let mut command = Command::new(self.bin.join("python"));
        command.arg(file(script));
        command
    }
}

/// One version of the package that reads dotenv files in Python.
pub(crate) struct PythonDotenv {
    bin: PathBuf,
}

impl PythonDotenv {
    pub(crate) fn install(version: &str) -> Result<Self> {
        let name = format!("python-dotenv-{version}");
        let requirements = file(&format!("{name}.txt"));
        Ok(Self { bin: tools::venv(&tools::python(), &name, &requirements)? })
    }

    /// The variables of a file.
    pub(crate) fn values(&self, path: &Path) -> Result<BTreeMap<String, String>> {
        let mut command = Command::new(self.bin.join("python"));
        let json = command.arg(file("dotenv_values.py")).arg(path).read()?;
        Ok(serde_json::from_slice(&json)?)
    }
}

/// One version of the Python package acct.
pub(crate) struct Acct {
    pub(crate) version: &'static str,
    bin: PathBuf,
}

impl Acct {
    pub(crate) fn install(version: &'static str) -> Result<Self> {
        let bin = tools::venv(
            &tools::python(),
            &format!("acct-{version}"),
            &file(&format!("acct-{version}.txt")),
        )?;
        Ok(Self { version, bin })
    }

    pub(crate) fn knows(&self, plugin: &str) -> bool {
        plugin == "fernet" || !self.is_6()
    }

    /// Encrypts a YAML file into `FILE.PLUGIN` beside it; gives that path and the new key.
    pub(crate) fn encrypt(&self, yaml: &Path, plugin: &str) -> Result<(PathBuf, String)> {
        let mut command = self.command(yaml)?;
        if !self.is_6() {
            // Its default would also run the file through jinja.
            command.args(["--render-pipe", "yaml"]);
        }
        let key = command.args(["encrypt", "--crypto-plugin", plugin]).arg(yaml).read()?;
        let mut encrypted = yaml.as_os_str().to_owned();
        encrypted.push(format!(".{plugin}"));
        let key = String::from_utf8(key).context("a key that is not text")?;
        Ok((encrypted.into(), key.trim_end().to_owned()))
    }

    pub(crate) fn decrypt(&self, encrypted: &Path, key: &str, plugin: &str) -> Result<Value> {
        if !self.is_6() {
            return Ok(serde_json::from_slice(&self.print(encrypted, key, plugin)?)?);
        }
        // 6.1.2 ends with a KeyError on any `--output`; its default is YAML.
        let yaml = self.print(encrypted, key, plugin)?;
        let json =
            Command::new(self.bin.join("python")).arg(file("yaml_to_json.py")).feed(&yaml)?;
        Ok(serde_json::from_slice(&json)?)
    }

    /// What it prints of a file: JSON, or YAML where it knows no other form.
    pub(crate) fn print(&self, encrypted: &Path, key: &str, plugin: &str) -> Result<Vec<u8>> {
        let mut command = self.decrypt_command(encrypted, key, plugin)?;
        if !self.is_6() {
            command.args(["--output", "json"]);
        }
        command.read()
    }

    /// Prints YAML.
    pub(crate) fn decrypt_command(
        &self,
        encrypted: &Path,
        key: &str,
        plugin: &str,
    ) -> Result<Command> {
        let mut command = self.command(encrypted)?;
        // In the environment: a key that begins with "-" would be taken for an option.
        command.env("ACCT_KEY", key).arg("decrypt").arg(encrypted);
        command.args(["--crypto-plugin", plugin]);
        Ok(command)
    }

    /// What sealing and opening cost in the package that it stands on.
    pub(crate) fn fernet_bench(&self) -> Result<Vec<u8>> {
        Command::new(self.bin.join("python")).arg(file("fernet_bench.py")).read()
    }

    /// The packed content, in hex, that a dialect makes of each document; none where it refuses.
    pub(crate) fn pack(&self, dialect: &str, documents: &[String]) -> Result<Vec<Option<String>>> {
        self.ask("acct_pack.py", dialect.as_ref(), documents)
    }

    /// The content, in hex, of Fernet tokens that this key file opens.
    pub(crate) fn open(
        &self,
        key: &Path,
        tokens: &[Option<String>],
    ) -> Result<Vec<Option<String>>> {
        self.ask("fernet_open.py", key.as_os_str(), tokens)
    }

    /// Each packed content in each form that it prints.
    pub(crate) fn show(&self, packed: &[&String]) -> Result<Vec<BTreeMap<String, Option<String>>>> {
        self.ask("acct_show.py", "".as_ref(), packed)
    }

    fn ask<T: DeserializeOwned>(
        &self,
        script: &str,
        argument: &OsStr,
        input: &(impl Serialize + ?Sized),
    ) -> Result<T> {
        let mut python = Command::new(self.bin.join("python"));
        let answer = python.arg(file(script)).arg(argument).feed(&serde_json::to_vec(input)?)?;
        Ok(serde_json::from_slice(&answer)?)
    }

    fn is_6(&self) -> bool {
        self.version.starts_with("6.")
    }

    /// In the folder of the file, where acct also leaves its log.
    fn command(&self, at: &Path) -> Result<Command> {
        let mut command = Command::new(self.bin.join("acct"));
        forget_settings(&mut command);
        command.current_dir(at.parent().context("a file in a folder")?);
        Ok(command)
    }
}

fn file(name: &str) -> PathBuf {
    Path::new(FILES).join(name)
}
