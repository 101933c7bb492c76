//! ssclient's own spellings and exit codes, so that scripts need no change.
//!
//! Kept: commands, options, what goes to standard output, exit codes, the questions before a file
//! is overwritten. Not kept: what loses data or shows it. Files are replaced whole and under a
//! lock, made for their owner alone, and a value from standard input is not cut at its first line
//! end nor shown on standard error.

mod args;

use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use omnisecret::securestore::{Document, KeySource, SecureStore, Vault};
use omnisecret::{Error, ErrorKind, Result, SecretValue, file};

use super::ignore;
use super::json;
use super::keys::NewKey;
use super::text::{lines, printable};
use crate::input;
use crate::output::{self, Output, complain};
use args::{Args, Command, Format};

/// EEXIST: somebody did not want a file overwritten.
const REFUSED: u8 = 17;

/// ENOENT: there is no such store.
const NO_STORE: u8 = 2;

const FAILED: u8 = 1;

/// The arguments for ssclient, if the program is meant to be it.
pub(crate) fn arguments() -> Option<Vec<OsString>> {
    let arguments: Vec<_> = std::env::args_os().collect();
    let name = Path::new(arguments.first()?).file_name()?;
    if name == "ssclient" {
        return Some(arguments);
    }
    let is_meant = arguments.get(1)? == "vault" && arguments.get(2)? == "--compat";
    is_meant
        .then(|| std::iter::once("ssclient".into()).chain(arguments.into_iter().skip(3)).collect())
}

pub(crate) fn run(mut arguments: Vec<OsString>) -> ExitCode {
    if arguments.len() == 1 {
        arguments.push("--help".into());
    }
    let args = match args::parse(arguments) {
        Ok(args) => args,
        Err(error) => return output::refuse(&error),
    };
    let output = Output::plain();
    match answer(&args, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.fail(&error.clone().with_context(SecureStore::ID, "vault"));
            let has_store = args.store.symlink_metadata().is_ok();
            let needs_store = !matches!(args.command, Command::Create { .. });
            ExitCode::from(match error.kind() {
                ErrorKind::Conflict if !needs_store || exports(&args) => REFUSED,
                _ if needs_store && !has_store => NO_STORE,
                _ => FAILED,
            })
        }
    }
}

fn exports(args: &Args) -> bool {
    matches!(args.command, Command::ExportKey { .. })
}

fn answer(args: &Args, output: &Output) -> Result<()> {
    match &args.command {
        Command::Create { path, export_key, no_vcs } => {
            let store = path.as_deref().unwrap_or(&args.store);
            create(args, store, export_key.as_deref(), *no_vcs)
        }
        Command::Get { name: Some(name), .. } => {
            let value = Vault::read(&args.store, &key(args)?, name)
                .map_err(|error| error.with_path(name))?;
            output.bytes(format!("{}\n", printable(&value)).as_bytes())
        }
        Command::Get { format, .. } => {
            let bytes = file::read_sealed(&args.store, file::MAX_STORE_BYTES)?;
            let vault = Document::from_slice(&bytes)?.unlock(&key(args)?)?;
            let secrets = vault.iter().map(|(name, value)| match value {
                Ok(value) => Ok((name.to_owned(), value)),
                Err(error) => Err(error.with_path(name)),
            });
            let secrets = secrets.collect::<Result<_>>()?;
            let text = match format {
                Format::Json => json::array(&secrets)?,
                Format::Text => lines(&secrets),
            };
            output.bytes(text.as_bytes())
        }
        Command::Set { name, value } => {
            let key = key(args)?;
            file::read_sealed(&args.store, file::MAX_STORE_BYTES)?;
            let value = new_value(value.as_deref())?;
            Vault::update(&args.store, &key, |vault| vault.set(name, value.clone()))
        }
        Command::Delete { name } => Vault::update(&args.store, &key(args)?, |vault| {
            vault.remove(name).map_err(|error| error.with_path(name))
        }),
        Command::ExportKey { path, no_vcs } => {
            let bytes = file::read_sealed(&args.store, file::MAX_STORE_BYTES)?;
            let vault = Document::from_slice(&bytes)?.unlock(&key(args)?)?;
            let over = may_overwrite(path, "keyfile at")?;
            export_key(path, &vault, over, *no_vcs)
        }
    }
}

