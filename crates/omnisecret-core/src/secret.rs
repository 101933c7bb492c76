//! What a provider answers: a value and what is known about it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::{Decoded, KeyPath, Result, SecretValue};

/// A secret as a provider or a cache answered it: the value, its metadata, and where it came from.
///
/// Cheap to clone: value and metadata are shared.
#[derive(Clone, Debug)]
pub struct Secret {
    stored: Arc<Stored>,
    origin: Origin,
    age: Duration,
}

#[derive(Debug)]
struct Stored {
    value: SecretValue,
    meta: SecretMeta,
}

impl Secret {
    /// A secret fresh from its store.
    pub fn new(value: impl Into<SecretValue>, meta: SecretMeta) -> Self {
        Self {
            stored: Arc::new(Stored { value: value.into(), meta }),
            origin: Origin::Store,
            age: Duration::ZERO,
        }
    }

    /// The same secret as a layer hands it on: from where, and how old.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin, age: Duration) -> Self {
        self.origin = origin;
        self.age = age;
        self
    }

    /// The value.
    pub fn value(&self) -> &SecretValue {
        &self.stored.value
    }

    /// Version, stages and times, as far as the store tells them.
    pub fn meta(&self) -> &SecretMeta {
        &self.stored.meta
    }

    /// Where this answer came from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// How long ago the value was fetched from its store.
    pub fn age(&self) -> Duration {
        self.age
    }

    /// The text, as [`SecretValue::expose_str`].
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`](crate::ErrorKind::InvalidValue) if the value is binary.
    pub fn expose_str(&self) -> Result<&str> {
        self.value().expose_str()
    }

    /// The bytes, as [`SecretValue::expose_bytes`].
    pub fn expose_bytes(&self) -> &[u8] {
        self.value().expose_bytes()
    }

    /// The field that the key path names; the whole value for an empty one.
    ///
    /// # Errors
    /// As [`KeyPath::pick`].
    pub fn pick(&self, key_path: &KeyPath) -> Result<SecretValue> {
        key_path.pick(self.value())
    }

    /// The value as text, as JSON where it is an object or an array, or as bytes.
    pub fn decode(&self) -> Decoded {
        Decoded::of(self.value())
    }
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// Fetched from the store for this call, or for one that it joined.
    Store,
    /// Taken from a cache, within its time to live.
    Cache,
    /// Taken from a cache past its time to live, because the store did not answer.
    Stale,
}

/// What a store tells about a secret beside its value. Every field is optional: stores differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretMeta {
    /// The store's own identifier of this version.
    pub version: Option<String>,
    /// The labels or stages that point at this version.
    pub stages: Vec<String>,
    /// When this version was made.
    pub created: Option<SystemTime>,
    /// When the value stops being valid. Nothing is served past it.
    pub expires: Option<SystemTime>,
    /// When the store means to replace the value.
    pub next_rotation: Option<SystemTime>,
    /// The one name that the store itself uses, where a secret has several: an ARN, say.
    pub canonical: Option<String>,
}

impl SecretMeta {
    /// With the store's identifier of this version.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// With the labels or stages that point at this version.
    #[must_use]
    pub fn with_stages(mut self, stages: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.stages = stages.into_iter().map(Into::into).collect();
        self
    }

    /// With the time when this version was made.
    #[must_use]
    pub fn with_created(mut self, created: SystemTime) -> Self {
        self.created = Some(created);
        self
    }

    /// With the time when the value stops being valid.
    #[must_use]
    pub fn with_expires(mut self, expires: SystemTime) -> Self {
        self.expires = Some(expires);
        self
    }

    /// With the time when the store means to replace the value.
    #[must_use]
    pub fn with_next_rotation(mut self, next_rotation: SystemTime) -> Self {
        self.next_rotation = Some(next_rotation);
        self
    }

    /// With the one name that the store itself uses.
    #[must_use]
    pub fn with_canonical(mut self, canonical: impl Into<String>) -> Self {
        self.canonical = Some(canonical.into());
        self
    }
}

/// A line of a listing: the full path, which `get` accepts, and what is known without the value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretEntry {
    /// The full path, as `get` accepts it.
    pub path: String,
    /// What the listing tells about the secret.
    pub meta: SecretMeta,
}

impl SecretEntry {
    /// An entry of a listing.
    pub fn new(path: impl Into<String>, meta: SecretMeta) -> Self {
        Self { path: path.into(), meta }
    }
}
