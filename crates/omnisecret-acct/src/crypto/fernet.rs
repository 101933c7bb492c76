//! Fernet tokens as Python's `cryptography` reads them when it is given no time to live.

use std::time::SystemTime;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE;
use omnisecret_core::Result;
use zeroize::Zeroizing;

use super::{CryptoPlugin, malformed_key};
use crate::base64::{Alphabet, decode};

/// A time at which no token is from the future. The crate adds a minute for clocks that differ.
const END_OF_TIME: u64 = u64::MAX - 60;

pub(crate) struct Fernet(fernet::Fernet);

impl Fernet {
    pub(super) fn new(key: &[u8]) -> Result<Self> {
        normalize(key)
            .and_then(|key| fernet::Fernet::new(&key))
            .map(Self)
            .ok_or_else(|| malformed_key(CryptoPlugin::Fernet, "32 bytes in url-safe base64"))
    }

    pub(super) fn decrypt(&self, token: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let token = normalize(token)?;
        self.0.decrypt_at_time(&token, None, END_OF_TIME).ok().map(Zeroizing::new)
    }

    pub(super) fn encrypt(&self, content: &[u8]) -> Zeroizing<Vec<u8>> {
        // A clock before 1970 gives a token that is old, which nobody minds, rather than a panic.
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Zeroizing::new(self.0.encrypt_at_time(content, now.as_secs()).into_bytes())
    }
}

/// The strict form, which the crate wants, of whatever Python would have read.
fn normalize(text: &[u8]) -> Option<Zeroizing<String>> {
    // What acct writes is that form, and then two passes over it are saved.
    if is_strict(text) {
        return Some(Zeroizing::new(str::from_utf8(text).ok()?.to_owned()));
    }
    Some(Zeroizing::new(BASE64_URL_SAFE.encode(&*decode(text, Alphabet::UrlSafe)?)))
}

/// Whether it is whole groups of the alphabet, the last one padded or not and without spare bits.
fn is_strict(text: &[u8]) -> bool {
    // Without a branch, so that many are looked at in one go: tokens are as long as files.
    let is_of_alphabet =
        |byte: &u8| byte.is_ascii_alphanumeric() | (*byte == b'-') | (*byte == b'_');
    let Some((last, groups)) = text.split_last_chunk::<4>().map(|(groups, last)| (last, groups))
    else {
        return false;
    };
    groups.len() % 4 == 0
        && groups.iter().fold(true, |all, byte| all & is_of_alphabet(byte))
        && BASE64_URL_SAFE.decode(last).is_ok_and(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// The cases of the Fernet specification.
    #[derive(Deserialize)]
    struct Vector {
        #[serde(default)]
        desc: String,
        token: String,
        secret: String,
        #[serde(default)]
        src: String,
    }

    fn vectors(text: &str) -> Vec<(Vector, Option<Zeroizing<Vec<u8>>>)> {
        let vectors: Vec<Vector> = serde_json::from_str(text).unwrap();
        let open = |vector: Vector| {
            let fernet = Fernet::new(vector.secret.as_bytes()).unwrap();
            let content = fernet.decrypt(vector.token.as_bytes());
            (vector, content)
        };
        vectors.into_iter().map(open).collect()
    }

    #[test]
    fn the_valid_tokens_of_the_specification_open() {
        for text in [
            include_str!("../../tests/data/fernet-spec-vectors/verify.json"),
            include_str!("../../tests/data/fernet-spec-vectors/generate.json"),
        ] {
            for (vector, content) in vectors(text) {
                assert_eq!(**content.unwrap(), *vector.src.as_bytes());
            }
        }
    }

    #[test]
    fn the_invalid_tokens_of_the_specification_open_only_where_time_alone_makes_them_invalid() {
        let text = include_str!("../../tests/data/fernet-spec-vectors/invalid.json");
        for (vector, content) in vectors(text) {
            let by_time_alone = vector.desc.contains("far-future") || vector.desc.contains("TTL");
            assert_eq!(content.is_some(), by_time_alone, "{}", vector.desc);
        }
    }
}
