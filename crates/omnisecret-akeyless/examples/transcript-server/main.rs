//! Hosts the callables of the recorded transcripts, for a test that compares the answers with those
//! of the Python package.
//!
//! ```text
//! transcript-server --group GROUP --mode MODE [--case NAME] [--validator URL] --port N --calls FILE
//! ```
//!
//! Prints `listening on 127.0.0.1:N` when it is ready, and appends a line of JSON to the file for
//! each call: `{"callable":..,"args":{..}}`. Ends with status 2, and says why, where the mode is one
//! that this crate refuses to build. Without authentication but in the mode `akeyless_auth`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program tells what it does")]

mod callables;
mod calls;
mod edges;
mod modes;
mod returned;

use std::io::Write;
use std::process::ExitCode;

use omnisecret_akeyless::{App, ServeOptions, serve};
use tokio::net::TcpListener;

use calls::Calls;
use modes::Mode;

/// What the command line says.
#[derive(Default)]
struct Arguments {
    group: String,
    mode: String,
    case: String,
    validator: Option<String>,
    port: u16,
    calls: String,
}

impl Arguments {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut read = Self::default();
        while let Some(name) = words.next() {
            let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
            match &*name {
                "--group" => read.group = value,
                "--mode" => read.mode = value,
                "--case" => read.case = value,
                "--validator" => read.validator = Some(value),
                "--port" => read.port = value.parse().map_err(|_| "--port needs a number")?,
                "--calls" => read.calls = value,
                _ => return Err(format!("no option {name}")),
            }
        }
        if read.mode.is_empty() || read.calls.is_empty() {
            return Err("--group, --mode, --port and --calls are needed".to_owned());
        }
        Ok(read)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let (app, port) = match app() {
        Ok(app) => app,
        Err(message) => {
            eprintln!("transcript-server: {message}");
            return ExitCode::from(2);
        }
    };
    match host(app, port).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("transcript-server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn app() -> Result<(App, u16), String> {
    let arguments = Arguments::read(std::env::args().skip(1))?;
    let calls = Calls::append_to(&arguments.calls).map_err(|error| error.to_string())?;
    let port = arguments.port;
    Ok((Mode::new(arguments, calls)?.app()?, port))
}

async fn host(app: App, port: u16) -> std::io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on {}", listener.local_addr()?);
    std::io::stdout().flush()?;
    // Whoever has started it ends it.
    serve(listener, app, ServeOptions::new(), std::future::pending()).await;
    Ok(())
}
