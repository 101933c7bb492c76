//! `cargo xtask ci`: the steps, one after the other, and how long each took.

mod ceilings;
mod deny;
mod features;
mod locks;

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::command::{CommandExt, cargo};
use crate::{book, fuzz, integration, interop, services, soak};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// Formatting, checked and not changed
    Fmt,
    /// Clippy over all targets with all features; warnings are errors
    Clippy,
    /// All tests and documentation examples
    Test,
    /// The documentation builds, with warnings as errors
    Docs,
    /// The book builds, the same as `cargo xtask book`
    Book,
    /// Current lock files; licences, bans, sources and security advisories (cargo-deny)
    Deny,
    /// Every package without features and with each one alone
    Features,
    /// How many packages a user takes on, and that no HTTP or TLS is among them
    Ceilings,
    /// Every fuzz target for a moment, the same as `cargo xtask fuzz`
    Fuzz,
    /// The cache under load for a moment, the same as `cargo xtask soak`
    Soak,
    /// The tests that need a service, the same as `cargo xtask services`
    Services,
    /// The live suites of AWS on a LocalStack, the same as `cargo xtask integration`
    Integration,
    /// The original tools at the other end, the same as `cargo xtask interop`
    Interop,
}

/// What a step that passed still has to say, in the table at the end.
type Note = Option<String>;

pub(crate) fn run(steps: &[Step]) -> Result<()> {
    let steps = if steps.is_empty() { Step::value_variants() } else { steps };
    let mut rows = Vec::new();
    for step in steps {
        println!("\n==> {step}");
        let start = Instant::now();
        let outcome = step.run();
        let row = Row::new(*step, start.elapsed(), &outcome);
        println!("<== {row}");
        rows.push(row);
        if let Err(error) = outcome {
            print_table(&rows);
            bail!("step {step} failed: {error:#}\nto run it again: cargo xtask ci {step}");
        }
    }
    print_table(&rows);
    Ok(())
}

impl Step {
    fn run(self) -> Result<Note> {
        match self {
            Self::Fmt => cargo().args(["fmt", "--all", "--check"]).run()?,
            Self::Clippy => cargo()
                .args(["clippy", "--workspace", "--all-targets", "--all-features"])
                .args(["--", "-D", "warnings"])
                .run()?,
            // To the letter what the README tells a user to run.
            Self::Test => cargo().args(["test", "--workspace"]).run()?,
            Self::Docs => cargo()
                .args(["doc", "--workspace", "--no-deps", "--all-features"])
                .env("RUSTDOCFLAGS", "-D warnings")
                .run()?,
            Self::Book => drop(book::build()?),
            Self::Deny => {
                locks::check()?;
                return deny::check();
            }
            Self::Features => features::check()?,
            Self::Ceilings => ceilings::check()?,
            Self::Fuzz => return fuzz::run_in_ci(),
            Self::Soak => soak::soak(soak::SECONDS_IN_CI)?,
            Self::Services => services::run()?,
            Self::Integration => integration::run(false)?,
            Self::Interop => interop::run(&[], None, interop::SEED)?,
        }
        Ok(None)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.pad(value.as_ref().map_or("?", |value| value.get_name()))
    }
}

struct Row {
    step: Step,
    time: Duration,
    result: String,
}

impl Row {
    fn new(step: Step, time: Duration, outcome: &Result<Note>) -> Self {
        let result = match outcome {
            Ok(None) => "ok".to_owned(),
            Ok(Some(note)) => format!("ok, but {note}"),
            Err(_) => "FAILED".to_owned(),
        };
        Self { step, time, result }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<11} {:>7.1} s  {}", self.step, self.time.as_secs_f64(), self.result)
    }
}

fn print_table(rows: &[Row]) {
    println!();
    for row in rows {
        println!("    {row}");
    }
    let total: Duration = rows.iter().map(|row| row.time).sum();
    println!("    {:<11} {:>7.1} s", "all", total.as_secs_f64());
}
