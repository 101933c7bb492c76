//! The signatures of Alibaba Cloud's APIs: each from a request and a key, without I/O.

mod encode;
mod nonce;
mod rpc;
mod rsa;
mod v3;

pub(crate) use encode::{percent_encode, query_string};
pub(crate) use nonce::nonce;
pub(crate) use rpc::{hmac_sha1, string_to_sign};
pub use rsa::RsaKey;
pub(crate) use v3::{Acs3, hex_sha256};

#[cfg(test)]
mod tests;
