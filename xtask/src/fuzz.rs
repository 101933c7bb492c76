//! `cargo xtask fuzz`: the targets of `fuzz/`, built once and run two at a time.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::command::CommandExt;
use crate::metadata::Metadata;
use crate::tools;

const VERSION: &str = "0.13.2";

/// How long each target runs unless somebody says otherwise.
pub(crate) const SECONDS: u64 = 30;

/// How long all of them together may take in CI, beside the build.
const SECONDS_OF_CI: u64 = 200;

/// How many run at once.
const AT_ONCE: u64 = 2;

/// What every target keeps to: a second and a megabyte are plenty for what it is given.
const LIMITS: [&str; 4] =
    ["-timeout=10", "-rss_limit_mb=1024", "-malloc_limit_mb=512", "-max_len=4096"];

pub(crate) fn run(targets: &[String], seconds: u64) -> Result<()> {
    if !has_compiler() {
        bail!("libFuzzer is built with a C++ compiler, and there is none: install g++ or clang");
    }
    let all = targets_there_are()?;
    for target in targets {
        ensure!(all.contains(target), "no target {target:?}; there are {}", all.join(", "));
    }
    fuzz(if targets.is_empty() { &all } else { targets }, seconds)
}

/// Every target, or the word that none has run.
pub(crate) fn run_in_ci() -> Result<Option<String>> {
    if !has_compiler() {
        let note = "NOT fuzzed: there is no C++ compiler to build libFuzzer with";
        println!("\n!!! {note}\n!!! the targets are only replayed, by `cargo test`\n");
        return Ok(Some(note.to_owned()));
    }
    let all = targets_there_are()?;
    let share = SECONDS_OF_CI * AT_ONCE / all.len().max(1) as u64;
    fuzz(&all, share.clamp(1, SECONDS))?;
    Ok(None)
}

fn targets_there_are() -> Result<Vec<String>> {
    let files = fs::read_dir("fuzz/src/bin").context("cannot read fuzz/src/bin")?;
    let mut names = Vec::new();
    for file in files {
        let path = file?.path();
        names.extend(path.file_stem().and_then(|name| name.to_str()).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// Whether C++ can be compiled, its own headers included, by what the build of libFuzzer takes.
fn has_compiler() -> bool {
    let compiler = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
    Command::new(compiler)
        .args(["-x", "c++", "-fsyntax-only", "-"])
        .feed(b"#include <algorithm>\n")
        .is_ok()
}

fn fuzz(targets: &[String], seconds: u64) -> Result<()> {
    let home = Metadata::load()?.target_directory.join("fuzz");
    let programs = build(targets, &home)?;
    let folder = scratch()?;
    let queue = Mutex::new(targets.iter().collect::<VecDeque<_>>());
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                while let Some(target) = next() {
                    let mut command = Command::new(programs.join(target));
                    command.env("TMPDIR", folder.path());
                    if let Err(error) = one(&mut command, target, &home, seconds) {
                        println!("    {target:<17} FAILED: {error:#}");
                        failed.lock().unwrap_or_else(PoisonError::into_inner).push(target.as_str());
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    ensure!(failed.is_empty(), "failed: {}; fuzz/README.md says what to do", failed.join(", "));
    Ok(())
}

/// Builds the targets, and gives the folder of the programs.
fn build(targets: &[String], home: &Path) -> Result<PathBuf> {
    let mut build = Command::new(tools::cargo_install("cargo-fuzz", VERSION, &[])?);
    // More units than one: the build takes longer than the run in CI.
    build
        .args(["fuzz", "build", "--sanitizer", "none", "--codegen-units", "16", "--target-dir"])
        .arg(home);
    // One alone, or all in one go.
    if let [target] = targets {
        build.arg(target);
    }
    build.run()?;
    // Below the triple of this machine, which cargo-fuzz always names.
    let found = fs::read_dir(home)?
        .filter_map(|entry| Some(entry.ok()?.path().join("release")))
        .find(|folder| targets.iter().all(|target| folder.join(target).is_file()));
    found.context("cargo-fuzz has built no programs")
}

/// In memory where that can be had: most targets write a file for each input.
fn scratch() -> Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("omnisecret-fuzz-");
    builder.tempdir_in("/dev/shm").or_else(|_| builder.tempdir()).context("no temporary folder")
}

fn one(command: &mut Command, target: &str, home: &Path, seconds: u64) -> Result<()> {
    let artifacts = Path::new("fuzz/artifacts").join(target);
    let corpus = home.join("corpus").join(target);
    for folder in [&artifacts, &corpus] {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    // The first folder is written to, so the seeds stay what they are.
    command
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .args(LIMITS)
        .arg(corpus);
    let seeds = ["fuzz/corpus", "fuzz/regressions"].map(|folder| Path::new(folder).join(target));
    command.args(seeds.iter().filter(|folder| folder.exists()));
    let Output { status, stderr, .. } = command.stdin(Stdio::null()).output()?;
    let report = String::from_utf8_lossy(&stderr);
    if !status.success() {
        // Without the thousands of lines that tell of progress.
        let lines: Vec<_> = report.lines().filter(|line| !line.starts_with('#')).collect();
        bail!("{status}\n{}", lines[lines.len().saturating_sub(40)..].join("\n"));
    }
    let done = report.lines().find(|line| line.contains("DONE")).context("it has not run")?;
    println!("    {target:<17} {}", done.split_whitespace().collect::<Vec<_>>().join(" "));
    Ok(())
}
