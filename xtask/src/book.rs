//! `cargo xtask book`: the documents as a book, in `target/book`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::command::CommandExt;
use crate::metadata::Metadata;
use crate::tools;

/// With its search and without its server, which would take minutes more to build.
const MDBOOK: (&str, &str, &[&str]) = ("mdbook", "0.5.4", &["search"]);

/// Builds the book and gives its folder.
///
/// mdBook looks at no link; the tests `book` of `omnisecret-tests` and `omnisecret-cli` do, and at what
/// the pages show.
pub(crate) fn build() -> Result<PathBuf> {
    let (name, version, features) = MDBOOK;
    let program = tools::cargo_install(name, version, features)?;
    let folder = Metadata::load()?.target_directory.join("book");
    Command::new(program).args(["build", "docs", "--dest-dir"]).arg(&folder).run()?;
    // What it cannot include it logs, and goes on.
    let whole = std::fs::read_to_string(folder.join("print.html"))?;
    if whole.contains("{{#include") {
        bail!("a page includes what is not there: see the log of mdBook above");
    }
    println!("    {}", folder.join("index.html").display());
    Ok(folder)
}
