//! Properties files and environment names of the original clients, and client key files.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[cfg(feature = "client-key")]
mod client_key;
mod settings;
mod trust;
