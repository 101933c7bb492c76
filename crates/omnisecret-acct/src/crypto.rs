//! What acct calls crypto plugins: how the content of a file is sealed.

mod aesgcm;
mod fernet;

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use omnisecret_core::{Error, ErrorKind, Result, SecretValue};
use zeroize::Zeroizing;

use self::aesgcm::AesGcm;
use self::fernet::Fernet;

/// How a file is encrypted. Nothing in the file says so: it has to be known, as the key has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CryptoPlugin {
    /// Fernet: AES-128-CBC and HMAC-SHA256 in url-safe base64. What acct takes unless told
    /// otherwise, and the only one before 8.2.
    #[default]
    Fernet,
    /// AES-GCM over raw bytes. With a key of 32 bytes, or, the name notwithstanding, 16 or 24.
    AesGcm256,
}

impl CryptoPlugin {
    /// Every plugin.
    pub const ALL: &'static [Self] = &[Self::Fernet, Self::AesGcm256];

    /// The name that acct's `--crypto-plugin` takes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fernet => "fernet",
            Self::AesGcm256 => "aesgcm256",
        }
    }

    /// A new key of 32 random bytes, in the base64 that acct has for it.
    pub(crate) fn generate_key(self) -> Result<SecretValue> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *key).map_err(|_| {
            Error::new(ErrorKind::Unexpected, "the system gives no random bytes for a key")
        })?;
        Ok(SecretValue::text(match self {
            Self::Fernet => BASE64_URL_SAFE.encode(*key),
            Self::AesGcm256 => BASE64_STANDARD.encode(*key),
        }))
    }
}

impl fmt::Display for CryptoPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads the name that acct's `--crypto-plugin` takes.
///
/// ```
/// use omnisecret_acct::CryptoPlugin;
///
/// assert_eq!("aesgcm256".parse::<CryptoPlugin>()?, CryptoPlugin::AesGcm256);
/// let error = "rot13".parse::<CryptoPlugin>().unwrap_err();
/// assert_eq!(error.action(), "name one of fernet, aesgcm256");
/// # Ok::<(), omnisecret_core::Error>(())
/// ```
impl FromStr for CryptoPlugin {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.iter().copied().find(|plugin| plugin.name() == name).ok_or_else(|| {
            let known = Self::ALL.iter().map(|plugin| plugin.name()).collect::<Vec<_>>().join(", ");
            // What stands there may be a key that somebody has put in the wrong place.
            Error::new(ErrorKind::InvalidConfig, format!("not a crypto plugin; known are {known}"))
                .with_action(format!("name one of {known}"))
        })
    }
}

/// A plugin with its key.
pub(crate) enum Cipher {
    Fernet(Fernet),
    AesGcm(AesGcm),
}

impl Cipher {
    /// Takes the key in acct's text form. [`ErrorKind::InvalidConfig`] says what one looks like.
    pub(crate) fn new(plugin: CryptoPlugin, key: &[u8]) -> Result<Self> {
        // Python decodes a key from text, which may not go beyond ASCII; junk within it may stand.
        let key = if key.is_ascii() { key } else { &[] };
        match plugin {
            CryptoPlugin::Fernet => Fernet::new(key).map(Self::Fernet),
            CryptoPlugin::AesGcm256 => AesGcm::new(key).map(Self::AesGcm),
        }
    }

    /// What a file holds. [`ErrorKind::Corrupt`] if it is not what this key sealed.
    pub(crate) fn decrypt(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let content = match self {
            Self::Fernet(fernet) => fernet.decrypt(sealed),
            Self::AesGcm(aesgcm) => aesgcm.decrypt(sealed),
        };
        content.ok_or_else(|| {
            let plugin = self.plugin();
            let message =
                format!("the file does not open with {plugin} and this key, or it is damaged");
            Error::new(ErrorKind::Corrupt, message).with_action(
                "check the key and the crypto plugin; if both are right, restore the file",
            )
        })
    }

    /// The bytes of a file that holds this, different ones each time.
    pub(crate) fn encrypt(&self, content: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        match self {
            Self::Fernet(fernet) => Ok(fernet.encrypt(content)),
            Self::AesGcm(aesgcm) => aesgcm.encrypt(content),
        }
    }

    fn plugin(&self) -> CryptoPlugin {
        match self {
            Self::Fernet(_) => CryptoPlugin::Fernet,
            Self::AesGcm(_) => CryptoPlugin::AesGcm256,
        }
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}([REDACTED])", self.plugin())
    }
}

fn malformed_key(plugin: CryptoPlugin, form: &'static str) -> Error {
    let message = format!("the key is not one of {plugin}, which is {form}");
    Error::new(ErrorKind::InvalidConfig, message)
        .with_action("give the key that `acct encrypt` printed, to its last `=`")
}
