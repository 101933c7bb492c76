//! Client keys of an application access point: a file with a PKCS#12 archive, and its password.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use omnisecret_core::{Error, ErrorKind, Result, SecretValue, async_trait, file};
use p12_keystore::Pkcs12Archive;
use serde::Deserialize;
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use crate::credentials::{Credentials, ProvideCredentials};
use crate::model::SecretText;
use crate::sign::RsaKey;

/// The largest client key file that is read, in bytes; the service's own have 4,000.
const MAX_BYTES: u64 = 64 << 10;

/// A client key file: `{"KeyId": "KAAP..", "PrivateKeyData": "base64 of PKCS#12"}`.
///
/// A source of credentials: the file is read and opened at the first request, and kept. A shared
/// gateway takes its signature in place of an access key's; a KMS instance takes no other.
///
/// ```no_run
/// use std::sync::Arc;
/// use omnisecret_aliyun::{AliyunSm, ClientKeyFile, ClientKeyPassword, CredentialsBuilder};
///
/// let password = ClientKeyPassword::File("/run/keys/kms-password".into());
/// let key = ClientKeyFile::new("/run/keys/clientKey.json", password)?;
/// let secrets = AliyunSm::builder()
///     .region("cn-hangzhou")
///     .credentials(CredentialsBuilder::default().provider(Arc::new(key)))
///     .build()?;
/// # Ok::<(), omnisecret_core::Error>(())
/// ```
pub struct ClientKeyFile {
    path: PathBuf,
    password: Password,
    opened: OnceCell<Credentials>,
}

/// Where the password of a client key comes from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClientKeyPassword {
    /// The password itself.
    Value(SecretValue),
    /// A file that holds it and, at most, white space around it.
    File(PathBuf),
    /// The environment variable of this name, read when the source is made.
    Env(String),
}

#[derive(Clone)]
enum Password {
    Ready(SecretValue),
    File(PathBuf),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    key_id: String,
    private_key_data: SecretText,
}

impl ClientKeyFile {
    /// The key in this file. It is not read yet.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if the variable of the password is not set.
    pub fn new(path: impl Into<PathBuf>, password: ClientKeyPassword) -> Result<Self> {
        Self::new_with(path, password, |name| env::var_os(name))
    }

    /// The same with an environment of the caller's.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn new_with(
        path: impl Into<PathBuf>,
        password: ClientKeyPassword,
        look_up: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self> {
        let password = match password {
            ClientKeyPassword::Value(value) => Password::Ready(value),
            ClientKeyPassword::File(path) => Password::File(path),
            ClientKeyPassword::Env(name) => {
                let value = look_up(&name).filter(|value| !value.is_empty()).ok_or_else(|| {
                    let message = format!("the environment variable {name:?} is not set");
                    Error::new(ErrorKind::InvalidConfig, message)
                        .with_action(format!("set {name} to the password of the client key"))
                })?;
                Password::Ready(SecretValue::from_bytes(value.into_encoded_bytes()))
            }
        };
        Ok(Self { path: path.into(), password, opened: OnceCell::new() })
    }

    async fn open(&self) -> Result<Credentials> {
        let (path, password) = (self.path.clone(), self.password.clone());
        // Deriving the key from the password takes tens of milliseconds.
        let opened = file::blocking(move || {
            let password = match password {
                Password::Ready(password) => password,
                Password::File(path) => {
                    let text = file::read_text(&path)?;
                    SecretValue::text(text.trim())
                }
            };
            open(&path, &password)
        });
        opened.await.map_err(|error| {
            error.with_action(
                "check the client key file and its password; both come from the console",
            )
        })
    }
}

fn open(path: &Path, password: &SecretValue) -> Result<Credentials> {
    let text = file::read(path, MAX_BYTES)?;
    // Why is left out, here and below: it may quote.
    let content: Content = serde_json::from_slice(&text).map_err(|_| {
        let message = format!("{path:?} is not a client key: JSON with KeyId and PrivateKeyData");
        Error::new(ErrorKind::InvalidConfig, message)
    })?;
    let base64 = content.private_key_data.0.expose_str()?;
    let packed: Zeroizing<Vec<u8>> =
        Zeroizing::new(base64.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect());
    let damaged =
        || Error::new(ErrorKind::Corrupt, format!("the client key in {path:?} is damaged"));
    let archive = Zeroizing::new(STANDARD.decode(&*packed).map_err(|_| damaged())?);
    let archive =
        Pkcs12Archive::from_pkcs12(&archive, password.expose_str()?).map_err(|error| {
            if matches!(error, p12_keystore::error::Error::MacError(_)) {
                let message = format!("the password does not open the client key in {path:?}");
                Error::new(ErrorKind::Corrupt, message)
            } else {
                damaged()
            }
        })?;
    // Whether there is a certificate beside it does not matter.
    let key = &archive.keys.first().ok_or_else(damaged)?.key;
    Credentials::client_key(&content.key_id, RsaKey::from_pkcs8_der(key.as_der())?)
}

#[async_trait]
impl ProvideCredentials for ClientKeyFile {
    async fn credentials(&self) -> Result<Credentials> {
        Ok(self.opened.get_or_try_init(|| self.open()).await?.clone())
    }
}

impl fmt::Debug for ClientKeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientKeyFile").field("path", &self.path).finish_non_exhaustive()
    }
}
