//! cargo-deny: what `deny.toml` asks for, and the advisory database where it can be reached.

use std::process::Command;

use anyhow::Result;

use super::Note;
use crate::command::CommandExt;
use crate::tools;

const VERSION: &str = "0.20.2";

pub(super) fn check() -> Result<Note> {
    let program = tools::cargo_install("cargo-deny", VERSION, &[])?;
    let deny = || {
        let mut command = Command::new(&program);
        // A git that hears nothing for a minute gives up, so an outage does not hold up CI.
        command.env("GIT_HTTP_LOW_SPEED_LIMIT", "1").env("GIT_HTTP_LOW_SPEED_TIME", "60");
        command
    };
    deny().args(["check", "bans", "licenses", "sources"]).run()?;

    // Apart from the check, because its exit code does not tell "cannot fetch" from "found one".
    if let Err(error) = deny().args(["fetch", "db"]).read() {
        let note = "advisories NOT checked: the advisory database cannot be reached";
        println!(
            "\n!!! {note}\n!!! neither were yanked versions, which are part of that check\n{error}\n"
        );
        return Ok(Some(note.to_owned()));
    }
    deny().args(["check", "--disable-fetch", "advisories"]).run()?;
    Ok(None)
}
