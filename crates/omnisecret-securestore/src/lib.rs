#![doc = include_str!("../README.md")]

mod armour;
mod config;
mod crypto;
mod document;
mod format;
mod key;
mod layout;
mod legacy;
mod merge;
mod names;
mod provider;
mod rekey;
mod save;
mod vault;
mod verify;

pub use config::SecureStoreBuilder;
pub use document::Document;
pub use key::KeySource;
pub use names::Names;
pub use provider::SecureStore;
pub use vault::Vault;
pub use verify::Finding;
