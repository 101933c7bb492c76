#![doc = include_str!("../README.md")]

mod assume;
mod ca;
mod check;
mod codes;
mod environment;
mod failure;
mod http;
mod identity;
mod load;
mod quiet;
mod role;
mod scrub;
mod session;
mod settings;

pub use codes::{CODES, Codes, error_of_code};
pub use failure::error_of;
pub use identity::Identity;
pub use quiet::Quiet;
pub use role::Role;
pub use session::{Connection, Session};
pub use settings::Settings;
