//! Secrets from the encrypted profile files of Python acct.

mod base64;
mod crypto;

pub use crypto::CryptoPlugin;
