//! The program `omnisecret`.

mod args;
mod commands;
mod exit;
mod found;
mod harden;
mod input;
mod output;
mod progress;
mod trust;

use std::alloc::System;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use zeroizing_alloc::ZeroAlloc;

use crate::args::Args;
use crate::output::Output;

/// Wipes what is freed: the copies in buffers of parsers and of other people's code as well.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    harden::process();
    #[cfg(feature = "securestore")]
    if let Some(arguments) = commands::vault::compat::arguments() {
        return guarded(|| commands::vault::compat::run(arguments));
    }
    let args = match Args::of_process() {
        Ok(args) => args,
        Err(error) => return output::refuse(&error),
    };
    let output = Output::new(&args);
    guarded(|| match run(&args, &output) {
        Ok(code) => code,
        Err(error) => output.fail(&error),
    })
}

/// A panic has said its line by then, and ends as every fault of the program does.
fn guarded(work: impl FnOnce() -> ExitCode) -> ExitCode {
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| exit::FAULT.into())
}

fn run(args: &Args, output: &Output) -> omnisecret::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|_| {
        omnisecret::Error::new(omnisecret::ErrorKind::Unexpected, "the runtime cannot be started")
    })?;
    runtime.block_on(commands::run(args, output))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_with_the_code_of_a_fault() {
        assert_eq!(guarded(|| panic!("on purpose")), ExitCode::from(1));
        assert_eq!(guarded(|| ExitCode::from(7)), ExitCode::from(7));
    }
}
