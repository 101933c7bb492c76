#![doc = include_str!("../README.md")]

mod client;
mod credentials;
mod endpoint;
mod error;
mod gateway;
mod http;
mod managed;
mod model;
mod rpc;
mod sign;

pub use credentials::{Credentials, FixedCredentials, ProvideCredentials};
pub use endpoint::Endpoint;
pub use error::ServiceError;
pub use managed::{
    ExpiryCodes, ExpiryJudge, Managed, ManagedChanges, ManagedCredentials, ManagedHealth,
    ManagedLogin, ManagedSecrets, ManagedSecretsBuilder, ManagedSshKey, ManagedValue,
};
pub use rpc::Signature;
pub use sign::RsaKey;
