//! The program `omnisecret`.

mod args;
mod commands;
mod exit;
mod found;
mod harden;
mod input;
mod output;
mod trust;

use std::alloc::System;
use std::process::ExitCode;

use clap::Parser;
use zeroizing_alloc::ZeroAlloc;

use crate::args::Args;
use crate::output::Output;

/// Wipes what is freed: the copies in buffers of parsers and of other people's code as well.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    harden::process();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return output::refuse(&error),
    };
    let output = Output::new(&args);
    match run(&args, &output) {
        Ok(code) => code,
        Err(error) => output.fail(&error),
    }
}

fn run(args: &Args, output: &Output) -> omnisecret::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|_| {
        omnisecret::Error::new(omnisecret::ErrorKind::Unexpected, "the runtime cannot be started")
    })?;
    runtime.block_on(commands::run(args, output))
}
