//! The facade: requests, configuration, where settings come from, and callers that wait.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod blocking;
mod config;
mod conformance;
mod global;
mod precedence;
mod provider;
mod references;
mod requests;
mod world;
