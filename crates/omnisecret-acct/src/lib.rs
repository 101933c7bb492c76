//! Secrets from the encrypted profile files of Python acct.

mod base64;
mod crypto;
mod msgpack;
mod tree;

pub use crypto::CryptoPlugin;
