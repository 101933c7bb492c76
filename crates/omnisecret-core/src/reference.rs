//! The text form of "which secret, where": `provider:path[?version=ID|?stage=NAME][#key.path]`.

use std::fmt;
use std::str::FromStr;

use crate::{Error, ErrorKind, GetOptions, KeyPath, MAX_PATH_BYTES, Result, VersionSelector};

/// Names a secret in text: `provider:path`, then optionally a version or a stage, and a key path.
///
/// The first `:` ends the provider's name. Inside the path and the selector `?`, `#` and `%`
/// are percent-encoded; anything else, further colons too, stands for itself. What follows `#`
/// is a [`KeyPath`].
///
/// ```
/// use omnisecret_core::Reference;
///
/// let reference: Reference = "aws.sm:prod/db?stage=AWSPREVIOUS#password".parse()?;
/// assert_eq!(reference.provider(), "aws.sm");
/// assert_eq!(reference.path(), "prod/db");
/// assert_eq!(reference.key_path().keys(), ["password"]);
///
/// let nested: Reference = "securestore:aws:s3:accessId".parse()?;
/// assert_eq!(nested.path(), "aws:s3:accessId");
/// # Ok::<(), omnisecret_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    provider: String,
    path: String,
    version: VersionSelector,
    key_path: KeyPath,
}

impl Reference {
    /// A reference to the current version at this path.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPath`] if the provider's name holds anything but letters, digits, `.`,
    /// `_` and `-`, or the path is longer than [`MAX_PATH_BYTES`].
    pub fn new(provider: impl Into<String>, path: impl Into<String>) -> Result<Self> {
        let (provider, path) = (provider.into(), path.into());
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if provider.is_empty() || !provider.chars().all(is_name) {
            return Err(bad_reference(
                "the provider's name is empty or holds more than letters, digits, '.', '_', '-'",
            ));
        }
        if path.len() > MAX_PATH_BYTES {
            return Err(bad_reference("the path is longer than 4096 bytes"));
        }
        Ok(Self { provider, path, version: VersionSelector::Current, key_path: KeyPath::default() })
    }

    /// With this version.
    #[must_use]
    pub fn with_version(mut self, version: VersionSelector) -> Self {
        self.version = version;
        self
    }

    /// With this field.
    #[must_use]
    pub fn with_key_path(mut self, key_path: KeyPath) -> Self {
        self.key_path = key_path;
        self
    }

    /// The provider's name: an id such as `aws.sm`, or a name that the configuration gives.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The path, decoded.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The version asked for.
    pub fn version(&self) -> &VersionSelector {
        &self.version
    }

    /// The field asked for; empty for the whole value.
    pub fn key_path(&self) -> &KeyPath {
        &self.key_path
    }

    /// Options that ask for this version.
    pub fn options(&self) -> GetOptions {
        GetOptions::default().with_version(self.version.clone())
    }
}

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (provider, rest) =
            text.split_once(':').ok_or_else(|| bad_reference("there is no ':'"))?;
        let (rest, key_path) = match rest.split_once('#') {
            Some((_, "")) => return Err(bad_reference("there is no key after '#'")),
            Some((rest, keys)) => (rest, keys.parse()?),
            None => (rest, KeyPath::default()),
        };
        let (path, version) = match rest.split_once('?') {
            Some((path, selector)) => (path, parse_selector(selector)?),
            None => (rest, VersionSelector::Current),
        };
        Ok(Self::new(provider, decode(path)?)?.with_version(version).with_key_path(key_path))
    }
}

fn parse_selector(selector: &str) -> Result<VersionSelector> {
    let wanted = "after '?' stands version=ID or stage=NAME";
    match selector.split_once('=').ok_or_else(|| bad_reference(wanted))? {
        (_, "") => Err(bad_reference(wanted)),
        ("version", id) => Ok(VersionSelector::Id(decode(id)?)),
        ("stage", name) => Ok(VersionSelector::Stage(decode(name)?)),
        _ => Err(bad_reference(wanted)),
    }
}

/// Undoes percent-encoding, strictly: a `%` that encodes nothing is an error, not a `%`.
fn decode(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(rest.next()), digit(rest.next()));
        match high.zip(low).and_then(|(high, low)| u8::try_from(high * 16 + low).ok()) {
            Some(byte) => bytes.push(byte),
            None => return Err(bad_reference("'%' is not followed by two hexadecimal digits")),
        }
    }
    String::from_utf8(bytes).map_err(|_| bad_reference("percent-encoding gives no UTF-8"))
}

fn bad_reference(reason: &str) -> Error {
    Error::new(ErrorKind::InvalidPath, format!("not a reference: {reason}"))
        .with_action("write provider:path[?version=ID|?stage=NAME][#key.path]")
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.provider, Encoded(&self.path))?;
        match &self.version {
            VersionSelector::Current => {}
            VersionSelector::Id(id) => write!(f, "?version={}", Encoded(id))?,
            VersionSelector::Stage(name) => write!(f, "?stage={}", Encoded(name))?,
        }
        if !self.key_path.is_empty() {
            write!(f, "#{}", self.key_path)?;
        }
        Ok(())
    }
}

/// Encodes the three characters that mean something in a reference.
struct Encoded<'a>(&'a str);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.0.split_inclusive(['?', '#', '%']) {
            match part.strip_suffix(['?', '#', '%']) {
                None => f.write_str(part)?,
                Some(head) => {
                    write!(f, "{head}%{:02X}", part.as_bytes()[head.len()])?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_round_trips() {
        for text in [
            "acct:aws/default#api_key",
            "securestore:",
            "securestore:a b\nc:ü",
            "aws.ps:/prod/db?version=3",
            "aws.sm:100%25 %3Fyes%23#a.\"b.c\".0",
            "aws.sm:x?stage=a%3F=b#k#k?k%k",
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(reference.to_string(), text);
        }
    }

    #[test]
    fn what_is_not_a_reference_says_what_one_is() {
        for bad in [
            "",
            "acct",
            ":x",
            "a b:x",
            "p:x#",
            "p:x?",
            "p:x?version=",
            "p:x?other=1",
            "p:%",
            "p:%zz",
            "p:%ff",
            "p:x?stage",
            "p:x#a..b",
            "p:%4",
        ] {
            let error = bad.parse::<Reference>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidPath, "{bad}");
        }
    }
}
