#![doc = include_str!("../README.md")]

mod builder;
mod folder;
mod lock;
mod room;
mod store;

pub use builder::DiskStoreBuilder;
pub use store::DiskStore;
