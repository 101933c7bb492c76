//! Vaults: ssclient and the Python package at the other end.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use super::{Checks, vaults};
use crate::command::CommandExt;
use crate::expect;
use crate::originals::{PythonSecurestore, Ssclient};
use crate::program::{self, Configured, Program};

/// Names and values at the edges of the format: escapes, blanks, other scripts, nothing at all.
const WRITTEN: &[(&str, &str)] = &[
    ("db:password", "hunter2"),
    ("aws:s3:accessId", "AKIAEXAMPLE/+="),
    ("", "a value under the empty name"),
    ("with space", " blanks at both ends "),
    ("ключ/🔑", "пароль é e\u{301} 🔒"),
    ("tab\tand\nline", "lines\r\nof\ttext\n"),
    ("\"quoted\\\u{7f}\u{1}", "\"quoted\\\u{7f}\u{1}"),
    ("-dash", "--value"),
    ("Z before a", "sixteen bytes ok"),
    ("empty", ""),
    ("json", "{\"user\": \"me\", \"port\": 5432}"),
    ("base64", "base64://4A"),
];

/// What our program writes over, and what it writes anew.
const UPDATED: &[(&str, &str)] = &[("db:password", "new\nvalue\n"), ("ключ/🔑", "новый 🗝")];
const CREATED: &[(&str, &str)] = &[("", "overwritten"), ("new:name", "créé"), ("~last", "")];

/// Not UTF-8, and how ssclient prints it.
const BINARY: (&str, &[u8], &[u8]) = ("binary", &[0xff, 0xfe, 0x00], b"base64://4A");

const PASSWORD: &str = "pässword with blanks ";

pub(super) fn check(checks: &mut Checks, program: &Program) -> Result<()> {
    let ssclient = Ssclient::install()?;
    let python = PythonSecurestore::install()?;
    key_file_vault(checks, program, &ssclient, &python)?;
    password_vault(checks, program, &ssclient)?;
    vaults::check(checks, program, &ssclient, &python)
}

fn key_file_vault(
    checks: &mut Checks,
    program: &Program,
    ssclient: &Ssclient,
    python: &PythonSecurestore,
) -> Result<()> {
    let files = Files::new()?;
    let unlock = ["-k", files.key()?];
    ssclient.create(&files.vault, &unlock, &[])?;
    for (name, value) in WRITTEN {
        ssclient.set(&files.vault, &unlock, name, value)?;
    }
    let config = files.config("key_file", &files.key)?;
    let ours = program.over(&config, "securestore");

    checks.check("vault by ssclient, key file: we get every secret", || reads(&ours, WRITTEN));
    checks.check("vault by ssclient, key file: we list every name", || lists(&ours, WRITTEN));

    let before = parse(&files.vault)?;
    checks.check("vault by us: we update and create", || {
        UPDATED.iter().try_for_each(|(name, value)| ours.update(name, value.as_bytes()))?;
        CREATED.iter().try_for_each(|(name, value)| ours.create(name, value.as_bytes()))?;
        ours.create(BINARY.0, BINARY.1)
    });
    let text: BTreeMap<_, _> = [WRITTEN, UPDATED, CREATED].concat().into_iter().collect();
    checks.check("vault by us: ssclient gets every secret", || {
        for (name, value) in &text {
            let found = ssclient.get(&files.vault, &unlock, name)?;
            expect::bytes(&format!("{name:?}"), &found, value.as_bytes())?;
        }
        let found = ssclient.get(&files.vault, &unlock, BINARY.0)?;
        expect::bytes(BINARY.0, &found, BINARY.2)
    });
    checks.check("vault by us: the Python package gets every secret", || {
        let found = python.get(&files.vault, &files.key, text.keys().copied())?;
        let expected = text.iter().map(|(k, v)| ((*k).to_owned(), Some((*v).to_owned()))).collect();
        expect::equal("secrets", &found, &expected)
    });
    checks.check("vault by us: what we did not touch is the same to the letter", || {
        untouched(&before, &parse(&files.vault)?)
    });
    checks.check("vault by us: the bytes are laid out as ssclient's", || {
        let found = fs::read(&files.vault)?;
        expect::bytes("file", &found, &python.layout(&files.vault)?)
    });
    checks.check("vault by us: ssclient sets and deletes a name, and no byte has changed", || {
        let found = fs::read(&files.vault)?;
        ssclient.set(&files.vault, &unlock, "passing", "by")?;
        ensure!(fs::read(&files.vault)? != found, "ssclient set wrote nothing");
        ssclient.delete(&files.vault, &unlock, "passing")?;
        expect::bytes("file", &fs::read(&files.vault)?, &found)
    });
    Ok(())
}

