#![doc = include_str!("../README.md")]

mod config;
mod crypto;
mod document;
mod format;
mod key;
mod provider;
mod vault;

pub use config::SecureStoreBuilder;
pub use document::Document;
pub use key::KeySource;
pub use provider::SecureStore;
pub use vault::Vault;
