//! The signature of version 1: over the parameters of an RPC call, with HMAC-SHA1 or with RSA.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zeroize::Zeroizing;

use super::{percent_encode, query_string};

/// What is signed, by whichever method: every parameter of query and form but `Signature`.
pub(crate) fn string_to_sign<N: AsRef<str>, V: AsRef<str>>(
    method: &str,
    parameters: &[(N, V)],
) -> String {
    format!("{method}&%2F&{}", percent_encode(&query_string(parameters)))
}

/// The parameter `Signature` for `SignatureMethod=HMAC-SHA1`.
pub(crate) fn hmac_sha1(string_to_sign: &str, secret: &[u8]) -> String {
    let mut key = Zeroizing::new(Vec::with_capacity(secret.len() + 1));
    key.extend_from_slice(secret);
    key.push(b'&');
    // Any length of key will do for an HMAC.
    let signature = Hmac::<Sha1>::new_from_slice(&key)
        .map(|mac| mac.chain_update(string_to_sign.as_bytes()).finalize().into_bytes())
        .unwrap_or_default();
    STANDARD.encode(signature)
}