fn create(args: &Args, store: &Path, export: Option<&Path>, no_vcs: bool) -> Result<()> {
    let over_store = may_overwrite(store, "keystore")?;
    let over_key = export.map_or(Ok(false), |path| may_overwrite(path, "keyfile at"))?;
    let new = match (&args.key, given_password(args)) {
        (Some(path), _) => NewKey::in_file(path)?,
        (None, Some(password)) => KeySource::password(password).into(),
        (None, None) => NewKey::typed("either a password (-p) or a key file (-k)")?,
    };
    let vault = new.put_to_use(no_vcs, |key| {
        let vault = Vault::new(key)?;
        write(store, &vault.to_bytes(), over_store)?;
        Ok(vault)
    })?;
    export.map_or(Ok(()), |path| export_key(path, &vault, over_key, no_vcs))
}

fn export_key(path: &Path, vault: &Vault<'_>, over: bool, no_vcs: bool) -> Result<()> {
    write(path, vault.export_key().expose_bytes(), over)?;
    if !no_vcs {
        ignore::key_file(path);
    }
    Ok(())
}

/// Over a file only where it was there and may be overwritten, not where it has come since.
fn write(path: &Path, bytes: &[u8], over: bool) -> Result<()> {
    if over { file::create_private(path, bytes) } else { file::create_new(path, bytes) }
}

fn key(args: &Args) -> Result<KeySource> {
    match (&args.key, given_password(args)) {
        (Some(path), _) => Ok(KeySource::key_file(path)),
        (None, Some(password)) => Ok(KeySource::password(password)),
        (None, None) if io::stdin().is_terminal() => {
            Ok(KeySource::ask(|| input::prompt("Password: ")))
        }
        (None, None) => Err(Error::new(
            ErrorKind::InvalidConfig,
            "either a password or a key file is required where there is no terminal",
        )
        .with_action("give -k FILE")),
    }
}

/// The password on the command line: at a terminal it is asked for, with `-p` or without.
fn given_password(args: &Args) -> Option<SecretValue> {
    let password = args.password.as_ref().filter(|_| !io::stdin().is_terminal())?;
    complain("other users can see a password on the command line; -k FILE is safer");
    Some(password.as_str().into())
}

/// A value on the command line, else what is typed, else standard input less one line end.
fn new_value(value: Option<&str>) -> Result<SecretValue> {
    if let Some(value) = value {
        complain("other users can see a value on the command line; standard input is safer");
        return Ok(value.into());
    }
    if io::stdin().is_terminal() {
        return input::prompt("Value: ");
    }
    let mut bytes = input::read_stdin()?;
    if bytes.ends_with(b"\n") {
        bytes.pop();
        if bytes.ends_with(b"\r") {
            bytes.pop();
        }
    }
    Ok(bytes.into())
}

/// Whether there is a file that may be overwritten: an empty one, or one that somebody at the
/// terminal says so of. Without a terminal the answer is no.
fn may_overwrite(path: &Path, what: &str) -> Result<bool> {
    match fs::metadata(path) {
        Err(_) => return Ok(false),
        Ok(metadata) if metadata.is_file() && metadata.len() == 0 => return Ok(true),
        Ok(_) => {}
    }
    if io::stdin().is_terminal() {
        loop {
            ask(&format!("Overwrite existing {what} {path:?}? [y/n] "));
            let mut answer = String::new();
            let is_read = io::stdin().read_line(&mut answer).is_ok_and(|count| count > 0);
            match answer.trim() {
                "y" | "yes" => return Ok(true),
                "n" | "no" => break,
                _ if !is_read => break,
                _ => {}
            }
        }
    }
    Err(Error::new(ErrorKind::Conflict, format!("{path:?} is there already"))
        .with_action("name another file, or remove this one"))
}

fn ask(text: &str) {
    use io::Write;

    // Where standard error is closed there is nobody to ask.
    drop(write!(io::stderr(), "{text}"));
}
