#![doc = include_str!("../README.md")]

mod api;
mod batch;
mod client;
#[cfg(feature = "client-key")]
mod client_key;
mod config;
mod credentials;
#[cfg(feature = "dkms")]
mod dkms;
mod endpoint;
mod error;
mod gateway;
mod http;
mod list;
mod managed;
mod model;
mod originals;
mod provider;
#[cfg(feature = "reqsign")]
mod reqsign;
mod rpc;
mod sign;
mod update;

pub use api::AliyunClient;
#[cfg(feature = "client-key")]
pub use client_key::{ClientKeyFile, ClientKeyPassword};
pub use config::{AliyunSmBuilder, Region};
pub use credentials::{Credentials, CredentialsBuilder, FixedCredentials, ProvideCredentials};
#[cfg(feature = "dkms")]
pub use dkms::KmsInstance;
pub use endpoint::Endpoint;
pub use error::ServiceError;
pub use managed::{
    ExpiryCodes, ExpiryJudge, Managed, ManagedChanges, ManagedCredentials, ManagedHealth,
    ManagedLogin, ManagedSecrets, ManagedSecretsBuilder, ManagedSshKey, ManagedValue,
};
pub use originals::{FoundFile, OriginalFile, OriginalSettings};
pub use provider::AliyunSm;
pub use rpc::{Call, Signature};
pub use sign::RsaKey;
