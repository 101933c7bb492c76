//! The recorded files, and files made for one test.

use std::fs;
use std::path::{Path, PathBuf};

use fernet::Fernet;
use omnisecret_acct::{Acct, CryptoPlugin};
use omnisecret_core::{SecretProvider, SecretValue};
use tempfile::TempDir;

pub(crate) const FERNET_KEY: &str = "K2CQ7evdP-bUe2F8Kb6pjW3-J0pSKZJX6BudZwudtV8=";
pub(crate) const AESGCM_KEY: &str = "m59qNiuiWfbG0RUVsZk4toMdqI6MyYywlFsWW1wui9o=";

/// A recorded file or folder.
pub(crate) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// A provider over a file, by what the file's name ends in.
pub(crate) fn open(file: &Path) -> Acct {
    let (key, plugin) = match file.extension().and_then(|extension| extension.to_str()) {
        Some("aesgcm256") => (AESGCM_KEY, CryptoPlugin::AesGcm256),
        _ => (FERNET_KEY, CryptoPlugin::Fernet),
    };
    Acct::builder(file).key(SecretValue::text(key)).crypto_plugin(plugin).build().unwrap()
}

/// A file of one test's own.
pub(crate) struct Own {
    pub(crate) acct: Acct,
    pub(crate) file: PathBuf,
    _folder: TempDir,
}

impl Own {
    /// With these bytes, under a name.
    pub(crate) fn new(name: &str, bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        Self { acct: open(&file), file, _folder: folder }
    }

    /// A copy of a recorded file.
    pub(crate) fn copy(recorded: &Path) -> Self {
        let name = recorded.file_name().unwrap().to_str().unwrap();
        Self::new(name, &fs::read(recorded).unwrap())
    }

    /// A Fernet file with this content.
    pub(crate) fn sealed(content: &[u8]) -> Self {
        Self::new("own.fernet", Fernet::new(FERNET_KEY).unwrap().encrypt(content).as_bytes())
    }

    /// The content of a Fernet file.
    pub(crate) fn content(&self) -> Vec<u8> {
        let token = fs::read_to_string(&self.file).unwrap();
        Fernet::new(FERNET_KEY).unwrap().decrypt(&token).unwrap()
    }

    /// The text of one profile.
    pub(crate) async fn text(&self, path: &str) -> String {
        self.acct.get(path).await.unwrap().expose_str().unwrap().to_owned()
    }
}
