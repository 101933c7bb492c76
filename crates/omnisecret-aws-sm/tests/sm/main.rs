//! The provider against a server that speaks the wire of Secrets Manager.

mod batch;
mod conformance;
mod describe;
mod hostile;
mod list;
mod once;
mod read;
mod store;
mod support;
mod update;
