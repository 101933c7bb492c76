//! The provider and its credentials, against a server on this machine.

mod conformance;
mod credentials;
mod errors;
mod faults;
mod many;
mod regions;
mod secrecy;
mod server;
mod setup;
mod tls;
mod update;
