//! The file as it stands: names in the clear, values sealed. No key is needed for what is here.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use omnisecret_core::{Error, ErrorKind, Result, file};
use serde_json::value::RawValue;

use crate::crypto::{ROUNDS, ROUNDS_BEFORE};
use crate::{KeySource, Names, Vault, layout, legacy};

/// The version of the format that is written.
pub(crate) const VERSION: u32 = 3;

/// A vault without its key: what it holds can be listed, not read.
///
/// Borrows from the text that it was parsed from, where it was parsed from one. The format is
/// SecureStore's version 3, as `ssclient` 2.0.1 writes it: a JSON object of `version`, `iv` (the
/// salt of a password), `sentinel` and `secrets`; each entry of `iv`, `hmac` and `payload` in
/// base64. Opening checks that shape for the whole file; base64, lengths and MAC are checked when
/// an entry is read. Versions 1 and 2 are parsed too, to be read and upgraded.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    pub(crate) version: u32,
    pub(crate) iv: Cow<'a, str>,
    pub(crate) sentinel: Option<Entry<'a>>,
    /// Sorted by the bytes of the name, each name once.
    pub(crate) secrets: Vec<(Cow<'a, str>, Entry<'a>)>,
    /// Names that stood more than once, of which the last entry counts.
    pub(crate) repeated: Vec<Cow<'a, str>>,
    pub(crate) unknown: Unknown<'a>,
}

/// A sealed value: the three base64 strings as they stand in the file.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) iv: Cow<'a, str>,
    pub(crate) hmac: Cow<'a, str>,
    pub(crate) payload: Cow<'a, str>,
    pub(crate) unknown: Unknown<'a>,
}

/// Fields that this crate does not know, kept for whoever does.
pub(crate) type Unknown<'a> = Vec<(Cow<'a, str>, Cow<'a, RawValue>)>;

impl<'a> Document<'a> {
    /// Parses the bytes of a vault file, of version 3, 2 or 1.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] if it is a vault of another version, [`ErrorKind::Corrupt`] if
    /// it is no vault at all.
    pub fn from_slice(bytes: &'a [u8]) -> Result<Self> {
        match layout::parse(bytes) {
            Some(document) => Ok(document),
            None => serde_json::from_slice(bytes)
                .or_else(|error| legacy::parse(bytes).ok_or_else(|| refuse(bytes, &error))),
        }
    }

    /// A vault without secrets whose password has this salt.
    pub(crate) fn empty(salt: &[u8]) -> Self {
        Self {
            version: VERSION,
            iv: STANDARD.encode(salt).into(),
            sentinel: None,
            secrets: Vec::new(),
            repeated: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// The version of the format: 3, or 1 or 2 of a vault that can be read and
    /// [upgraded](Vault::upgrade).
    pub fn version(&self) -> u32 {
        self.version
    }

    /// How often PBKDF2 goes round for a password of this vault.
    pub(crate) fn rounds(&self) -> u32 {
        if self.version == VERSION { ROUNDS } else { ROUNDS_BEFORE }
    }

    /// Refuses a vault that has to be upgraded first.
    pub(crate) fn require_current(&self) -> Result<()> {
        if self.version == VERSION {
            return Ok(());
        }
        Err(unsupported(self.version.into()).with_action(
            "upgrade it with `omnisecret vault upgrade`, which keeps its key or password",
        ))
    }

    /// The secret's entry.
    pub(crate) fn entry(&self, name: &str) -> Option<&Entry<'a>> {
        self.position(name).ok().map(|at| &self.secrets[at].1)
    }

    /// Puts an entry in the place of the one with this name, or among the others.
    pub(crate) fn put(&mut self, name: &str, entry: Entry<'a>) {
        match self.position(name) {
            Ok(at) => {
                let unknown = std::mem::take(&mut self.secrets[at].1.unknown);
                self.secrets[at].1 = Entry { unknown, ..entry };
            }
            Err(at) => self.secrets.insert(at, (Cow::Owned(name.to_owned()), entry)),
        }
    }

    /// Takes an entry out; false if there is none.
    pub(crate) fn take(&mut self, name: &str) -> bool {
        let position = self.position(name);
        position.is_ok_and(|at| {
            self.secrets.remove(at);
            true
        })
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Entry<'a>)> {
        self.secrets.iter().map(|(name, entry)| (&**name, entry))
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.secrets.binary_search_by(|(there, _)| (**there).cmp(name))
    }

    /// The names of all secrets, sorted by their bytes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries().map(|(name, _)| name)
    }

    /// Whether there is a secret of exactly this name.
    pub fn contains(&self, name: &str) -> bool {
        self.position(name).is_ok()
    }

    /// How many secrets there are.
    pub fn len(&self) -> usize {
        self.secrets.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// The same with the key, so that values can be read.
    ///
    /// # Errors
    /// As [`Vault::unlock`].
    pub fn unlock(self, key: &KeySource) -> Result<Vault<'a>> {
        Vault::unlock(self, key)
    }

    /// The bytes of the file, in ssclient's layout: two blanks a level, names sorted, no line end
    /// behind the last brace. Fields that ssclient would drop follow the known ones.
    pub fn to_bytes(&self) -> Vec<u8> {
        if let Some(bytes) = layout::write(self) {
            return bytes;
        }
        let mut bytes = Vec::with_capacity(256 + self.len() * 256);
        // Writing to memory fails for a map whose keys are not strings, and these are.
        let written = serde_json::to_writer_pretty(&mut bytes, self);
        debug_assert!(written.is_ok(), "a document is always JSON");
        bytes
    }
}

