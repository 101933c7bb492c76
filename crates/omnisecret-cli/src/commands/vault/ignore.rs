//! Having git ignore a key file.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use crate::output::complain;

/// Adds a rule for this file to the `.gitignore` of its folder, if the folder is in a repository.
///
/// The last rule of the nearest file decides, so the rule is added unless it is the last already:
/// whatever other rules say, and without asking git, which runs what a repository configures. The
/// key is written by then, so what fails here is said and no error.
pub(super) fn key_file(path: &Path) {
    let Ok(path) = fs::canonicalize(path) else { return };
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
    if !folder.ancestors().any(|folder| folder.join(".git").symlink_metadata().is_ok()) {
        return;
    }
    let rules = folder.join(".gitignore");
    match rule_for(name.as_bytes()) {
        None => complain(&format!("git cannot be told to ignore the key {path:?}; see to it")),
        Some(rule) => match append(&rules, &rule) {
            Ok(false) => {}
            Ok(true) => complain(&format!("{rules:?} has git ignore the key now")),
            Err(error) => {
                let reason = error.kind();
                complain(&format!(
                    "{rules:?} cannot be written ({reason}): keep the key out of git"
                ));
            }
        },
    }
}

/// A rule that matches exactly this name beside it. None has a line end in it.
fn rule_for(name: &[u8]) -> Option<Vec<u8>> {
    let mut rule = b"/".to_vec();
    for byte in name {
        match byte {
            b'\n' => return None,
            b'\\' | b'*' | b'?' | b'[' | b' ' | b'\r' | b'\t' => rule.extend([b'\\', *byte]),
            _ => rule.push(*byte),
        }
    }
    Some(rule)
}

fn append(path: &Path, rule: &[u8]) -> io::Result<bool> {
    let mut options = OpenOptions::new();
    // Git follows no link here either.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let mut file =
        options.read(true).append(true).create(true).mode(0o644).custom_flags(flags).open(path)?;
    let mut rules = Vec::new();
    file.read_to_end(&mut rules)?;
    let mut lines = rules.split(|byte| *byte == b'\n').rev();
    let decides = lines.find(|line| line.starts_with(b"!") || *line == rule);
    if decides == Some(rule) {
        return Ok(false);
    }
    // A last line without an end would swallow ours, and be lost by it.
    let start: &[u8] = if rules.is_empty() || rules.ends_with(b"\n") { b"" } else { b"\n" };
    file.write_all(&[start, b"# The key of a SecureStore vault.\n", rule, b"\n"].concat())?;
    Ok(true)
}
