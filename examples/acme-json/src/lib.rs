#![doc = include_str!("../README.md")]

mod config;
mod document;
mod provider;

pub use config::JsonFileBuilder;
pub use provider::JsonFile;
