#![doc = include_str!("../README.md")]

mod answer;
mod auth;
mod callables;
mod context;
mod egress;
mod error;
mod format;
mod hosting;
mod id;
mod json;
#[cfg(feature = "lambda")]
pub mod lambda;
mod observe;
#[cfg(feature = "openapi")]
mod openapi;
mod operations;
mod producer;
mod request;
mod run;
mod schema;
#[cfg(feature = "testkit")]
pub mod testkit;
mod tls;
mod work;

pub use auth::AkeylessCreds;
pub use callables::{Create, DryRun, NoInput, Revoke, Revoked, Rotate};
pub use context::Context;
pub use egress::Egress;
pub use error::{FailureKind, ProducerError, Result};
pub use format::ErrorFormat;
pub use hosting::{App, ServeOptions, serve};
pub use id::Id;
pub use json::JsonObject;
pub use operations::{OldCredential, Operations};
pub use producer::{Producer, ProducerBuilder};
pub use schema::Schema;
