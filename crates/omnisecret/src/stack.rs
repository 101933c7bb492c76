//! The layers around a provider, in the one order that is right.

use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{Cached, SecretProvider};

/// A provider with its layers. The cache is outermost, so that a hit is a
/// [`lookup`](Cached::lookup) and nothing is boxed.
pub type Stack = Cached<Arc<dyn SecretProvider>>;

/// The settings of the layers.
#[derive(Clone, Debug)]
pub(crate) struct Layers {
    pub(crate) max_entries: u64,
    pub(crate) ttl: Duration,
}

impl Default for Layers {
    fn default() -> Self {
        Self { max_entries: 1000, ttl: Duration::from_secs(15 * 60) }
    }
}

impl Layers {
    pub(crate) fn around(&self, provider: Arc<dyn SecretProvider>) -> Stack {
        let Self { max_entries, ttl } = *self;
        Cached::builder(provider).max_entries(max_entries).ttl(ttl).build()
    }
}
