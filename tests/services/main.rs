//! The workspace against services that have to be started first: `cargo xtask services` does.

mod fleet;
