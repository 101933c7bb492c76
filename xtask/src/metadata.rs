//! What `cargo metadata` says about this workspace.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::command::{CommandExt, cargo};

#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    /// The members of the workspace, without their dependencies.
    pub(crate) packages: Vec<Package>,
    pub(crate) target_directory: PathBuf,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    targets: Vec<Target>,
    /// The registries it may go to: `None` is any, an empty list is none.
    publish: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Target {
    kind: Vec<String>,
}

impl Metadata {
    pub(crate) fn load() -> Result<Self> {
        let json = cargo().args(["metadata", "--no-deps", "--format-version", "1"]).read()?;
        serde_json::from_slice(&json).context("cargo metadata answered in an unknown form")
    }

    /// A package that a rule speaks of: where it is gone, the rule has to go or follow it.
    pub(crate) fn require(&self, name: &str) -> Result<()> {
        if !self.packages.iter().any(|package| package.name == name) {
            bail!("no package {name} in this workspace");
        }
        Ok(())
    }
}

impl Package {
    /// Whether others use it as a library.
    pub(crate) fn is_library(&self) -> bool {
        let is_library = |target: &Target| target.kind.iter().any(|kind| kind == "lib");
        self.is_published() && self.targets.iter().any(is_library)
    }

    pub(crate) fn is_published(&self) -> bool {
        self.publish.as_ref().is_none_or(|registries| !registries.is_empty())
    }
}
