//! A whole file: its content between the YAML that people write and the bytes that are stored.

use std::fmt;

use omnisecret_core::{Error, ErrorKind, Result, SecretValue};

use crate::crypto::{Cipher, CryptoPlugin};
use crate::json;
use crate::msgpack;
use crate::output::{Form, show};
use crate::path::ProfilePath;
use crate::profiles::Profiles;
use crate::tree::Value;
use crate::tree::merge::merge;

/// The key of a file, ready for use with one crypto plugin.
///
/// ```
/// use omnisecret_acct::{CryptoPlugin, FileKey};
///
/// let text = FileKey::generate(CryptoPlugin::Fernet)?;
/// let key = FileKey::new(CryptoPlugin::Fernet, &text)?;
/// assert_eq!(format!("{key:?}"), "fernet([REDACTED])");
/// # Ok::<(), omnisecret_core::Error>(())
/// ```
pub struct FileKey(Cipher);

impl FileKey {
    /// Takes the key in acct's text form.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if it is not one of this plugin.
    pub fn new(plugin: CryptoPlugin, key: &SecretValue) -> Result<Self> {
        Cipher::new(plugin, key.expose_bytes()).map(Self)
    }

    /// The text of a new random key, as `acct encrypt` prints it.
    ///
    /// # Errors
    /// [`ErrorKind::Unexpected`] if the system gives no random bytes.
    pub fn generate(plugin: CryptoPlugin) -> Result<SecretValue> {
        plugin.generate_key()
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The content of a file: `{provider: {profile: value}}`, with what acct reserves at the top.
///
/// ```
/// # fn main() -> omnisecret_core::Result<()> {
/// # #[cfg(feature = "yaml")] {
/// use omnisecret_acct::{CryptoPlugin, Document, FileKey, Form, Render};
///
/// let key = FileKey::new(CryptoPlugin::Fernet, &FileKey::generate(CryptoPlugin::Fernet)?)?;
/// let document = Render::default().read(b"aws:\n  default: {id: 0755}\n")?;
/// let sealed = document.encrypt(&key)?;
///
/// let document = Document::decrypt(&key, &sealed)?;
/// assert_eq!(document.get("aws/default")?.expose_str()?, r#"{"id":755}"#);
/// assert_eq!(document.show(Form::Raw)?.expose_str()?, "{'aws': {'default': {'id': 755}}}\n");
/// # }
/// # Ok(()) }
/// ```
///
/// # Security
/// Wiped when it drops. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Document(Value);

impl Default for Document {
    /// A document without a provider.
    fn default() -> Self {
        Self(Value::Map(Vec::new()))
    }
}

impl Document {
    /// Takes a map, or what Python calls false for an empty one.
    pub(crate) fn new(content: Value) -> Result<Self> {
        if matches!(content, Value::Map(_)) {
            return Ok(Self(content));
        }
        if content.is_falsy() {
            return Ok(Self(Value::Map(Vec::new())));
        }
        let message = "the content is no map of providers";
        Err(Error::new(ErrorKind::InvalidValue, message)
            .with_action("give a document of the form provider: {profile: {...}}"))
    }

    pub(crate) fn into_content(self) -> Value {
        self.0
    }

    /// Opens the bytes of a file.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] if the key does not open them or they are damaged inside;
    /// [`ErrorKind::InvalidValue`] if they hold no map of providers;
    /// [`ErrorKind::Unsupported`] for other serial plugins than msgpack.
    pub fn decrypt(key: &FileKey, sealed: &[u8]) -> Result<Self> {
        Self::new(msgpack::decode(&key.0.decrypt(sealed)?)?)
    }

    /// The bytes of a file with this content, other ones each time.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] if it is larger than is read again.
    pub fn encrypt(&self, key: &FileKey) -> Result<Vec<u8>> {
        // Sealed bytes are no secret.
        Ok(std::mem::take(&mut *key.0.encrypt(&msgpack::encode(&self.0)?)?))
    }

    /// The profile at `provider/profile`, as [`Acct`](crate::Acct) answers it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPath`] without a `/`; [`ErrorKind::NotFound`] if there is none.
    pub fn get(&self, path: &str) -> Result<SecretValue> {
        let profiles = Profiles::new(self.0.clone())?;
        let profile = profiles.find(&ProfilePath::new(path)?);
        json::write(profile.ok_or_else(|| Error::new(ErrorKind::NotFound, "no such profile"))?)
    }

    /// The paths of all profiles, in the order of the file.
    ///
    /// # Errors
    /// None for a document that was read; [`ErrorKind::InvalidValue`] else.
    pub fn paths(&self) -> Result<Vec<String>> {
        let profiles = Profiles::new(self.0.clone())?;
        Ok(profiles.iter().map(|(path, _)| path).collect())
    }

    /// The content in a form of `acct decrypt --output`, to the byte.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] if it holds what the form cannot show.
    pub fn show(&self, form: Form) -> Result<SecretValue> {
        show(&self.0, form)
    }

    /// The content as YAML to be edited: in file order, texts of several lines as they are, and
    /// nothing escaped that need not be.
    ///
    /// # Errors
    /// As [`show`](Self::show).
    #[cfg(feature = "yaml")]
    pub fn to_text(&self) -> Result<SecretValue> {
        crate::output::to_text(&self.0)
    }

    /// Takes a JSON object for a document: overrides, say.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if it is none.
    pub fn from_json(json: &str) -> Result<Self> {
        let invalid = |_| {
            Error::new(ErrorKind::InvalidConfig, "the overrides or extras are no JSON object")
                .with_action("give {\"provider\": {\"profile\": {...}}}")
        };
        json::read_document(json).and_then(Self::new).map_err(invalid)
    }

    /// This document with the values of another put in: maps are merged, all else is replaced.
    #[must_use]
    pub fn overridden_by(mut self, other: &Self) -> Self {
        merge(&mut self.0, &other.0);
        self
    }

    /// Whether acct shows both as the same: bytes for a text make no difference.
    pub fn shows_same(&self, other: &Self) -> bool {
        match (self.show(Form::Raw), other.show(Form::Raw)) {
            (Ok(one), Ok(other)) => one.ct_eq(&other),
            _ => false,
        }
    }

    /// Whether both have the same content in the same order.
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt).
    pub fn is_same(&self, other: &Self) -> Result<bool> {
        Ok(*msgpack::encode(&self.0)? == *msgpack::encode(&other.0)?)
    }

    /// Refuses what acct 6 could not read again: keys that are no texts.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] if there is one.
    pub fn require_text_keys(&self) -> Result<()> {
        fn has_text_keys(value: &Value) -> bool {
            match value {
                Value::List(list) => list.iter().all(has_text_keys),
                Value::Map(map) => map.iter().all(|(key, value)| {
                    matches!(key, Value::Text(_) | Value::Bytes(_)) && has_text_keys(value)
                }),
                _ => true,
            }
        }
        if has_text_keys(&self.0) {
            return Ok(());
        }
        let message = "a key is no text, and acct 6 could not read the file";
        Err(Error::new(ErrorKind::InvalidValue, message)
            .with_action("quote the keys that are numbers, booleans or null"))
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document([REDACTED])")
    }
}
