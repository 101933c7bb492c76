#![doc = include_str!("../README.md")]

#[cfg(feature = "clap")]
mod args;
mod base64;
mod config;
mod crypto;
mod dialect;
mod document;
mod json;
mod msgpack;
mod output;
mod path;
mod profiles;
mod provider;
#[cfg(feature = "yaml")]
mod render;
mod store;
mod tree;
mod unlock;
mod wiped;
#[cfg(feature = "yaml")]
mod yaml;

#[cfg(feature = "clap")]
pub use args::AcctArgs;
pub use config::{AcctBuilder, KeySource};
pub use crypto::CryptoPlugin;
pub use dialect::Dialect;
pub use document::{Document, FileKey};
pub use output::Form;
pub use provider::Acct;
#[cfg(feature = "yaml")]
pub use render::{Render, RenderPipe, Syntax};
pub use unlock::{
    Backend, Blocking, BlockingBackend, BlockingGather, Gather, GatherContext, Gathered, Profile,
    ProfileTree, Profiles, ProfilesBuilder, ProviderBackend,
};
