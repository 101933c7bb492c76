//! Where the key of a vault comes from: a password, a key file, or the key itself.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use omnisecret_core::{Error, ErrorKind, Result, SecretValue, file};
use zeroize::Zeroizing;

use crate::Document;
use crate::armour::{from_armour, no_key, read_key_file};
use crate::crypto::{MasterKey, ROUNDS, fill_random};

/// What opens a vault.
///
/// Nothing is read or asked for before the key is needed: names can be listed without it. A key
/// that was derived from a password is remembered, by all clones, for as long as the password and
/// the vault's salt stay the same: deriving it takes tens of milliseconds on purpose.
#[derive(Clone)]
pub struct KeySource {
    source: Source,
    derived: Arc<Mutex<Option<Derived>>>,
}

#[derive(Clone)]
enum Source {
    Password(SecretValue),
    PasswordFile(PathBuf),
    Ask(Arc<dyn Fn() -> Result<SecretValue> + Send + Sync>),
    KeyFile(PathBuf),
    Key(SecretValue),
    KeyText(SecretValue),
    Missing,
}

/// A password that has opened a vault with this salt.
struct Derived {
    password: SecretValue,
    salt: Vec<u8>,
    key: MasterKey,
}

impl KeySource {
    /// A password, taken as it is: nothing is trimmed, and it may be empty.
    pub fn password(password: impl Into<SecretValue>) -> Self {
        Source::Password(password.into()).into()
    }

    /// A file that holds a password; one final LF or CRLF is not part of it.
    pub fn password_file(path: impl Into<PathBuf>) -> Self {
        Source::PasswordFile(path.into()).into()
    }

    /// A password that is asked for when it is first needed, at a terminal say.
    pub fn ask(ask: impl Fn() -> Result<SecretValue> + Send + Sync + 'static) -> Self {
        Source::Ask(Arc::new(ask)).into()
    }

    /// A key file: 32 raw bytes, or the same armoured in base64 between `BEGIN` and `END` lines.
    pub fn key_file(path: impl Into<PathBuf>) -> Self {
        Source::KeyFile(path.into()).into()
    }

    /// The 32 bytes of the key.
    pub fn key(bytes: impl Into<Vec<u8>>) -> Self {
        Source::Key(SecretValue::binary(bytes)).into()
    }

    /// The armoured text of a key file.
    pub fn key_text(text: impl Into<SecretValue>) -> Self {
        Source::KeyText(text.into()).into()
    }

    /// The first that is set of `OMNISECRET_VAULT_KEY_FILE`, `OMNISECRET_VAULT_KEY` (armoured
    /// text) and `OMNISECRET_VAULT_PASSWORD`.
    pub fn from_env_with(look_up: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let set = |name| look_up(name).filter(|value| !value.is_empty());
        // What is not UTF-8 is no key and no password: it is refused when it is used.
        let text = |value: OsString| SecretValue::from_bytes(value.into_encoded_bytes());
        set("OMNISECRET_VAULT_KEY_FILE")
            .map(Self::key_file)
            .or_else(|| set("OMNISECRET_VAULT_KEY").map(text).map(Self::key_text))
            // The one of them that may be empty and meant.
            .or_else(|| look_up("OMNISECRET_VAULT_PASSWORD").map(text).map(Self::password))
    }

