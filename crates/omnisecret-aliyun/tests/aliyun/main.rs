//! The provider and its credentials, against a server on this machine.

mod conformance;
mod errors;
mod faults;
mod server;
mod setup;
mod tls;