fn password_vault(checks: &mut Checks, program: &Program, ssclient: &Ssclient) -> Result<()> {
    let files = Files::new()?;
    let unlock = ["-p", PASSWORD];
    ssclient.create(&files.vault, &unlock, &["--export-key", files.key()?])?;
    let secrets = &WRITTEN[..2];
    for (name, value) in secrets {
        ssclient.set(&files.vault, &unlock, name, value)?;
    }
    let password_file = files.folder.path().join("password");
    // One final line feed belongs to the file and not to the password.
    fs::write(&password_file, format!("{PASSWORD}\n"))?;

    let config = files.config("password_file", &password_file)?;
    let by_password = program.over(&config, "securestore");
    checks.check("vault by ssclient, password: we get every secret", || {
        reads(&by_password, secrets)?;
        lists(&by_password, secrets)
    });
    checks.check("vault by us, password: ssclient gets what we update", || {
        by_password.update("db:password", b"changed")?;
        let found = ssclient.get(&files.vault, &unlock, "db:password")?;
        expect::bytes("db:password", &found, b"changed")
    });

    let config = files.config("key_file", &files.key)?;
    let by_key = program.over(&config, "securestore");
    checks.check("vault by ssclient, password: the exported key opens it here too", || {
        reads(&by_key, &[("db:password", "changed"), secrets[1]])
    });
    Ok(())
}

fn reads(ours: &Configured<'_>, secrets: &[(&str, &str)]) -> Result<()> {
    for (name, value) in secrets {
        expect::bytes(&format!("{name:?}"), &ours.get(name).read()?, value.as_bytes())?;
    }
    Ok(())
}

fn lists(ours: &Configured<'_>, secrets: &[(&str, &str)]) -> Result<()> {
    let mut expected: Vec<_> = secrets.iter().map(|(name, _)| (*name).to_owned()).collect();
    expected.sort_unstable();
    expect::equal("names", &ours.paths()?, &expected)
}

/// The vault's own fields, and each entry that we have not written.
fn untouched(before: &Value, after: &Value) -> Result<()> {
    for field in ["version", "iv", "sentinel"] {
        expect::json(field, &after[field], &before[field])?;
    }
    let secrets = before["secrets"].as_object().context("a vault with secrets")?;
    let ours = |name: &str| [UPDATED, CREATED].concat().iter().any(|(updated, _)| *updated == name);
    for (name, entry) in secrets.iter().filter(|(name, _)| !ours(name)) {
        expect::json(&format!("{name:?}"), &after["secrets"][name], entry)?;
    }
    Ok(())
}

fn parse(vault: &Path) -> Result<Value> {
    Ok(serde_json::from_slice(&fs::read(vault)?)?)
}

/// A folder for one vault, its key and our configuration of it; gone when it drops.
struct Files {
    vault: PathBuf,
    key: PathBuf,
    folder: TempDir,
}

impl Files {
    fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let at = |name| folder.path().join(name);
        Ok(Self { vault: at("secrets.json"), key: at("secrets.key"), folder })
    }

    fn key(&self) -> Result<&str> {
        self.key.to_str().context("a temporary folder whose name is not UTF-8")
    }

    /// A configuration with `unlock`, which is `key_file` or `password_file`.
    fn config(&self, unlock: &str, file: &Path) -> Result<PathBuf> {
        let path = self.folder.path().join(format!("{unlock}.toml"));
        let settings = [("path", self.vault.as_os_str()), (unlock, file.as_os_str())];
        program::configure(&path, "securestore", &settings)?;
        Ok(path)
    }
}
