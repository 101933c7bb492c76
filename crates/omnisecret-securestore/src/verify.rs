//! What is wrong with a vault, or would be to another client.

use std::collections::BTreeMap;
use std::fmt;

use omnisecret_core::Result;
use unicode_normalization::UnicodeNormalization;

use crate::crypto::MasterKey;
use crate::document::VERSION;
use crate::vault::open;
use crate::{Document, KeySource, Vault};

/// Something that [`Vault::verify`] has found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The secret's entry does not open: it was sealed under another key, or has been changed.
    Unreadable {
        /// The secret.
        name: String,
    },
    /// The sentinel does not open though secrets do: it is of another key, or has been changed.
    /// `ssclient` makes it so where a wrong key sets a secret in a vault without a sentinel.
    SentinelUnreadable,
    /// There is no sentinel: `ssclient` and others take any key for the right one.
    NoSentinel,
    /// The name stands more than once in the file. The last entry counts, and the next save drops
    /// the others.
    Repeated {
        /// The name.
        name: String,
    },
    /// Names that differ in Unicode's normal form alone: the .NET client merges them into one and
    /// loses the other value when it saves.
    UnicodeTwins {
        /// The names, sorted by their bytes.
        names: Vec<String>,
    },
    /// Names that differ in upper and lower case alone: a new store of the .NET client holds one.
    CaseTwins {
        /// The names, sorted by their bytes.
        names: Vec<String>,
    },
    /// A vault of version 1 or 2, which most clients no longer read.
    OldVersion {
        /// The version.
        version: u32,
    },
}

impl Finding {
    /// Whether a value cannot be read any more, in difference to what may do harm one day.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Unreadable { .. } | Self::SentinelUnreadable)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { name } => {
                write!(f, "{name:?} is sealed under another key, or has been changed")
            }
            Self::SentinelUnreadable => {
                f.write_str("the sentinel is sealed under another key, or has been changed")
            }
            Self::NoSentinel => f.write_str("there is no sentinel, so other clients take any key"),
            Self::Repeated { name } => {
                write!(f, "{name:?} stands more than once, and only the last entry counts")
            }
            Self::UnicodeTwins { names } => {
                write!(f, "{names:?} are one name to the .NET client, which loses a value")
            }
            Self::CaseTwins { names } => {
                write!(f, "{names:?} differ in upper and lower case alone")
            }
            Self::OldVersion { version } => {
                write!(f, "the vault is of version {version}; upgrade it")
            }
        }
    }
}

impl Document<'_> {
    /// Looks for what is wrong, in a vault that may be too damaged to unlock: a key that opens
    /// any entry will do. What [`Vault::verify`] says holds here.
    ///
    /// # Errors
    /// As [`unlock`](Document::unlock), if the key opens nothing at all.
    pub fn verify(&self, key: &KeySource) -> Result<Vec<Finding>> {
        Ok(findings(self, &key.unlock_damaged(self)?))
    }
}

impl Vault<'_> {
    /// Opens every entry and looks at the names. An empty list is a vault that every client reads
    /// alike.
    ///
    /// # Security
    /// The format has no check over the whole file: secrets that were swapped, renamed, removed or
    /// put back to an older value cannot be told.
    pub fn verify(&self) -> Vec<Finding> {
        findings(&self.document, &self.key)
    }
}

fn findings(document: &Document<'_>, key: &MasterKey) -> Vec<Finding> {
    let mut findings = Vec::new();
    if document.version != VERSION {
        findings.push(Finding::OldVersion { version: document.version });
    }
    match &document.sentinel {
        Some(sentinel) if key.open(sentinel).is_none() => {
            findings.push(Finding::SentinelUnreadable);
        }
        None if document.version == VERSION => findings.push(Finding::NoSentinel),
        _ => {}
    }
    for (name, entry) in document.entries() {
        if open(document.version, key, entry).is_none() {
            findings.push(Finding::Unreadable { name: name.to_owned() });
        }
    }
    let repeated = document.repeated.iter();
    findings.extend(repeated.map(|name| Finding::Repeated { name: name.to_string() }));
    let composed = |name: &str| name.nfc().collect::<String>();
    let folded = |name: &str| composed(name).to_uppercase();
    findings.extend(twins(document, composed).map(|names| Finding::UnicodeTwins { names }));
    let by_case = twins(document, folded)
        .filter(|names| names.iter().any(|name| composed(name) != composed(&names[0])));
    findings.extend(by_case.map(|names| Finding::CaseTwins { names }));
    findings
}

/// Names that this function makes equal.
fn twins(
    document: &Document<'_>,
    fold: impl Fn(&str) -> String,
) -> impl Iterator<Item = Vec<String>> {
    let mut groups = BTreeMap::<_, Vec<_>>::new();
    for name in document.names() {
        groups.entry(fold(name)).or_default().push(name.to_owned());
    }
    groups.into_values().filter(|names| names.len() > 1)
}
