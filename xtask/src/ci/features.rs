//! Each published package alone: without features, and with each of its features and no other.
//!
//! A build of the whole workspace unites the features of all its members, and so hides an import
//! that only another member's feature makes valid.

use anyhow::Result;

use crate::command::{CommandExt, cargo};
use crate::metadata::Metadata;

pub(super) fn check() -> Result<()> {
    for package in Metadata::load()?.packages.iter().filter(|package| package.is_published()) {
        check_one(&package.name, None)?;
        for feature in package.features.keys() {
            check_one(&package.name, Some(feature))?;
        }
    }
    Ok(())
}

/// Through clippy, because `cargo check` has no way to refuse warnings of our own packages alone.
fn check_one(package: &str, feature: Option<&str>) -> Result<()> {
    let mut check = cargo();
    check.args(["clippy", "--quiet", "--package", package, "--no-default-features"]);
    if let Some(feature) = feature {
        check.args(["--features", feature]);
    }
    check.args(["--", "-D", "warnings"]).run()
}
