//! The cryptography of a vault: AES-128-CBC and HMAC-SHA1 under one 32-byte key.

use aes::Aes128;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use omnisecret_core::{Error, ErrorKind, Result};
use sha1::Sha1;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::document::Entry;

/// Of PBKDF2, in version 3 of the format.
pub(crate) const ROUNDS: u32 = 256_000;

/// The same in versions 1 and 2.
pub(crate) const ROUNDS_BEFORE: u32 = 10_000;

const IV_BYTES: usize = 16;
const BLOCK_BYTES: usize = 16;
const HMAC_BYTES: usize = 20;

/// The 32 bytes that open a vault: an AES-128 key, then a 16-byte HMAC key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct MasterKey {
    aes: [u8; 16],
    hmac: [u8; 16],
}

impl MasterKey {
    pub(crate) const BYTES: usize = 32;

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (aes, hmac) = bytes.split_at_checked(16)?;
        Some(Self { aes: aes.try_into().ok()?, hmac: hmac.try_into().ok()? })
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<[u8; Self::BYTES]> {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        bytes[..16].copy_from_slice(&self.aes);
        bytes[16..].copy_from_slice(&self.hmac);
        bytes
    }

    /// PBKDF2-HMAC-SHA1. The password is taken as it is, an empty one too.
    pub(crate) fn derive(password: &str, salt: &[u8], rounds: u32) -> Self {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        omnisecret_securestore_pbkdf2::derive(password.as_bytes(), salt, rounds, &mut bytes);
        let (mut aes, mut hmac) = ([0; 16], [0; 16]);
        aes.copy_from_slice(&bytes[..16]);
        hmac.copy_from_slice(&bytes[16..]);
        Self { aes, hmac }
    }

    /// Encrypts and authenticates, with a new iv.
    ///
    /// The MAC covers the iv and the ciphertext; nothing covers the name (a limit of the format).
    pub(crate) fn seal(&self, plaintext: &[u8]) -> Result<Entry<'static>> {
        let mut iv = [0; IV_BYTES];
        fill_random(&mut iv)?;
        Ok(self.seal_with(&iv, plaintext))
    }

    fn seal_with(&self, iv: &[u8; IV_BYTES], plaintext: &[u8]) -> Entry<'static> {
        let payload = cbc::Encryptor::<Aes128>::new((&self.aes).into(), iv.into())
            .encrypt_padded_vec::<Pkcs7>(plaintext);
        let mac = self.mac(iv, &payload).finalize().into_bytes();
        Entry::new(STANDARD.encode(iv), STANDARD.encode(mac), STANDARD.encode(payload))
    }

    /// Checks the MAC, in constant time, and then decrypts. `None` if anything is not right:
    /// which of it was wrong is nobody's business.
    pub(crate) fn open(&self, entry: &Entry<'_>) -> Option<Zeroizing<Vec<u8>>> {
        let iv: [u8; IV_BYTES] = decode_exactly(&entry.iv)?;
        let mac: [u8; HMAC_BYTES] = decode_exactly(&entry.hmac)?;
        // Decrypted in place, so that there is one plaintext and it is wiped.
        let mut bytes = Zeroizing::new(STANDARD.decode(&*entry.payload).ok()?);
        self.mac(&iv, &bytes).verify_slice(&mac).ok()?;
        if bytes.is_empty() || bytes.len() % BLOCK_BYTES != 0 {
            return None;
        }
        let cipher = cbc::Decryptor::<Aes128>::new((&self.aes).into(), (&iv).into());
        let length = cipher.decrypt_padded::<Pkcs7>(&mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }

    /// A new sentinel: 32 random bytes, sealed. What they are does not matter.
    pub(crate) fn new_sentinel(&self) -> Result<Entry<'static>> {
        let mut random = Zeroizing::new([0; 32]);
        fill_random(&mut *random)?;
        self.seal(&*random)
    }

    /// A digest of a name and a value under a key of its own, which is derived from this one. It
    /// is no MAC of the format: the label is not a multiple of 16 bytes long, as every iv with a
    /// payload is.
    pub(crate) fn digest(&self, name: &str, value: &[u8]) -> [u8; HMAC_BYTES] {
        let own: [u8; HMAC_BYTES] =
            hmac(&self.hmac, &[b"omnisecret digest 1"]).finalize().into_bytes().into();
        let own = Zeroizing::new(own);
        let length = (name.len() as u64).to_be_bytes();
        hmac(&*own, &[&length, name.as_bytes(), value]).finalize().into_bytes().into()
    }

    fn mac(&self, iv: &[u8; IV_BYTES], payload: &[u8]) -> Hmac<Sha1> {
        hmac(&self.hmac, &[iv, payload])
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha1> {
    // HMAC pads a key that is shorter than a block, so a padded one is the same key.
    let mut block = Zeroizing::new([0; 64]);
    block[..key.len()].copy_from_slice(key);
    let mut mac = Hmac::<Sha1>::new((&*block).into());
    parts.iter().for_each(|part| mac.update(part));
    mac
}

/// A new salt, as every password of a new vault has.
pub(crate) fn new_salt() -> Result<[u8; IV_BYTES]> {
    let mut salt = [0; IV_BYTES];
    fill_random(&mut salt)?;
    Ok(salt)
}

pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|_| {
        Error::new(ErrorKind::Unexpected, "the operating system gives no random bytes")
    })
}

/// Base64 of exactly this many bytes.
fn decode_exactly<const N: usize>(text: &str) -> Option<[u8; N]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VECTORS: &str = include_str!("../tests/data/vectors.json");

    fn text<'a>(value: &'a serde_json::Value, field: &str) -> &'a str {
        value[field].as_str().unwrap()
    }

    fn unhex(text: &str) -> Vec<u8> {
        let digits: Vec<_> = text.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
        digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
    }

    #[test]
    fn a_password_gives_the_known_key() {
        let vectors: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
        for vector in vectors["pbkdf2"].as_array().unwrap() {
            let salt = STANDARD.decode(text(vector, "salt_b64")).unwrap();
            let key = MasterKey::derive(text(vector, "password"), &salt, ROUNDS);
            assert_eq!(
                [key.aes, key.hmac].concat(),
                unhex(text(vector, "master_key_hex")),
                "{vector}"
            );
        }
    }

    #[test]
    fn a_known_entry_is_sealed_and_opened_to_the_byte() {
        let vectors: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
        for vector in vectors["blob"].as_array().unwrap() {
            let key = MasterKey::from_bytes(&unhex(text(vector, "master_key_hex"))).unwrap();
            let plaintext = unhex(text(vector, "plaintext_hex"));
            let iv = decode_exactly(text(vector, "iv")).unwrap();
            let entry = key.seal_with(&iv, &plaintext);
            assert_eq!(&entry.hmac, text(vector, "hmac"), "{vector}");
            assert_eq!(&*entry.payload, text(vector, "payload"), "{vector}");
            assert_eq!(*key.open(&entry).unwrap(), plaintext, "{vector}");
        }
    }

    #[test]
    fn another_key_opens_nothing() {
        let entry = MasterKey::from_bytes(&[1; 32]).unwrap().seal(b"value").unwrap();
        assert!(MasterKey::from_bytes(&[2; 32]).unwrap().open(&entry).is_none());
    }
}
