#![doc = include_str!("../README.md")]

mod base64;
mod config;
mod crypto;
mod json;
mod msgpack;
mod path;
mod profiles;
mod provider;
mod store;
mod tree;

pub use config::{AcctBuilder, KeySource};
pub use crypto::CryptoPlugin;
pub use provider::Acct;
