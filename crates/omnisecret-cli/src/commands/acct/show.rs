//! `acct decrypt`, `view`, `get` and `check`.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use omnisecret::acct::{Document, Form};
use omnisecret::{KeyPath, Result, SecretValue, file};
use serde_json::json;

use super::args::{Acct, Decrypt, Get};
use super::keys::KEY_VARIABLE;
use super::{ID, of_file};
use crate::output::{Output, is_harmless, one_line};

pub(super) fn decrypt(args: &Decrypt, acct: &Acct, output: &Output) -> Result<()> {
    print(&shown(args, acct)?, args, output)
}

/// At a terminal through the user's pager, which is told to leave no history.
pub(super) fn view(args: &Decrypt, acct: &Acct, output: &Output) -> Result<()> {
    let shown = shown(args, acct)?;
    if args.output_file.is_none() && io::stdout().is_terminal() && page(&shown).is_ok() {
        return Ok(());
    }
    print(&shown, args, output)
}

fn shown(args: &Decrypt, acct: &Acct) -> Result<SecretValue> {
    let path = acct.file(args.input_file.as_deref())?;
    acct.open(&path)?.show(args.output).map_err(|error| of_file(error, &path))
}

fn print(shown: &SecretValue, args: &Decrypt, output: &Output) -> Result<()> {
    match &args.output_file {
        Some(path) => file::create_private(path, shown.expose_bytes()),
        None => {
            let text = shown.expose_str()?;
            output.lines(text, args.force || args.output == Form::Nested && has_colors_alone(text))
        }
    }
}

/// Whether all that a terminal obeys in an outline are the outline's own colours.
fn has_colors_alone(outline: &str) -> bool {
    let colors = ["36m", "32m", "93m", "39m"];
    let mut parts = outline.split("\u{1b}[");
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| colors.iter().find_map(|color| part.strip_prefix(color)));
    std::iter::once(Some(first)).chain(rest).all(|text| text.is_some_and(is_harmless))
}

fn page(text: &SecretValue) -> io::Result<()> {
    let pager = env::var_os("PAGER").filter(|pager| !pager.is_empty());
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(pager.unwrap_or_else(|| OsString::from("less")))
        .env_remove(KEY_VARIABLE)
        .env("LESSHISTFILE", "-")
        .env("LESSSECURE", "1")
        .stdin(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A pager that was left before the end reads no more.
        drop(stdin.write_all(text.expose_bytes()));
    }
    let status = child.wait()?;
    // What the shell says of a command that is not there.
    if status.code() == Some(127) { Err(io::ErrorKind::NotFound.into()) } else { Ok(()) }
}

pub(super) fn get(args: &Get, acct: &Acct, output: &Output) -> Result<()> {
    let mut document = acct.open(&args.file)?;
    for (text, is_used) in [(&acct.overrides, true), (&acct.extras, false)] {
        let Some(text) = text else { continue };
        let more = Document::from_json(text.expose_str()?)?;
        if is_used {
            document = document.overridden_by(&more);
        }
    }
    let profile = document.get(&args.path).map_err(|error| error.with_path(&args.path))?;
    let value =
        KeyPath::new(&args.keys).pick(&profile).map_err(|error| error.with_path(&args.path))?;
    if let Some(path) = &args.output_file {
        return file::create_private(path, value.expose_bytes());
    }
    if !output.is_json() {
        return output.value(&value, args.force);
    }
    output.json(&json!({ "path": args.path, "value": value.expose_str()? }))
}

/// Goes on after a file that fails, and ends with the code of the first.
pub(super) fn check(files: &[PathBuf], acct: &Acct, output: &Output) -> Result<ExitCode> {
    let named;
    let files = if files.is_empty() {
        named = [acct.file(None)?];
        &named
    } else {
        files
    };
    let key = acct.key()?;
    let open = |path: &Path| {
        let sealed = file::read_sealed(path, file::MAX_STORE_BYTES)?;
        Document::decrypt(&key, &sealed)?.paths()
    };
    let (mut code, mut lines) = (ExitCode::SUCCESS, Vec::new());
    for path in files {
        match open(path) {
            Ok(paths) if output.is_json() => {
                lines.push(json!({ "file": path.to_string_lossy(), "profiles": paths.len() }));
            }
            Ok(paths) => {
                let line =
                    format!("{}: {} profiles\n", one_line(&path.to_string_lossy()), paths.len());
                output.bytes(line.as_bytes())?;
            }
            Err(error) => {
                let error = of_file(error, path).with_context(ID, "check");
                let failed = output.fail(&error);
                if code == ExitCode::SUCCESS {
                    code = failed;
                }
            }
        }
    }
    if output.is_json() {
        output.json(&lines.into())?;
    }
    Ok(code)
}
