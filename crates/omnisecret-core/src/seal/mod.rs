//! A second cache level for more than one process: sealed records in a store that is not trusted.
//!
//! [`Shared`] is the layer, between [`Cached`](crate::Cached) and the provider:
//! `Cached(Shared(Retry(Timeout(provider))))`. What it remembers it seals with a [`Keyring`] and
//! gives to a [`CacheStore`]: a folder, Redis, or one of your own. The store sees names that are
//! message authentication codes, and bytes; it knows nothing of secrets.
//!
//! # Security
//! - A record is XChaCha20-Poly1305, with a nonce of 24 random bytes of its own. It opens only for
//!   the secret that it was sealed for: [`Namespace`], path and version are bound to it.
//! - Whoever has the key reads what any process has cached, whatever the secret's own store would
//!   say to them: one key per trust domain.
//! - Who can write to the store but lacks the key can delete a record, hold a value up, or bring
//!   back one that is younger than `max_age`. They cannot read or forge one.
//! - The length of a value shows in the length of its record.

mod builder;
mod key;
mod level;
mod namespace;
mod record;
mod seen;
mod shared;
mod store;
mod visit;
mod wait;

#[cfg(test)]
mod tests;

pub use builder::SharedBuilder;
pub use key::Keyring;
pub use namespace::Namespace;
pub use shared::Shared;
pub use store::{CacheStore, LeaseToken, Put, StoreKey};
