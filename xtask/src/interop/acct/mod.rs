//! Profile files: two versions of the Python package acct at the other end.

mod documents;
mod written;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Checks;
use crate::command::CommandExt;
use crate::expect;
use crate::originals::Acct;
use crate::program::{self, Configured, Program};

/// The oldest release in wide use and the last.
const VERSIONS: [&str; 2] = ["6.1.2", "8.6.2"];

/// Read alike by the YAML readers of both versions.
const PROFILES: &str = r#"aws:
  default:
    id: AKIAEXAMPLE
    secret_key: "s3cr3t/+=é пароль 🔒"
    port: 5432
    negative: -1
    large: 18446744073709551615
    ratio: 0.25
    on_call: true
    nothing: null
    digits: "0123"
    truth: "yes"
    nested: {list: [1, two, null, {deep: []}], empty: {}}
    lines: |
      -----BEGIN TEXT-----
      first

      third
    last: end
  other:
    id: x
aws.gsuite:
  ops/eu:
    token: abc
plain:
  note: just text
"#;

/// `aws/default` begins like this in our answer: compact, and in the order of the file.
const START: &str = r#"{"id":"AKIAEXAMPLE","secret_key":"#;

pub(super) fn check(checks: &mut Checks, program: &Program) -> Result<()> {
    let originals = VERSIONS.map(Acct::install).into_iter().collect::<Result<Vec<_>>>()?;
    for writer in &originals {
        for plugin in ["fernet", "aesgcm256"].into_iter().filter(|plugin| writer.knows(plugin)) {
            let readers: Vec<_> = originals.iter().filter(|acct| acct.knows(plugin)).collect();
            check_file(checks, program, writer, &readers, plugin)?;
        }
    }
    written::sources(checks, program, &originals)?;
    written::random(checks, program, &originals)
}

fn check_file(
    checks: &mut Checks,
    program: &Program,
    writer: &Acct,
    readers: &[&Acct],
    plugin: &str,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let yaml = folder.path().join("profiles.yml");
    fs::write(&yaml, PROFILES)?;
    let (encrypted, key) = writer.encrypt(&yaml, plugin)?;
    let original = writer.decrypt(&encrypted, &key, plugin)?;
    let config = write_config(folder.path(), &encrypted, &key, plugin)?;
    let ours = program.over(&config, "acct");

    let file = format!("{plugin} file by acct {}", writer.version);
    checks.check(&format!("{file}: we get every profile"), || reads(&ours, &original));
    checks.check(&format!("{file}: we list every profile"), || {
        let expected: Vec<_> = profiles(&original).into_keys().collect();
        expect::equal("paths", &ours.paths()?, &expected)
    });

    let mut changed = original;
    changed["aws"]["default"] = json!({
        "secret_key": "n\u{e9}w 🗝\nline",
        "id": "AKIANEW",
        "numbers": [0, -129, 65536, 1.5],
        "nested": { "none": null, "yes": true, "text": "0123" },
    });
    changed["gitlab"] = json!({ "ci": { "token": "glpat-x" } });
    changed["aws"]["third"] = json!({ "id": "z" });
    checks.check(&format!("{file}: we update and create"), || {
        ours.update("aws/default", changed["aws"]["default"].to_string().as_bytes())?;
        ours.create("gitlab/ci", changed["gitlab"]["ci"].to_string().as_bytes())?;
        ours.create("aws/third", changed["aws"]["third"].to_string().as_bytes())
    });
    for reader in readers {
        let name = format!("{file}, written by us: acct {} reads it", reader.version);
        checks.check(&name, || {
            expect::json("profiles", &reader.decrypt(&encrypted, &key, plugin)?, &changed)
        });
    }
    checks.check(&format!("{file}, written by us: we read it"), || reads_back(&ours, &changed));
    Ok(())
}

fn reads(ours: &Configured<'_>, expected: &Value) -> Result<()> {
    reads_back(ours, expected)?;
    let text = String::from_utf8(ours.get("aws/default").read()?)?;
    expect::equal("the start of aws/default", &text.get(..START.len()), &Some(START))
}

fn reads_back(ours: &Configured<'_>, expected: &Value) -> Result<()> {
    for (path, profile) in profiles(expected) {
        let found = ours.get(&path).read()?;
        let found = match profile {
            Value::String(_) => Value::String(String::from_utf8(found)?),
            _ => serde_json::from_slice(&found).with_context(|| format!("{path} is not JSON"))?,
        };
        expect::json(&path, &found, profile)?;
    }
    Ok(())
}

/// Every profile by its path, sorted by it.
fn profiles(tree: &Value) -> BTreeMap<String, &Value> {
    let mut profiles = BTreeMap::new();
    for (provider, of_provider) in tree.as_object().into_iter().flatten() {
        for (name, profile) in of_provider.as_object().into_iter().flatten() {
            profiles.insert(format!("{provider}/{name}"), profile);
        }
    }
    profiles
}

fn write_config(folder: &Path, encrypted: &Path, key: &str, plugin: &str) -> Result<PathBuf> {
    let (config, key_file) = (folder.join("omnisecret.toml"), folder.join("acct.key"));
    // As a shell redirection leaves it, with a line feed at the end.
    fs::write(&key_file, format!("{key}\n"))?;
    let settings = [
        ("path", encrypted.as_os_str()),
        ("key_file", key_file.as_os_str()),
        ("crypto_plugin", OsStr::new(plugin)),
    ];
    program::configure(&config, "acct", &settings)?;
    Ok(config)
}
