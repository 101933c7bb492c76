//! ACS3-HMAC-SHA256, version 3: what every current SDK sends, on both gateways. And version 4, which
//! signs the same with a key that is good for one day, region and service.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::nonce::hex;

const VERSION_3: &str = "ACS3-HMAC-SHA256";
const VERSION_4: &str = "ACS4-HMAC-SHA256";

/// What the key of version 4 is derived with first, and what its scope ends in.
const KEY_PREFIX: &str = "aliyun_v4";
const SCOPE_END: &str = "aliyun_v4_request";

/// A request as the signature covers it.
#[derive(Clone, Copy)]
pub(crate) struct Acs3<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    /// As [`query_string`](super::query_string) writes it.
    pub(crate) query: &'a str,
    /// The headers to be signed, names in lower case, in any order.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// [`hex_sha256`] of the body.
    pub(crate) body_sha256: &'a str,
}

impl Acs3<'_> {
    /// The value of the header `Authorization` in version 3.
    pub(crate) fn authorization(&self, key_id: &str, secret: &[u8]) -> String {
        self.signed(VERSION_3, key_id, secret)
    }

    /// The value of the header `Authorization` in version 4; the day is `20240506`.
    pub(crate) fn authorization_4(
        &self,
        key_id: &str,
        secret: &[u8],
        [day, region, product]: [&str; 3],
    ) -> String {
        let first = Zeroizing::new([KEY_PREFIX.as_bytes(), secret].concat());
        let mut key = Zeroizing::new(hmac_sha256(&first, day.as_bytes()));
        for part in [region, product, SCOPE_END] {
            *key = hmac_sha256(&*key, part.as_bytes());
        }
        let credential = format!("{key_id}/{day}/{region}/{product}/{SCOPE_END}");
        self.signed(VERSION_4, &credential, &*key)
    }

    fn signed(&self, algorithm: &str, credential: &str, key: &[u8]) -> String {
        let (canonical, names) = self.canonical();
        let to_sign = format!("{algorithm}\n{}", hex_sha256(canonical.as_bytes()));
        let signature = hex(&hmac_sha256(key, to_sign.as_bytes()));
        format!("{algorithm} Credential={credential},SignedHeaders={names},Signature={signature}")
    }

    /// The canonical request, and the names of the headers in it.
    pub(super) fn canonical(&self) -> (String, String) {
        let mut headers = self.headers.to_vec();
        headers.sort_unstable();
        let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: String =
            headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        let Self { method, path, query, headers: _, body_sha256 } = self;
        (format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{body_sha256}"), names)
    }
}

/// The SHA-256 of the bytes in lower-case digits.
pub(crate) fn hex_sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    // Any length of key will do for an HMAC.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(message).finalize().into_bytes().into())
        .unwrap_or_default()
}
