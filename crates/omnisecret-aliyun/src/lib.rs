#![doc = include_str!("../README.md")]

mod client;
mod credentials;
mod endpoint;
mod error;
mod gateway;
mod http;
mod model;
mod rpc;
mod sign;

pub use credentials::{Credentials, CredentialsBuilder, FixedCredentials, ProvideCredentials};
pub use endpoint::Endpoint;
pub use error::ServiceError;
pub use rpc::Signature;
pub use sign::RsaKey;
