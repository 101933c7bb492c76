//! The provider and its credentials, against a server on this machine.

mod conformance;
mod server;
mod setup;
