//! The Python that LocalStack runs on. On any other version some of its services fail.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

const VERSION: &str = "3.13";

/// The first that is of the version; several are often installed side by side.
pub(super) fn find() -> Result<OsString> {
    if let Some(python) = std::env::var_os("PYTHON") {
        if is_of_the_version(&python) {
            return Ok(python);
        }
        println!("    PYTHON is not Python {VERSION}: looking for another");
    }
    let named = [format!("python{VERSION}"), "python3".to_owned()].map(OsString::from);
    let found = named.into_iter().chain(of_pyenv()).chain(of_uv()).find(is_of_the_version);
    let Some(python) = found else {
        bail!(
            "LocalStack runs on Python {VERSION} alone, and there is none here\n\
             do one of these:\n\
             - install it: apt-get install python{VERSION} python{VERSION}-venv, or \
             uv python install {VERSION}, or pyenv install {VERSION}\n\
             - name it: PYTHON=/path/to/python{VERSION}\n\
             - start docker\n\
             - name a LocalStack that runs: {}=http://127.0.0.1:4566",
            super::ENDPOINT
        );
    };
    Ok(python)
}

/// By asking it: pyenv puts a `python3.13` on the path that may only say that it is not chosen.
fn is_of_the_version(python: &OsString) -> bool {
    let script = "import sys, venv; print('%d.%d' % sys.version_info[:2])";
    let mut command = Command::new(python);
    command.args(["-c", script]).stdin(Stdio::null());
    command.output().is_ok_and(|output| {
        output.status.success() && String::from_utf8_lossy(&output.stdout).trim() == VERSION
    })
}

/// All that pyenv has, chosen or not, the newest first.
fn of_pyenv() -> Vec<OsString> {
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".pyenv"));
    let root = std::env::var_os("PYENV_ROOT").map(PathBuf::from).or_else(home);
    let Some(Ok(versions)) = root.map(|root| root.join("versions").read_dir()) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = versions.flatten().map(|version| version.path()).collect();
    paths.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.strip_prefix(VERSION).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    paths.sort();
    paths.into_iter().rev().map(|path| path.join("bin/python3").into()).collect()
}

fn of_uv() -> Option<OsString> {
    let mut uv = Command::new("uv");
    uv.args(["python", "find", "--no-project", VERSION]).stdin(Stdio::null());
    let output = uv.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().into())
}
