//! `cargo xtask release`: what is published, and the files that go with it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::command::{CommandExt, cargo};
use crate::metadata::Metadata;
use crate::tools;

const SEMVER_CHECKS: (&str, &str) = ("cargo-semver-checks", "0.51.0");
const STATIC: &str = "x86_64-unknown-linux-musl";
const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

pub(crate) fn run(dry_run: bool) -> Result<()> {
    let changed = git(&["status", "--porcelain"])?;
    ensure!(changed.is_empty(), "commit first: a release is of what is committed\n{changed}");
    let metadata = Metadata::load()?;
    compare(&metadata)?;
    files(&metadata)?;
    publish(dry_run)
}

/// The public API beside that of the last tag before this commit, which may have the new one already.
fn compare(metadata: &Metadata) -> Result<()> {
    let Ok(tag) = git(&["describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^"]) else {
        println!("    no tag yet: there is no API to compare with");
        return Ok(());
    };
    let (name, version) = SEMVER_CHECKS;
    let mut check = Command::new(tools::cargo_install(name, version, &[])?);
    check.args(["semver-checks", "--baseline-rev", &tag]);
    for package in metadata.packages.iter().filter(|package| package.is_library()) {
        check.args(["--package", &package.name]);
    }
    check.run()
}

/// Manual pages, completions, and the program for a Linux of any kind.
fn files(metadata: &Metadata) -> Result<()> {
    let dist = metadata.target_directory.join("dist");
    // What an earlier version has left is not of this one.
    if dist.exists() {
        fs::remove_dir_all(&dist).with_context(|| format!("cannot empty {}", dist.display()))?;
    }
    let (man, completions) = (dist.join("man"), dist.join("completions"));
    for folder in [&man, &completions] {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let build =
        ["build", "--release", "--locked", "--package", "omnisecret-cli", "--features", "full"];
    cargo().args(build).run()?;
    let program = metadata.target_directory.join("release/omnisecret");
    Command::new(&program).arg("man").arg(&man).run()?;
    for shell in SHELLS {
        let script = Command::new(&program).args(["completions", shell]).read()?;
        fs::write(completions.join(format!("omnisecret.{shell}")), script)?;
    }
    if has_static_target()? {
        cargo().args(build).args(["--target", STATIC]).run()?;
        let built = metadata.target_directory.join(STATIC).join("release/omnisecret");
        copy(&built, &dist.join("omnisecret-static"))?;
    } else {
        println!("    no static program: rustup target add {STATIC}");
    }
    copy(&program, &dist.join("omnisecret"))?;
    println!("    files for users are in {}", dist.display());
    Ok(())
}

fn has_static_target() -> Result<bool> {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).read()?;
    let sysroot = String::from_utf8(sysroot).context("a folder whose name is not UTF-8")?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(STATIC).exists())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("cannot write {}", to.display()))?;
    Ok(())
}

/// All packages, each before those that need it: cargo finds the order.
fn publish(dry_run: bool) -> Result<()> {
    let mut publish = cargo();
    publish.args(["publish", "--workspace", "--locked"]);
    if dry_run {
        publish.arg("--dry-run");
    }
    publish.run()
}

fn git(arguments: &[&str]) -> Result<String> {
    let said = Command::new("git").args(arguments).read()?;
    Ok(String::from_utf8_lossy(&said).trim().to_owned())
}
