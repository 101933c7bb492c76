//! `cargo xtask interop`: our program and the original tools over the same files, both ways.

mod acct;
mod aliyun;
mod dotenv;
mod securestore;
mod vaults;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::program::Program;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Group {
    /// Vaults, with ssclient and the Python package securestore
    Securestore,
    /// Profile files, with two versions of the Python package acct
    Acct,
    /// A fake of Alibaba Cloud, with the official Python clients and with ours
    Aliyun,
    /// Exports as dotenv, with two versions of python-dotenv and two shells
    Dotenv,
}

/// Of what is made at random. CI's own, so that it says the same of the same commit each time.
pub(crate) const SEED: u64 = 8;

pub(crate) fn run(groups: &[Group], program: Option<PathBuf>, seed: u64) -> Result<()> {
    let groups = if groups.is_empty() { Group::value_variants() } else { groups };
    let mut program = program.map(Program::new);
    let mut checks = Checks { seed, done: 0, failed: 0 };
    for group in groups {
        match group {
            Group::Securestore => securestore::check(&mut checks, needed(&mut program)?)?,
            Group::Acct => acct::check(&mut checks, needed(&mut program)?)?,
            Group::Aliyun => aliyun::check(&mut checks)?,
            Group::Dotenv => dotenv::check(&mut checks, needed(&mut program)?)?,
        }
    }
    checks.finish()
}

/// The program, built when the first group needs it: not each does.
fn needed(program: &mut Option<Program>) -> Result<&Program> {
    match program {
        Some(program) => Ok(program),
        None => Ok(program.insert(Program::build()?)),
    }
}

/// Runs checks by name and goes on after a failure: the next one may say more about it.
struct Checks {
    seed: u64,
    done: usize,
    failed: usize,
}

impl Checks {
    fn check(&mut self, name: &str, check: impl FnOnce() -> Result<()>) {
        self.done += 1;
        match check() {
            Ok(()) => println!("    ok      {name}"),
            Err(error) => {
                self.failed += 1;
                println!("    FAILED  {name}\n            {error:#}");
            }
        }
    }

    fn finish(self) -> Result<()> {
        if self.failed > 0 {
            bail!("{} of {} interop checks failed", self.failed, self.done);
        }
        println!("    all {} checks passed", self.done);
        Ok(())
    }
}
