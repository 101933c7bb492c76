//! The lock files of this workspace and of those that are none of it: what they build is pinned.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{CommandExt, cargo};

/// Fails where cargo would change a lock file, as a build with `--locked` does.
pub(super) fn check() -> Result<()> {
    let files = Command::new("git").args(["ls-files", "--", "*Cargo.lock"]).read()?;
    for lock in String::from_utf8(files)?.lines() {
        let manifest = Path::new(lock).with_file_name("Cargo.toml");
        cargo()
            .args(["metadata", "--locked", "--format-version", "1", "--manifest-path"])
            .arg(&manifest)
            .read()
            .with_context(|| format!("{lock} is old: run cargo metadata in its folder"))?;
    }
    Ok(())
}