impl Document<'static> {
    /// Reads a vault file of at most 256 MiB.
    ///
    /// # Errors
    /// As [`from_slice`](Document::from_slice) and as [`file::read`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let bytes = file::read_sealed(path.as_ref(), file::MAX_STORE_BYTES)?;
        Document::from_slice(&bytes).map(Document::into_owned)
    }

    /// The names of the secrets of the vault in a file, without the rest of it in memory.
    ///
    /// # Errors
    /// As [`open`](Document::open).
    pub fn names_in(path: impl AsRef<Path>) -> Result<Names> {
        let path = path.as_ref();
        let mut names = Names::default();
        let mut file = file::open(path, file::MAX_STORE_BYTES)?;
        if layout::stream(&mut file, |name, _| names.push(name)).is_none() {
            names = Names::default();
            let bytes = file::read_sealed(path, file::MAX_STORE_BYTES)?;
            Document::from_slice(&bytes)?.names().for_each(|name| names.push(name));
        }
        Ok(names)
    }

    /// A vault with some of its secrets alone, which is cheaper: to be read, and never written.
    /// One that is not in ssclient's layout has them all.
    pub(crate) fn part_of(path: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<Self> {
        let mut file = file::open(path, file::MAX_STORE_BYTES)?;
        let mut secrets = Vec::new();
        let part = layout::stream(&mut file, |name, entry| {
            if is_wanted(name) {
                secrets.push((Cow::Owned(name.to_owned()), entry.into_owned()));
            }
        });
        part.map_or_else(|| Document::open(path), |part| Ok(Document { secrets, ..part }))
    }

    /// Reads a vault of at most 256 MiB to the end of the reader.
    ///
    /// # Errors
    /// As [`from_slice`](Document::from_slice), and [`ErrorKind::Unavailable`] if reading fails.
    pub fn from_reader(reader: impl Read) -> Result<Self> {
        let mut bytes = Vec::new();
        let read = reader.take(file::MAX_STORE_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| {
            let message = format!("the vault cannot be read: {}", error.kind());
            Error::new(ErrorKind::Unavailable, message)
        })?;
        if bytes.len() as u64 > file::MAX_STORE_BYTES {
            return Err(Error::new(ErrorKind::InvalidConfig, "the vault is larger than 256 MiB"));
        }
        Document::from_slice(&bytes).map(Document::into_owned)
    }

    /// Takes a vault that is part of a larger JSON document.
    ///
    /// # Errors
    /// As [`from_slice`](Document::from_slice).
    pub fn from_value(value: &serde_json::Value) -> Result<Self> {
        Document::from_slice(value.to_string().as_bytes()).map(Document::into_owned)
    }
}

impl Document<'_> {
    /// The same, borrowing from nothing.
    pub fn into_owned(self) -> Document<'static> {
        let secrets = self.secrets.into_iter();
        Document {
            version: self.version,
            iv: Cow::Owned(self.iv.into_owned()),
            sentinel: self.sentinel.map(Entry::into_owned),
            secrets: secrets
                .map(|(name, entry)| (Cow::Owned(name.into_owned()), entry.into_owned()))
                .collect(),
            repeated: own_all(self.repeated),
            unknown: own(self.unknown),
        }
    }
}

impl Entry<'static> {
    pub(crate) fn new(iv: String, hmac: String, payload: String) -> Self {
        Self { iv: iv.into(), hmac: hmac.into(), payload: payload.into(), unknown: Vec::new() }
    }
}

impl Entry<'_> {
    pub(crate) fn into_owned(self) -> Entry<'static> {
        Entry {
            iv: Cow::Owned(self.iv.into_owned()),
            hmac: Cow::Owned(self.hmac.into_owned()),
            payload: Cow::Owned(self.payload.into_owned()),
            unknown: own(self.unknown),
        }
    }
}

fn own_all(texts: Vec<Cow<'_, str>>) -> Vec<Cow<'static, str>> {
    texts.into_iter().map(|text| Cow::Owned(text.into_owned())).collect()
}

fn own(unknown: Unknown<'_>) -> Unknown<'static> {
    let own = |(name, value): (Cow<'_, str>, Cow<'_, RawValue>)| {
        (Cow::Owned(name.into_owned()), Cow::Owned(value.into_owned()))
    };
    unknown.into_iter().map(own).collect()
}

/// Why these bytes are no vault, with the position in place of the parser's own words.
fn refuse(bytes: &[u8], error: &serde_json::Error) -> Error {
    if let Some(version) = legacy::version(bytes).filter(|it| *it != u64::from(VERSION)) {
        return unsupported(version)
            .with_action("upgrade it with the program that made it, or make a new vault");
    }
    let what = match error.classify() {
        serde_json::error::Category::Eof => "is cut off",
        serde_json::error::Category::Data => "does not have the shape of a SecureStore vault",
        _ => "is not JSON",
    };
    let message = format!("the vault {what} (line {}, column {})", error.line(), error.column());
    Error::new(ErrorKind::Corrupt, message).with_action("restore the file from a copy")
}

fn unsupported(version: u64) -> Error {
    let message = format!("the vault is of version {version}, not {VERSION}");
    Error::new(ErrorKind::Unsupported, message)
}