    /// A new key of 32 random bytes, for a vault that is made or rekeyed. It is nowhere else:
    /// write [`Vault::export_key`](crate::Vault::export_key) to a file.
    ///
    /// # Errors
    /// [`ErrorKind::Unexpected`] if the operating system gives no random bytes.
    pub fn generate() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; MasterKey::BYTES]);
        fill_random(&mut *bytes)?;
        Ok(Self::key(bytes.to_vec()))
    }

    /// Whether getting the key takes somebody who types, or rounds of derivation.
    pub(crate) fn is_slow(&self) -> bool {
        match self.source {
            Source::Password(_) | Source::PasswordFile(_) | Source::Ask(_) => true,
            Source::KeyFile(_) | Source::Key(_) | Source::KeyText(_) | Source::Missing => false,
        }
    }

    /// The key for a vault that is new, so that there is nothing to try it on.
    pub(crate) fn for_new(&self, salt: &[u8]) -> Result<MasterKey> {
        match self.material()? {
            Material::Key(key) => Ok(key),
            Material::Password(password) => {
                let key = MasterKey::derive(text_of(&password)?, salt, ROUNDS);
                self.remember(Derived { password, salt: salt.to_vec(), key: key.clone() });
                Ok(key)
            }
        }
    }

    /// None: enough to list names.
    pub(crate) fn missing() -> Self {
        Source::Missing.into()
    }

    /// The key, once it has shown that it opens this vault.
    ///
    /// Where the vault has no sentinel to try it on, any entry will do: a wrong key must not get
    /// to write. A password typed at ssclient's prompt went into the vault as if each of its
    /// UTF-8 bytes were a Latin-1 character, so that form is tried second.
    pub(crate) fn unlock(&self, document: &Document<'_>) -> Result<MasterKey> {
        self.unlock_if(document, admits)
    }

    /// The same for a vault that may be damaged: any entry that opens will do, the sentinel or not.
    pub(crate) fn unlock_damaged(&self, document: &Document<'_>) -> Result<MasterKey> {
        self.unlock_if(document, |document, key| admits(document, key) || opens_any(document, key))
    }

    fn unlock_if(
        &self,
        document: &Document<'_>,
        admits: impl Fn(&Document<'_>, &MasterKey) -> bool,
    ) -> Result<MasterKey> {
        let salt = salt(document)?;
        let rounds = document.rounds();
        let wrong = |what: &str| {
            let message = format!("the {what} is wrong, or the vault has been tampered with");
            Error::new(ErrorKind::Corrupt, message)
                .with_action(format!("check the {what}; if it is right, restore the vault"))
        };
        let password = match self.material()? {
            Material::Key(key) if admits(document, &key) => return Ok(key),
            Material::Key(_) => return Err(wrong("key")),
            Material::Password(password) => password,
        };
        // Held while deriving, so that those who come at once derive once.
        let mut derived = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*derived
            && known.salt == salt
            && known.password.ct_eq(&password)
            && admits(document, &known.key)
        {
            return Ok(known.key.clone());
        }
        let text = text_of(&password)?;
        let mut key = MasterKey::derive(text, &salt, rounds);
        if !admits(document, &key) {
            if text.is_ascii() {
                return Err(wrong("password"));
            }
            key = MasterKey::derive(&as_typed_at_the_prompt(text), &salt, rounds);
            if !admits(document, &key) {
                return Err(wrong("password"));
            }
        }
        *derived = Some(Derived { password, salt, key: key.clone() });
        Ok(key)
    }

    fn remember(&self, derived: Derived) {
        *self.derived.lock().unwrap_or_else(PoisonError::into_inner) = Some(derived);
    }

    fn material(&self) -> Result<Material> {
        Ok(match &self.source {
            Source::Password(password) => Material::Password(password.clone()),
            Source::PasswordFile(path) => Material::Password(file::read_text(path)?.into()),
            Source::Ask(ask) => Material::Password(self.ask_once(&**ask)?),
            Source::KeyFile(path) => Material::Key(read_key_file(path)?),
            Source::Key(bytes) => {
                let key = MasterKey::from_bytes(bytes.expose_bytes()).ok_or_else(|| {
                    Error::new(ErrorKind::InvalidConfig, "the key does not have 32 bytes")
                })?;
                Material::Key(key)
            }
            Source::KeyText(text) => {
                let key = from_armour(text.expose_bytes()).ok_or_else(|| no_key("the text"))?;
                Material::Key(key)
            }
            Source::Missing => {
                let message = "no key or password of the vault is given";
                return Err(Error::new(ErrorKind::InvalidConfig, message).with_action(
                    "name one in the configuration, or set OMNISECRET_VAULT_KEY_FILE, \
                     OMNISECRET_VAULT_KEY or OMNISECRET_VAULT_PASSWORD",
                ));
            }
        })
    }

    fn ask_once(
        &self,
        ask: &(dyn Fn() -> Result<SecretValue> + Send + Sync),
    ) -> Result<SecretValue> {
        let derived = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        match &*derived {
            Some(known) => Ok(known.password.clone()),
            None => ask(),
        }
    }
}

enum Material {
    Password(SecretValue),
    Key(MasterKey),
}

impl From<Source> for KeySource {
    fn from(source: Source) -> Self {
        Self { source, derived: Arc::default() }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple("KeySource");
        match &self.source {
            Source::PasswordFile(path) | Source::KeyFile(path) => tuple.field(path),
            Source::Password(value) | Source::Key(value) | Source::KeyText(value) => {
                tuple.field(value)
            }
            Source::Ask(_) => tuple.field(&"ask"),
            Source::Missing => tuple.field(&"missing"),
        };
        tuple.finish()
    }
}

/// The salt of a password. 16 bytes, or fewer where another program has upgraded a vault of
/// version 2; more than 16 no program of this format makes.
fn salt(document: &Document<'_>) -> Result<Vec<u8>> {
    STANDARD.decode(&*document.iv).ok().filter(|salt| salt.len() <= 16).ok_or_else(|| {
        Error::new(ErrorKind::Corrupt, "the vault's iv is not base64 of at most 16 bytes")
            .with_action("restore the file from a copy")
    })
}

/// Whether the key is the vault's. A vault with nothing in it to try a key on takes any.
pub(crate) fn admits(document: &Document<'_>, key: &MasterKey) -> bool {
    match &document.sentinel {
        Some(sentinel) => key.open(sentinel).is_some(),
        None => document.is_empty() || opens_any(document, key),
    }
}

fn opens_any(document: &Document<'_>, key: &MasterKey) -> bool {
    document.entries().any(|(_, entry)| key.open(entry).is_some())
}

fn text_of(password: &SecretValue) -> Result<&str> {
    password
        .expose_str()
        .map_err(|_| Error::new(ErrorKind::InvalidConfig, "the password is not text"))
}

fn as_typed_at_the_prompt(password: &str) -> Zeroizing<String> {
    let trimmed = password.trim();
    let mut typed = Zeroizing::new(String::with_capacity(trimmed.len() * 2));
    typed.extend(trimmed.bytes().map(char::from));
    typed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_where_a_key_comes_from_and_never_the_key() {
        let sources = [
            KeySource::password("hunter2"),
            KeySource::key(*b"hunter2hunter2hunter2hunter2hunt"),
            KeySource::key_text("hunter2"),
            KeySource::ask(|| Ok("hunter2".into())),
        ];
        for source in sources {
            assert!(!format!("{source:?}").contains("hunter2"), "{source:?}");
        }
        assert_eq!(format!("{:?}", KeySource::key_file("a.key")), r#"KeySource("a.key")"#);
    }

    #[test]
    fn a_prompt_of_ssclient_makes_each_byte_a_character() {
        assert_eq!(*as_typed_at_the_prompt(" ä "), "Ã¤");
    }
}
