//! Managed secrets, on a clock that the tests move and a store that they change.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod emergency;
mod handles;
mod plan;
mod retry;
mod store;
