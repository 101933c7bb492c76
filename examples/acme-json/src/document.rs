//! The file: one JSON object of names and texts.

use std::collections::BTreeMap;
use std::path::Path;

use omnisecret_core::{Error, ErrorKind, Result, Secret, SecretMeta, file};
use zeroize::Zeroizing;

/// Names and values, wiped when it drops.
pub(crate) struct Document(BTreeMap<String, Zeroizing<String>>);

impl Document {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        Self::parse(&file::read(path, file::MAX_STORE_BYTES)?)
    }

    // ANCHOR: update
    /// Gives the name another value, under a lock from the first look to the last byte.
    pub(crate) fn update(path: &Path, name: &str, value: &str, create: bool) -> Result<()> {
        file::update(path, file::MAX_STORE_BYTES, |old| {
            let mut document = Self::parse(old)?;
            if !create && !document.contains(name) {
                return Err(not_found());
            }
            document.0.insert(name.to_owned(), Zeroizing::new(value.to_owned()));
            Ok((document.to_bytes()?, ()))
        })
    }
    // ANCHOR_END: update

    // ANCHOR: errors
    fn parse(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes).map(Self).map_err(|error| {
            // The text of serde's error quotes what it has found: that may be a secret.
            let message = format!("the file is no JSON object of texts: see line {}", error.line());
            Error::new(ErrorKind::Corrupt, message).with_action("correct the file, or restore it")
        })
    }
    // ANCHOR_END: errors

    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>> {
        let bytes = serde_json::to_vec_pretty(&self.0).map(Zeroizing::new);
        bytes
            .map_err(|_| Error::new(ErrorKind::Unexpected, "the secrets cannot be written as JSON"))
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn get(&self, name: &str) -> Result<Secret> {
        // The file keeps no version and no time.
        let secret = |value: &Zeroizing<String>| Secret::new(value.clone(), SecretMeta::default());
        self.0.get(name).map(secret).ok_or_else(not_found)
    }
}

fn not_found() -> Error {
    Error::new(ErrorKind::NotFound, "no such secret")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_form_is_corrupt_and_the_error_quotes_nothing_of_it() {
        for bytes in [&b""[..], b"[]", b"{\n\"prod/db\": 19283746}", b"{\"prod/db\": \"19283746"] {
            let error = Document::parse(bytes).err().expect("it is no object of texts");
            assert_eq!(error.kind(), ErrorKind::Corrupt);
            assert!(!format!("{error} {error:?}").contains("19283746"), "{error}");
        }
    }
}
