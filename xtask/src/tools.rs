//! Programs that the steps need, installed at exact versions below `target/tools`.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{CommandExt, cargo};
use crate::metadata::Metadata;

/// Installs a program from its crate, with its own lock file, and gives its path.
///
/// Cargo itself sees that this version with these features is there already.
pub(crate) fn cargo_install(name: &str, version: &str, features: &[&str]) -> Result<PathBuf> {
    let root = folder()?;
    let mut install = cargo();
    install
        .args(["install", "--quiet", "--locked", name, "--version", version, "--root"])
        .arg(&root);
    if !features.is_empty() {
        install.args(["--no-default-features", "--features", &features.join(",")]);
    }
    install.run()?;
    Ok(root.join("bin").join(name))
}

/// Makes a virtual environment of this Python with exactly what `requirements` lists, and gives its
/// `bin`.
pub(crate) fn venv(python: &OsStr, name: &str, requirements: &Path) -> Result<PathBuf> {
    let python = || Command::new(python);
    let home = folder()?.join(name);
    let bin = home.join("bin");
    let wanted = fs::read(requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    // Written last, so an installation that was cut short is made again.
    let stamp = home.join("installed.txt");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(bin);
    }
    if home.exists() {
        fs::remove_dir_all(&home).with_context(|| format!("cannot remove {}", home.display()))?;
    }
    let install = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"];
    if python().args(["-m", "venv"]).arg(&home).run().is_ok() {
        Command::new(bin.join("python"))
            .args(["-m", "pip"])
            .args(install)
            .arg(requirements)
            .run()?;
    } else {
        println!("    no ensurepip in this Python: filling the environment with its own pip");
        python().args(["-m", "venv", "--clear", "--without-pip"]).arg(&home).run()?;
        python()
            .args(["-m", "pip", "--python"])
            .arg(bin.join("python"))
            .args(install)
            .arg(requirements)
            .run()
            .context("no way to make a virtual environment: install python3-venv or python3-pip")?;
    }
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(bin)
}

/// The Python that the user names, else the system's.
pub(crate) fn python() -> OsString {
    std::env::var_os("PYTHON").unwrap_or_else(|| OsString::from("python3"))
}

fn folder() -> Result<PathBuf> {
    Ok(Metadata::load()?.target_directory.join("tools"))
}
