#![doc = include_str!("../README.md")]

mod batch;
mod denial;
mod path;
mod provider;
mod service;
mod update;

/// The settings that the providers of AWS share.
pub use omnisecret_aws::{Role, Settings};
pub use provider::SecretsManager;
