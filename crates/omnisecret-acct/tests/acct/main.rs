//! The provider over files that Python acct wrote, and over files made to be odd.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod config;
mod files;
#[cfg(feature = "yaml")]
mod output;
mod read;
mod unlock;
mod update;
