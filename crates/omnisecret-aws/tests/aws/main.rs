//! The shared half of the AWS providers, against a server that speaks their wire.

mod errors;
mod expiry;
mod http;
mod profile;
mod roles;
mod settings;
mod support;
