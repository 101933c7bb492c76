//! ACS3-HMAC-SHA256, version 3: what every current SDK sends, on both gateways.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::nonce::hex;

const ALGORITHM: &str = "ACS3-HMAC-SHA256";

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
    /// The value of the header `Authorization`.
    pub(crate) fn authorization(&self, key_id: &str, secret: &[u8]) -> String {
        let (canonical, names) = self.canonical();
        let to_sign = format!("{ALGORITHM}\n{}", hex_sha256(canonical.as_bytes()));
        let signature = hex(&hmac_sha256(secret, to_sign.as_bytes()));
        format!("{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}")
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
