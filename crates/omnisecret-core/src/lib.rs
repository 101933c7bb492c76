#![doc = include_str!("../README.md")]

#[cfg(feature = "cache")]
mod cache;
#[cfg(feature = "clock")]
mod clock;
mod decode;
mod error;
#[cfg(feature = "file")]
pub mod file;
mod info;
mod key_path;
mod layers;
mod memory;
mod options;
mod prefix;
mod provider;
mod reference;
#[cfg(feature = "cache")]
mod rotating;
#[cfg(feature = "seal")]
pub mod seal;
mod secret;
mod value;

/// The attribute that an implementation of [`SecretProvider`] needs.
pub use async_trait::async_trait;

#[cfg(feature = "cache")]
pub use cache::{CacheStats, Cached, CachedBuilder, Current, Watch};
#[cfg(feature = "clock")]
pub use clock::{Clock, SystemClock};
pub use decode::{Decoded, JsonValue};
pub use error::{Error, ErrorKind, Result};
pub use info::{Capabilities, MAX_PATH_BYTES, ProviderInfo};
pub use key_path::KeyPath;
#[cfg(any(feature = "tracing", feature = "metrics"))]
pub use layers::Observed;
#[cfg(feature = "retry")]
pub use layers::Retry;
#[cfg(feature = "timeout")]
pub use layers::Timeout;
pub use layers::{Fallback, Prefix};
pub use memory::Memory;
pub use options::{Freshness, GetOptions, ListOptions, UpdateOptions, VersionSelector};
pub use prefix::{is_below, is_directly_below};
pub use provider::SecretProvider;
pub use reference::Reference;
#[cfg(feature = "cache")]
pub use rotating::Rotating;
pub use secret::{Origin, Secret, SecretEntry, SecretMeta};
pub use value::SecretValue;
