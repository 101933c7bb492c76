//! The settings of the provider, and the environment that they can come from.

use std::ffi::OsString;
use std::path::PathBuf;

use omnisecret_core::{Error, ErrorKind, Result};

use crate::{KeySource, SecureStore};

/// Makes a [`SecureStore`].
#[derive(Clone, Debug, Default)]
pub struct SecureStoreBuilder {
    path: Option<PathBuf>,
    key: Option<KeySource>,
}

impl SecureStoreBuilder {
    /// Settings from `OMNISECRET_VAULT`, the path of the vault, and the first that is set of
    /// `OMNISECRET_VAULT_KEY_FILE`, `OMNISECRET_VAULT_KEY` (armoured text) and
    /// `OMNISECRET_VAULT_PASSWORD`.
    pub fn from_env() -> Self {
        Self::from_env_with(|name| std::env::var_os(name))
    }

    /// The same from an environment of the caller's.
    pub fn from_env_with(look_up: impl Fn(&str) -> Option<OsString>) -> Self {
        Self {
            path: look_up("OMNISECRET_VAULT").filter(|value| !value.is_empty()).map(PathBuf::from),
            key: KeySource::from_env_with(look_up),
        }
    }

    /// The file of the vault.
    #[must_use]
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// What opens the vault where nothing else has been set.
    #[must_use]
    pub fn fallback_key(mut self, key: KeySource) -> Self {
        self.key.get_or_insert(key);
        self
    }

    /// What opens the vault.
    #[must_use]
    pub fn key(mut self, key: KeySource) -> Self {
        self.key = Some(key);
        self
    }

    /// The provider. The vault is not opened yet, nor is the key looked at; without one names can
    /// be listed, and no value be read.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if no vault is named.
    pub fn build(self) -> Result<SecureStore> {
        let path = self.path.ok_or_else(|| {
            Error::new(ErrorKind::InvalidConfig, "no vault is named")
                .with_action("name the file of the vault, or set OMNISECRET_VAULT")
                .with_context(SecureStore::ID, "configure")
        })?;
        Ok(SecureStore::new(path, self.key.unwrap_or_else(KeySource::missing)))
    }
}
