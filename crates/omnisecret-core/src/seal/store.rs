//! What a store of a second level is: bytes under names, and nothing about secrets.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use zeroize::Zeroize;

use crate::{Error, ErrorKind, Result};

/// A place for sealed records, which processes share and nobody has to trust.
///
/// An error of a store is a miss for the caller of the layer, who never sees it. There is no
/// removal: what is no longer good is replaced by a tombstone, which to a store is a record like
/// any other, so that no older record comes back in its place. `check_store` of the testkit holds
/// an implementation to these rules.
#[async_trait]
pub trait CacheStore: fmt::Debug + Send + Sync + 'static {
    /// The record under this key, unless its time is over.
    ///
    /// # Errors
    /// Whatever keeps the store from answering.
    async fn get(&self, key: &StoreKey) -> Result<Option<Vec<u8>>>;

    /// Puts a record there if [`Put::replaces`] says so of the one that is there, in one step that
    /// no other writer comes between; whether it did.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    async fn put(&self, key: &StoreKey, put: &Put<'_>) -> Result<bool>;

    /// Takes the lease of this key for so long, unless somebody has it; whether it did.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    async fn lease(&self, key: &StoreKey, token: &LeaseToken, ttl: Duration) -> Result<bool>;

    /// Gives the lease of this key back, if it is still the one of this token.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    async fn release(&self, key: &StoreKey, token: &LeaseToken) -> Result<()>;
}

/// A record on its way into a store, and what it may replace.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Put<'a> {
    /// The bytes.
    pub record: &'a [u8],
    /// When what they say was so, in microseconds since 1970. The store keeps it beside them.
    pub stamp: u64,
    /// No honest clock is past this: a record with a later stamp is replaced as well.
    pub horizon: u64,
    /// Whether to put the record where there is none.
    pub create: bool,
    /// How long to keep the record at most.
    pub ttl: Duration,
}

impl<'a> Put<'a> {
    /// A record that replaces an older one, or none.
    pub fn new(record: &'a [u8], stamp: u64, ttl: Duration) -> Self {
        Self { record, stamp, horizon: u64::MAX, create: true, ttl }
    }

    /// With the stamp past which a record that is there is not believed.
    #[must_use]
    pub fn with_horizon(mut self, horizon: u64) -> Self {
        self.horizon = horizon;
        self
    }

    /// Says whether to put the record where there is none.
    #[must_use]
    pub fn with_create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Whether to put this record, where one with this stamp is kept, or none.
    pub fn replaces(&self, there: Option<u64>) -> bool {
        match there {
            None => self.create,
            Some(there) => there < self.stamp || there > self.horizon,
        }
    }
}

/// The name of a record: 32 bytes that tell nothing to who lacks the cache key. `Display` gives
/// them as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StoreKey([u8; 32]);

impl StoreKey {
    /// The name with these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What shows that a lease is one's own: random bytes, so that nobody gives back another's.
#[derive(Clone, PartialEq, Eq)]
pub struct LeaseToken([u8; 16]);

impl LeaseToken {
    /// A token that nobody has.
    ///
    /// # Errors
    /// [`ErrorKind::Unexpected`] if the operating system has no random bytes.
    pub fn random() -> Result<Self> {
        random().map(Self)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Drop for LeaseToken {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for LeaseToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// Random bytes of the operating system.
pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| {
        Error::new(ErrorKind::Unexpected, "the operating system gives no random bytes")
    })?;
    Ok(bytes)
}

#[async_trait]
impl<S: CacheStore + ?Sized> CacheStore for Arc<S> {
    async fn get(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        (**self).get(key).await
    }

    async fn put(&self, key: &StoreKey, put: &Put<'_>) -> Result<bool> {
        (**self).put(key, put).await
    }

    async fn lease(&self, key: &StoreKey, token: &LeaseToken, ttl: Duration) -> Result<bool> {
        (**self).lease(key, token, ttl).await
    }

    async fn release(&self, key: &StoreKey, token: &LeaseToken) -> Result<()> {
        (**self).release(key, token).await
    }
}
