//! The program as its users meet it: exact bytes, exit codes, files, terminals.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod acct;
mod check;
mod config;
mod copy;
mod errors;
mod exec;
mod exists;
mod export;
mod found;
mod get;
mod hostile;
mod list;
mod replace;
mod terminal;
mod trust;
mod update;
mod vault;
mod world;
mod writers;
