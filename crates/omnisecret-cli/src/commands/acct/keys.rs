//! Where a key comes from, and where a new one goes.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use omnisecret::acct::{CryptoPlugin, FileKey};
use omnisecret::{Error, ErrorKind, Result, SecretValue, file};
use zeroize::Zeroizing;

use super::args::Acct;
use crate::input;
use crate::output::Output;

/// The variables that no program that we start needs.
pub(super) const KEY_VARIABLE: &str = "ACCT_KEY";

/// The key of a file that is there: by an option, else by the environment, else by somebody at the
/// terminal.
pub(super) fn key(args: &Acct) -> Result<SecretValue> {
    if let Some(key) = given(args)? {
        return Ok(key);
    }
    if input::has_terminal() {
        return input::prompt("Key: ");
    }
    Err(Error::new(ErrorKind::InvalidConfig, "no key is given")
        .with_action("give --key-file or --key-command, or set ACCT_KEY"))
}

/// The key of a file that may be new.
pub(super) fn key_or_new(args: &Acct) -> Result<NewKey> {
    match &args.key_file {
        Some(path) if !is_stdin(path) => NewKey::in_file(path, args.crypto_plugin),
        _ => match given(args)? {
            Some(key) => Ok(NewKey::given(key)),
            None => NewKey::printed(args.crypto_plugin),
        },
    }
}

fn given(args: &Acct) -> Result<Option<SecretValue>> {
    if let Some(key) = &args.acct_key {
        return Ok(Some(key.clone()));
    }
    if let Some(path) = &args.key_file {
        let text = if is_stdin(path) { of_stdin()? } else { file::read_text(path)? };
        return Ok(Some(text.into()));
    }
    if let Some(command) = &args.key_command {
        return printed_by(command).map(Some);
    }
    let by_environment = env::var_os(KEY_VARIABLE).filter(|key| !key.is_empty());
    Ok(by_environment.map(|key| SecretValue::from_bytes(key.into_encoded_bytes())))
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn of_stdin() -> Result<Zeroizing<String>> {
    text(input::read_stdin()?, "standard input")
}

/// What a command of the shell prints, less a line end. It may ask at the terminal.
fn printed_by(command: &str) -> Result<SecretValue> {
    let failed = |reason: String| {
        Error::new(ErrorKind::InvalidConfig, format!("the command of --key-command {reason}"))
            .with_action("see that it prints the key, and nothing else")
    };
    let output = Command::new("sh")
        .args(["-c", command])
        .stderr(Stdio::inherit())
        .stdin(Stdio::inherit())
        .output()
        .map_err(|error| failed(format!("cannot be started: {}", error.kind())))?;
    let printed = Zeroizing::new(output.stdout);
    if !output.status.success() {
        return Err(failed(format!("has failed: {}", output.status)));
    }
    if printed.len() as u64 > file::MAX_KEY_BYTES {
        return Err(failed("prints no key".into()));
    }
    text(printed, "the output of --key-command").map(Into::into)
}

fn text(mut bytes: Zeroizing<Vec<u8>>, source: &str) -> Result<Zeroizing<String>> {
    if bytes.ends_with(b"\n") {
        bytes.pop();
    }
    String::from_utf8(std::mem::take(&mut *bytes)).map(Zeroizing::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        Error::new(ErrorKind::InvalidConfig, format!("{source} is no text"))
            .with_action("give the key that `acct encrypt` printed")
    })
}

/// A key for a file that is written, and what became of it.
pub(super) struct NewKey {
    text: SecretValue,
    made: Made,
}

enum Made {
    /// It was there.
    Given,
    /// It is to be printed.
    ToPrint,
    /// It was written to this file.
    InFile(PathBuf),
}

impl NewKey {
    /// The key in this file, or a new one that is written there where there is none.
    pub(super) fn in_file(path: &Path, plugin: CryptoPlugin) -> Result<Self> {
        if path.symlink_metadata().is_ok() {
            return Ok(Self::given(file::read_text(path)?.into()));
        }
        let text = FileKey::generate(plugin)?;
        file::create_new(path, text.expose_bytes())?;
        Ok(Self { text, made: Made::InFile(path.to_owned()) })
    }

    /// A new key that is to be printed.
    pub(super) fn printed(plugin: CryptoPlugin) -> Result<Self> {
        Ok(Self { text: FileKey::generate(plugin)?, made: Made::ToPrint })
    }

    /// A key that is there.
    pub(super) fn given(text: SecretValue) -> Self {
        Self { text, made: Made::Given }
    }

    /// Whether the key was there before.
    pub(super) fn is_given(&self) -> bool {
        matches!(self.made, Made::Given)
    }

    /// Whether it is this key.
    pub(super) fn is(&self, key: &SecretValue) -> bool {
        self.text.ct_eq(key)
    }

    pub(super) fn key(&self, plugin: CryptoPlugin) -> Result<FileKey> {
        FileKey::new(plugin, &self.text)
    }

    /// Prints a new key that is in no file. To be done before the key is used: a file that nobody
    /// has the key of would be worse than a key of no file.
    pub(super) fn announce(&self, output: &Output) -> Result<()> {
        if let Made::ToPrint = self.made {
            output.bytes(self.text.expose_bytes())?;
            output.bytes(b"\n")?;
        }
        Ok(())
    }

    /// Removes the key file that was made, because nothing is sealed with it.
    pub(super) fn discard(&self) {
        if let Made::InFile(path) = &self.made {
            drop(fs::remove_file(path));
        }
    }

    /// Does the one thing that the key is for.
    pub(super) fn put_to_use(
        &self,
        output: &Output,
        work: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        self.announce(output).and_then(|()| work()).inspect_err(|_| self.discard())
    }
}
