//! The raw bytes that acct's `aesgcm256` writes: a nonce of 12 bytes, ciphertext, a tag of 16.

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, Nonce};
use aes_gcm::aes::Aes192;
use aes_gcm::{Aes128Gcm, Aes256Gcm, KeyInit};
use omnisecret_core::{Error, ErrorKind, Result};
use zeroize::Zeroizing;

use super::{CryptoPlugin, malformed_key};
use crate::base64::{Alphabet, decode};

type Aes192Gcm = aes_gcm::AesGcm<Aes192, U12>;

const NONCE_BYTES: usize = 12;

/// By the length of the key, because acct takes any that AES has. Boxed: a key schedule is large.
pub(crate) enum AesGcm {
    Key128(Box<Aes128Gcm>),
    Key192(Box<Aes192Gcm>),
    Key256(Box<Aes256Gcm>),
}

impl AesGcm {
    pub(super) fn new(key: &[u8]) -> Result<Self> {
        let key = decode(key, Alphabet::Standard).unwrap_or_default();
        let cipher = match key.len() {
            16 => Aes128Gcm::new_from_slice(&key).map(|cipher| Self::Key128(Box::new(cipher))),
            24 => Aes192Gcm::new_from_slice(&key).map(|cipher| Self::Key192(Box::new(cipher))),
            _ => Aes256Gcm::new_from_slice(&key).map(|cipher| Self::Key256(Box::new(cipher))),
        };
        let form = "32 bytes (or 16 or 24) in standard base64";
        cipher.map_err(|_| malformed_key(CryptoPlugin::AesGcm256, form))
    }

    pub(super) fn decrypt(&self, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let nonce = Nonce::<Aes256Gcm>::from(*nonce);
        let content = match self {
            Self::Key128(cipher) => cipher.decrypt(&nonce, sealed),
            Self::Key192(cipher) => cipher.decrypt(&nonce, sealed),
            Self::Key256(cipher) => cipher.decrypt(&nonce, sealed),
        };
        content.ok().map(Zeroizing::new)
    }

    pub(super) fn encrypt(&self, content: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| {
            Error::new(ErrorKind::Unexpected, "the system gives no random bytes for a nonce")
        })?;
        let sealing = Nonce::<Aes256Gcm>::from(nonce);
        let sealed = match self {
            Self::Key128(cipher) => cipher.encrypt(&sealing, content),
            Self::Key192(cipher) => cipher.encrypt(&sealing, content),
            Self::Key256(cipher) => cipher.encrypt(&sealing, content),
        };
        let sealed = sealed
            .map_err(|_| Error::new(ErrorKind::InvalidValue, "the content is too large to seal"))?;
        Ok(Zeroizing::new([&nonce, &*sealed].concat()))
    }
}
