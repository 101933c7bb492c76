//! `cargo xtask soak` and `cargo xtask loom`: the cache under load, and in every order.

use anyhow::Result;

use crate::command::{CommandExt, cargo};
use crate::metadata::Metadata;

/// What a person waits for who has asked for it.
pub(crate) const SECONDS: u64 = 600;

/// What everybody waits for.
pub(crate) const SECONDS_IN_CI: u64 = 20;

const PACKAGE: [&str; 3] = ["--release", "--package", "omnisecret-core"];

pub(crate) fn soak(seconds: u64) -> Result<()> {
    let seconds = seconds.to_string();
    cargo().arg("run").args(PACKAGE).args(["--example", "soak", "--", &seconds]).run()
}

/// In a folder of its own: the flag is for every crate, and so all of them are built anew.
pub(crate) fn loom() -> Result<()> {
    let target = Metadata::load()?.target_directory.join("shuttle");
    cargo()
        .env("RUSTFLAGS", "--cfg shuttle")
        .arg("test")
        .args(PACKAGE)
        .args(["--lib", "--target-dir"])
        .arg(target)
        .args(["--", "cache::model"])
        .run()
}
