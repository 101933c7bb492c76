#![doc = include_str!("../README.md")]

mod batch;
mod client;
mod config;
mod credentials;
mod endpoint;
mod error;
mod gateway;
mod http;
mod list;
mod managed;
mod model;
mod provider;
mod rpc;
mod sign;
mod update;

pub use config::{AliyunSmBuilder, Region};
pub use credentials::{Credentials, CredentialsBuilder, FixedCredentials, ProvideCredentials};
pub use endpoint::Endpoint;
pub use error::ServiceError;
pub use managed::{
    ExpiryCodes, ExpiryJudge, Managed, ManagedChanges, ManagedCredentials, ManagedHealth,
    ManagedLogin, ManagedSecrets, ManagedSecretsBuilder, ManagedSshKey, ManagedValue,
};
pub use provider::AliyunSm;
pub use rpc::Signature;
pub use sign::RsaKey;
