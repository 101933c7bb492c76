//! `vault rekey`, `upgrade` and `verify`.

use std::process::ExitCode;

use omnisecret::securestore::{Document, KeySource, Vault};
use omnisecret::{ErrorKind, Result, file};
use serde_json::json;

use super::args::Rekey;
use super::create::{refuse_existing, write_key};
use super::keys::{Keys, NewKey};
use crate::exit;
use crate::output::{Output, one_line};

/// Without a bar to watch: 10,000 secrets take some hundredths of a second.
pub(super) fn rekey(args: &Rekey, keys: &Keys<'_>) -> Result<()> {
    let (store, old) = (keys.store(), keys.key()?);
    if let Some(path) = &args.export_key {
        refuse_existing(path)?;
    }
    // A wrong key shows before a new key is made or a new password typed.
    Document::from_slice(&file::read_sealed(&store, file::MAX_STORE_BYTES)?)?.unlock(&old)?;
    let new = match (&args.new_key, &args.new_password_file) {
        (Some(path), _) => NewKey::in_file(path)?,
        (None, Some(path)) => NewKey::from(KeySource::password_file(path)),
        (None, None) => NewKey::typed("--new-key or --new-password-file")?,
    };
    let exported = new.put_to_use(args.no_vcs, |new| {
        Vault::update(&store, &old, |vault| {
            vault.rekey(new)?;
            Ok(vault.export_key())
        })
    })?;
    match &args.export_key {
        Some(path) => write_key(path, &exported, args.no_vcs),
        None => Ok(()),
    }
}

pub(super) fn upgrade(keys: &Keys<'_>, output: &Output) -> Result<()> {
    let key = keys.key()?;
    if !Vault::update(keys.store(), &key, |vault| vault.upgrade(&key))? {
        output.remark("the vault is of version 3 already");
    }
    Ok(())
}

/// Prints a finding a line. Only damage is a failure: the rest may be meant.
pub(super) fn verify(keys: &Keys<'_>, output: &Output) -> Result<ExitCode> {
    let bytes = file::read_sealed(&keys.store(), file::MAX_STORE_BYTES)?;
    let findings = Document::from_slice(&bytes)?.verify(&keys.key()?)?;
    if output.is_json() {
        let describe = |it: &omnisecret::securestore::Finding| json!({ "finding": it.to_string(), "damage": it.is_damage() });
        output.json(&findings.iter().map(describe).collect())?;
    } else {
        let line =
            |it: &omnisecret::securestore::Finding| format!("{}\n", one_line(&it.to_string()));
        output.bytes(findings.iter().map(line).collect::<String>().as_bytes())?;
    }
    let is_damaged = findings.iter().any(omnisecret::securestore::Finding::is_damage);
    Ok(if is_damaged { exit::code(ErrorKind::Corrupt).into() } else { ExitCode::SUCCESS })
}
