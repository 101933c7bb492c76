#![doc = include_str!("../README.md")]

mod calls;
pub mod canary;
pub mod cases;
#[cfg(feature = "seal")]
mod check_store;
mod clock;
mod faulty;
mod harness;
pub mod logs;
mod macros;
#[cfg(target_os = "linux")]
pub mod memory;
#[cfg(feature = "seal")]
mod memory_store;
mod run;
mod scripted;

pub use calls::{Call, Operation};
#[cfg(feature = "seal")]
pub use check_store::check_store;
pub use clock::ManualClock;
pub use faulty::{Faulty, Step};
pub use harness::{Harness, Seed};
#[cfg(feature = "seal")]
pub use memory_store::MemoryStore;
pub use run::run;
pub use scripted::{Release, Script, Scripted};
