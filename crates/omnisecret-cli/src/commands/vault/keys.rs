//! Which vault is meant, and what opens it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use omnisecret::securestore::{KeySource, Vault};
use omnisecret::{Error, ErrorKind, Result, SecretValue, file};

use super::args;
use super::ignore;
use crate::input;
use crate::output::complain;

/// What a password that somebody types for a new vault has at least, as ssclient asks for it.
const MIN_PASSWORD_BYTES: usize = 8;

/// The options that all commands have.
pub(super) struct Keys<'a> {
    store: Option<&'a Path>,
    key: Option<&'a Path>,
    password_file: Option<&'a Path>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(args: &'a args::Vault) -> Self {
        Self {
            store: args.store.as_deref(),
            key: args.key.as_deref(),
            password_file: args.password_file.as_deref(),
        }
    }

    /// The file of the vault.
    pub(super) fn store(&self) -> PathBuf {
        let named = self.store.map(Path::to_owned);
        let by_environment = || env::var_os("OMNISECRET_VAULT").filter(|value| !value.is_empty());
        named.or_else(|| by_environment().map(Into::into)).unwrap_or_else(|| "secrets.json".into())
    }

    /// What opens it: an option, else the environment, else somebody at the terminal.
    pub(super) fn key(&self) -> Result<KeySource> {
        match self.given(self.key) {
            Some(key) => Ok(key),
            None if input::has_terminal() => Ok(KeySource::ask(|| input::prompt("Password: "))),
            None => Err(nothing_opens("-k or --password-file")),
        }
    }

    /// The key of a vault that is to be made.
    pub(super) fn new_key(&self) -> Result<NewKey> {
        let by_environment =
            || env::var_os("OMNISECRET_VAULT_KEY_FILE").filter(|value| !value.is_empty());
        let file = self.key.map(Path::to_owned);
        let file = match self.password_file {
            Some(_) => file,
            None => file.or_else(|| by_environment().map(Into::into)),
        };
        match file {
            Some(file) => NewKey::in_file(&file),
            None => match self.given(None) {
                Some(key) => Ok(key.into()),
                None => NewKey::typed("-k or --password-file"),
            },
        }
    }

    fn given(&self, key: Option<&Path>) -> Option<KeySource> {
        key.map(KeySource::key_file)
            .or_else(|| self.password_file.map(KeySource::password_file))
            .or_else(|| KeySource::from_env_with(|name| env::var_os(name)))
    }
}

/// A key for a vault that is made or rekeyed, and the file that was made for it.
pub(super) struct NewKey {
    pub(super) source: KeySource,
    made: Option<PathBuf>,
}

impl From<KeySource> for NewKey {
    fn from(source: KeySource) -> Self {
        Self { source, made: None }
    }
}

impl NewKey {
    /// The key in this file; a new one, which is written there, where the file is missing or
    /// empty.
    pub(super) fn in_file(path: &Path) -> Result<Self> {
        let is_empty = match fs::metadata(path) {
            Ok(metadata) => metadata.is_file() && metadata.len() == 0,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
            Err(_) => return Ok(KeySource::key_file(path).into()),
        };
        if path.exists() && !is_empty {
            return Ok(KeySource::key_file(path).into());
        }
        let source = KeySource::generate()?;
        let text = Vault::new(&source)?.export_key();
        if is_empty {
            file::create_private(path, text.expose_bytes())?;
        } else {
            file::create_new(path, text.expose_bytes())?;
        }
        Ok(Self { source, made: Some(path.to_owned()) })
    }

    /// A password that somebody types twice.
    pub(super) fn typed(options: &str) -> Result<Self> {
        if !input::has_terminal() {
            return Err(nothing_opens(options));
        }
        Ok(KeySource::password(ask_twice()?).into())
    }

    /// Does what the key is for. A key file that was made is removed if that fails: it opens
    /// nothing. If it succeeds git is told to ignore the file.
    pub(super) fn put_to_use<T>(
        &self,
        no_vcs: bool,
        work: impl FnOnce(&KeySource) -> Result<T>,
    ) -> Result<T> {
        let result = work(&self.source);
        match &self.made {
            Some(path) if result.is_err() => drop(fs::remove_file(path)),
            Some(path) if !no_vcs => ignore::key_file(path),
            _ => {}
        }
        result
    }
}

fn ask_twice() -> Result<SecretValue> {
    loop {
        let password = input::prompt("New password: ")?;
        if password.expose_bytes().len() < MIN_PASSWORD_BYTES {
            complain(&format!("a password has {MIN_PASSWORD_BYTES} bytes at least"));
            continue;
        }
        if password.ct_eq(&input::prompt("The same again: ")?) {
            return Ok(password);
        }
        complain("these are two passwords");
    }
}

fn nothing_opens(options: &str) -> Error {
    Error::new(ErrorKind::InvalidConfig, "there is no key, and no terminal to ask for a password")
        .with_action(format!("give {options}"))
}
