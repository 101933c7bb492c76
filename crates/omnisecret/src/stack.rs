//! The layers around a provider, in the one order that is right.

use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{Cached, SecretProvider};

/// A provider with its layers. The cache is outermost, so that a hit is a
/// [`lookup`](Cached::lookup) and nothing is boxed.
pub type Stack = Cached<Arc<dyn SecretProvider>>;

/// The settings of the layers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layers {
    pub(crate) max_entries: Option<u64>,
    pub(crate) ttl: Option<Duration>,
}

impl Layers {
    pub(crate) fn around(&self, provider: Arc<dyn SecretProvider>) -> Stack {
        let mut cached = Cached::builder(provider);
        if let Some(max_entries) = self.max_entries {
            cached = cached.max_entries(max_entries);
        }
        if let Some(ttl) = self.ttl {
            cached = cached.ttl(ttl);
        }
        cached.build()
    }
}
