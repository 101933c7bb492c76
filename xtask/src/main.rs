//! The workspace's own commands, run as `cargo xtask COMMAND`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "reports on the terminal are what these commands are for"
)]

mod aliyun;
mod bench;
mod book;
mod ci;
mod command;
mod expect;
mod fuzz;
mod integration;
mod interop;
mod metadata;
mod originals;
mod program;
mod release;
mod services;
mod soak;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

/// The workspace's own commands.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask")]
enum Xtask {
    /// Everything that CI runs, or only the steps that are named
    ///
    /// Each step prints its time; the first that fails ends the run.
    Ci {
        /// The steps to run, in this order; without any, all of them
        #[arg(value_name = "STEP")]
        steps: Vec<ci::Step>,
    },
    /// The documents as a book, in `target/book`
    Book,
    /// The original tools at the other end: what they write we read, what we write they read
    ///
    /// The originals are installed below `target/tools`, at the versions that are pinned in
    /// `xtask/interop` and in the code. Set PYTHON to use another interpreter than `python3`.
    Interop {
        /// What to check; without any, everything
        #[arg(value_name = "GROUP")]
        groups: Vec<interop::Group>,
        /// An `omnisecret` that is already built, in place of a release build of this workspace
        #[arg(long, value_name = "FILE")]
        program: Option<PathBuf>,
        /// The seed of the random vaults, documents and values: another one looks at others
        #[arg(long, value_name = "N", default_value_t = interop::SEED)]
        seed: u64,
    },
    /// The tests that need a service: starts redis-server and PostgreSQL on free ports, and runs them
    ///
    /// As root, Debian's packages are installed where a program is missing.
    Services,
    /// The live suites of AWS, on a LocalStack that is found or started
    ///
    /// `OMNISECRET_LOCALSTACK_ENDPOINT` names one that runs; else docker runs it where there is a
    /// docker, else Python 3.13, in an environment below `target/tools`.
    Integration {
        /// On a real account instead: that of the credentials in the environment. Costs money
        #[arg(long)]
        real: bool,
    },
    /// What ours costs beside a peer, measured in the same run: medians, lower is better
    ///
    /// The peers are installed below `target/`. The table and the chart of each group that was
    /// measured go into docs/benchmarks.md: the figures there are those of a run and no others.
    Bench {
        /// What to measure; without any, everything
        #[arg(value_name = "GROUP")]
        groups: Vec<bench::Group>,
        /// Print a line of JSON for each pair
        #[arg(long)]
        json: bool,
        /// Leave the tables of docs/benchmarks.md and its charts as they are
        #[arg(long)]
        no_write: bool,
    },
    /// The cache under load: no wrong answer, flat memory, no call too many
    Soak {
        /// How long
        #[arg(long, value_name = "N", default_value_t = soak::SECONDS)]
        seconds: u64,
    },
    /// The fuzz targets of `fuzz/`, two at a time; needs a C++ compiler
    ///
    /// Builds them with cargo-fuzz on the stable toolchain, without a sanitizer. What makes one
    /// fail is kept in `fuzz/artifacts`, what has reached new code in `target/fuzz/corpus`.
    Fuzz {
        /// The targets, by their files in `fuzz/src/bin`; without any, all of them
        #[arg(value_name = "TARGET")]
        targets: Vec<String>,
        /// How long each
        #[arg(long, value_name = "N", default_value_t = fuzz::SECONDS)]
        seconds: u64,
    },
    /// The models of the cache, in the orders that a model checker finds
    Loom,
    /// Everything that a release is: checks, packages in the order of their dependencies, and files
    ///
    /// Compares the public API with that of the last tag, if there is one. The manual pages, the
    /// completions and, where the target x86_64-unknown-linux-musl is installed, a static program
    /// are left in `target/dist`.
    Release {
        /// Build and check every package as the registry would, and upload none
        #[arg(long)]
        dry_run: bool,
    },
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        // Not by returning it, which adds a backtrace where the environment asks for one.
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    match Xtask::parse() {
        Xtask::Ci { steps } => {
            enter_root()?;
            ci::run(&steps)
        }
        Xtask::Book => {
            enter_root()?;
            book::build().map(drop)
        }
        Xtask::Interop { groups, program, seed } => {
            // Meant from where the user stands.
            let program = program.map(std::path::absolute).transpose()?;
            enter_root()?;
            interop::run(&groups, program, seed)
        }
        Xtask::Services => {
            enter_root()?;
            services::run()
        }
        Xtask::Integration { real } => {
            enter_root()?;
            integration::run(real)
        }
        Xtask::Bench { groups, json, no_write } => {
            enter_root()?;
            bench::run(&groups, json, !no_write)
        }
        Xtask::Soak { seconds } => {
            enter_root()?;
            soak::soak(seconds)
        }
        Xtask::Fuzz { targets, seconds } => {
            enter_root()?;
            fuzz::run(&targets, seconds)
        }
        Xtask::Loom => {
            enter_root()?;
            soak::loom()
        }
        Xtask::Release { dry_run } => {
            enter_root()?;
            release::run(dry_run)
        }
    }
}

/// All paths in this program are relative to the workspace.
fn enter_root() -> Result<()> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    std::env::set_current_dir(root).with_context(|| format!("cannot enter the workspace, {root}"))
}
