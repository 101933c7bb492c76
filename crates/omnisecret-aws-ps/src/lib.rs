#![doc = include_str!("../README.md")]

mod batch;
mod below;
mod name;
mod provider;
mod read;
mod reference;
mod write;

pub use omnisecret_aws::{Role, Settings};
pub use provider::ParameterStore;
