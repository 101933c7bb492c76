//! The settings of a provider, and where they come from.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use omnisecret_core::{Error, ErrorKind, Result, SecretValue};

use crate::crypto::{Cipher, CryptoPlugin};
use crate::provider::{Acct, ID};
use crate::store::{Key, Store};

/// The variables that the acct program reads too.
const FILE_VARIABLE: &str = "ACCT_FILE";
const KEY_VARIABLE: &str = "ACCT_KEY";

/// Where the key comes from.
///
/// A key is the base64 text that `acct encrypt` prints. White space around it does no harm.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum KeySource {
    /// The key itself.
    Value(SecretValue),
    /// A file that holds the key. Read anew for every operation.
    File(PathBuf),
    /// The environment variable of this name, read when the provider is built.
    Env(String),
}

impl From<SecretValue> for KeySource {
    fn from(key: SecretValue) -> Self {
        Self::Value(key)
    }
}

/// Builds an [`Acct`].
///
/// ```
/// use omnisecret_acct::{Acct, CryptoPlugin, KeySource};
///
/// let acct = Acct::builder("creds.yml.fernet")
///     .key(KeySource::File("/run/keys/acct".into()))
///     .crypto_plugin(CryptoPlugin::Fernet)
///     .build()?;
/// # Ok::<(), omnisecret_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct AcctBuilder {
    path: Option<PathBuf>,
    key: Option<KeySource>,
    crypto_plugin: CryptoPlugin,
}

impl AcctBuilder {
    /// Takes the file and the key from `ACCT_FILE` and `ACCT_KEY`, as far as they are set.
    pub fn from_env() -> Self {
        Self::from_env_with(|name| env::var_os(name))
    }

    /// As [`from_env`](Self::from_env), with the variables that the function knows.
    pub fn from_env_with(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name| lookup(name).filter(|value| !value.is_empty());
        Self {
            path: set(FILE_VARIABLE).map(PathBuf::from),
            key: set(KEY_VARIABLE).map(|key| KeySource::Value(secret(key))),
            crypto_plugin: CryptoPlugin::default(),
        }
    }

    /// The encrypted file.
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The key, or where it comes from.
    pub fn key(mut self, key: impl Into<KeySource>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// How the file is encrypted. Fernet unless set otherwise, whatever the file is called.
    pub fn crypto_plugin(mut self, crypto_plugin: CryptoPlugin) -> Self {
        self.crypto_plugin = crypto_plugin;
        self
    }

    /// Checks the settings. Reads no file: whether the key opens the file shows with the first
    /// operation.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] naming everything that is missing or malformed.
    pub fn build(self) -> Result<Acct> {
        self.build_with(|name| env::var_os(name))
    }

    /// As [`build`](Self::build), with the environment variables that the function knows.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_with(self, lookup: impl Fn(&str) -> Option<OsString>) -> Result<Acct> {
        let file = self.path.ok_or_else(|| {
            Error::new(ErrorKind::InvalidConfig, "no file is named")
                .with_action("name the encrypted file, or set ACCT_FILE")
        });
        let key = match self.key {
            None => Err(Error::new(ErrorKind::InvalidConfig, "no key is given")
                .with_action("give the key or the file that holds it, or set ACCT_KEY")),
            Some(KeySource::File(path)) => Ok(Key::File(self.crypto_plugin, path)),
            Some(KeySource::Value(key)) => ready(self.crypto_plugin, &key),
            Some(KeySource::Env(name)) => match lookup(&name) {
                Some(key) => ready(self.crypto_plugin, &secret(key)),
                None => {
                    let message = format!("the environment variable {name:?} is not set");
                    Err(Error::new(ErrorKind::InvalidConfig, message)
                        .with_action(format!("set {name} to the key")))
                }
            },
        };
        match (file, key) {
            (Ok(file), Ok(key)) => Ok(Acct::new(Store { file, key })),
            (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
            (Err(file), Err(key)) => {
                let message = format!("{}; {}", file.message(), key.message());
                Err(Error::new(ErrorKind::InvalidConfig, message).with_action(format!(
                    "{}; {}",
                    file.action(),
                    key.action()
                )))
            }
        }
        .map_err(|error| error.with_context(ID, "configure"))
    }
}

fn ready(plugin: CryptoPlugin, key: &SecretValue) -> Result<Key> {
    Cipher::new(plugin, key.expose_bytes()).map(Key::Ready)
}

fn secret(value: OsString) -> SecretValue {
    SecretValue::from_bytes(value.into_encoded_bytes())
}
