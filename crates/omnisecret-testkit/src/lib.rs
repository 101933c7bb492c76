#![doc = include_str!("../README.md")]

mod calls;
pub mod canary;
pub mod cases;
mod clock;
mod faulty;
mod harness;
pub mod logs;
mod macros;
#[cfg(target_os = "linux")]
pub mod memory;
mod run;
mod scripted;

pub use calls::{Call, Operation};
pub use clock::ManualClock;
pub use faulty::{Faulty, Step};
pub use harness::{Harness, Seed};
pub use run::run;
pub use scripted::{Release, Script, Scripted};
