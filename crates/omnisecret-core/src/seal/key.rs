//! The keys of a second level: what is sealed, what is opened, and how records are named.

use std::fmt;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::namespace::Subject;
use super::store::{StoreKey, random};
use crate::{Error, ErrorKind, Result};

/// The form of the records that are written here. One of another form is a miss.
const FORMAT: u8 = 1;

const KEY_BYTES: usize = 32;
const ID_BYTES: usize = 8;
const NONCE_BYTES: usize = 24;

/// The keys of a second level. The first one seals, each of them opens.
///
/// A key is 32 random bytes, or their 64 hexadecimal digits; a passphrase is refused. To replace a
/// key, give the new one first and the old one behind it to every process; take the old one away
/// when `max_age` has passed since the last process got the new one.
///
/// ```
/// use omnisecret_core::seal::Keyring;
///
/// let old = Keyring::parse(b"8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92")?;
/// let new = Keyring::parse(b"5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9")?;
/// let keys = new.with_old(old);
///
/// assert!(Keyring::parse(b"correct horse battery staple").is_err());
/// # Ok::<(), omnisecret_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Keyring(Vec<Arc<SealKey>>);

impl Keyring {
    /// Reads the bytes of a key file: 32 bytes as they are, or 64 hexadecimal digits on each line,
    /// the newest key first.
    ///
    /// `openssl rand -hex 32` writes such a line.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] for anything else, 32 bytes of plain text among it.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        if let Ok(key) = bytes.try_into() {
            // No random key looks like this: one in 10^13 does.
            if bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
                return Err(not_a_key());
            }
            return Ok(Self(vec![Arc::new(SealKey::derive(key)?)]));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| not_a_key())?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let keys: Vec<_> = lines
            .map(|line| SealKey::derive(&*from_hex(line)?).map(Arc::new))
            .collect::<Result<_>>()?;
        if keys.is_empty() { Err(not_a_key()) } else { Ok(Self(keys)) }
    }

    /// The same, and opens what the keys of an old ring have sealed.
    #[must_use]
    pub fn with_old(mut self, old: Self) -> Self {
        self.0.extend(old.0);
        self
    }

    /// The keys, the sealing one first. There is always one.
    pub(super) fn iter(&self) -> impl Iterator<Item = &SealKey> {
        self.0.iter().map(|key| &**key)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("keys", &self.0.len()).finish_non_exhaustive()
    }
}

fn not_a_key() -> Error {
    Error::new(
        ErrorKind::InvalidConfig,
        "the cache key is neither 32 random bytes nor their 64 hexadecimal digits",
    )
    .with_action("make a key with `openssl rand -hex 32`; a passphrase will not do")
}

fn from_hex(digits: &str) -> Result<Zeroizing<[u8; KEY_BYTES]>> {
    let digits = digits.as_bytes();
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    if digits.len() != 2 * KEY_BYTES {
        return Err(not_a_key());
    }
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let digit = char::from(*digit).to_digit(16).ok_or_else(not_a_key)?;
            // Less than 16, as a hexadecimal digit is.
            *byte = *byte << 4 | digit.to_le_bytes()[0];
        }
    }
    Ok(key)
}

/// One key, and what is derived from it: nothing is used for two purposes.
pub(super) struct SealKey {
    /// Tells the reader which key to take; says nothing about it.
    id: [u8; ID_BYTES],
    /// Wiped on drop by its own crate.
    cipher: XChaCha20Poly1305,
    names: Zeroizing<[u8; KEY_BYTES]>,
}

impl SealKey {
    fn derive(secret: &[u8; KEY_BYTES]) -> Result<Self> {
        // The input is as random as a key can be, so a salt adds nothing.
        let hkdf = Hkdf::<Sha256>::new(None, secret);
        let expand = |purpose: &str, output: &mut [u8]| {
            let info = ["omnisecret cache 1 ", purpose];
            let info = info.map(str::as_bytes);
            hkdf.expand_multi_info(&info, output)
                .map_err(|_| Error::new(ErrorKind::Unexpected, "the cache key cannot be derived"))
        };
        let (mut id, mut names) = ([0; ID_BYTES], Zeroizing::new([0; KEY_BYTES]));
        let mut sealing = Zeroizing::new([0; KEY_BYTES]);
        expand("id", &mut id)?;
        expand("names", &mut *names)?;
        expand("seal", &mut *sealing)?;
        let cipher = XChaCha20Poly1305::new_from_slice(&*sealing).map_err(|_| not_a_key())?;
        Ok(Self { id, cipher, names })
    }

    /// Where the record of this secret is kept.
    pub(super) fn name(&self, subject: &Subject<'_>) -> Result<StoreKey> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.names).map_err(|_| not_a_key())?;
        mac.update(&subject.bytes(&[]));
        Ok(StoreKey::new(mac.finalize().into_bytes().into()))
    }

    /// Format, key id, nonce, ciphertext with its tag.
    pub(super) fn seal(&self, subject: &Subject<'_>, plain: &[u8]) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE_BYTES] = random()?;
        let aad = subject.bytes(&[&[FORMAT], &self.id]);
        let payload = Payload { msg: plain, aad: &aad };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Error::new(ErrorKind::Unexpected, "the record cannot be sealed"))?;
        Ok([&[FORMAT][..], &self.id, &nonce, &sealed].concat())
    }

    /// What was sealed, if it was sealed with this key for this secret.
    pub(super) fn open(&self, subject: &Subject<'_>, record: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let rest = record.strip_prefix(&[FORMAT])?.strip_prefix(&self.id)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let aad = subject.bytes(&[&[FORMAT], &self.id]);
        let payload = Payload { msg: sealed, aad: &aad };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
    }
}
