//! Against the fake of `tests/peers/aliyun`, which checks signatures with Alibaba's own packages.
//!
//! `cargo xtask interop aliyun` starts it and gives its address in `OMNISECRET_TEST_ALIYUN_URL`.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod conformance;
mod emergency;
mod fake;
mod faults;
#[cfg(feature = "dkms")]
mod instance;
mod managed;
mod signatures;
