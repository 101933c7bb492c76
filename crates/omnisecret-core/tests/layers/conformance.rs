//! A provider keeps the rules of every provider with each layer around it.

use omnisecret_core::{Fallback, Memory, Prefix, SecretProvider, SecretValue};
use omnisecret_testkit::{Harness, Seed};

/// A layer around a provider in memory: how it is made, where the memory is, and what it puts
/// before a path.
trait Layer: Send + Sync {
    type Provider: SecretProvider;
    const PREFIX: &'static str = "";

    fn around(memory: Memory) -> Self::Provider;
    fn memory(provider: &Self::Provider) -> &Memory;
}

struct Around<L>(L);

impl<L: Layer> Harness for Around<L> {
    type Provider = L::Provider;

    async fn seeded(&self, seeds: &[Seed]) -> L::Provider {
        let whole = |(path, value): &Seed| (format!("{}{path}", L::PREFIX), value.clone());
        L::around(seeds.iter().map(whole).collect())
    }

    async fn change_outside(&self, provider: &L::Provider, path: &str, value: &SecretValue) {
        L::memory(provider).insert(format!("{}{path}", L::PREFIX), value.clone());
    }
}

macro_rules! conforms {
    ($name:ident: $provider:ty, $around:expr $(, below $prefix:literal)?) => {
        mod $name {
            use super::*;

            struct This;

            impl Layer for This {
                type Provider = $provider;
                $(const PREFIX: &'static str = $prefix;)?

                fn around(memory: Memory) -> $provider {
                    $around(memory)
                }

                fn memory(provider: &$provider) -> &Memory {
                    conforms!(@memory $name provider)
                }
            }

            omnisecret_testkit::conformance! {
                harness: Around(This),
                capabilities: [list, update, create, binary, version_id, version_stage, idempotent_update],
                with: [outside],
            }
        }
    };
    (@memory fallback $provider:ident) => { $provider.first() };
    (@memory $name:ident $provider:ident) => { $provider.provider() };
}

conforms!(fallback: Fallback<Memory, Memory>, |memory| Fallback::new(memory, Memory::new()));
conforms!(prefix: Prefix<Memory>, |memory| Prefix::new(memory, "behind/").unwrap(), below "behind/");

#[cfg(feature = "retry")]
conforms!(retry: omnisecret_core::Retry<Memory>, omnisecret_core::Retry::new);
#[cfg(feature = "timeout")]
conforms!(timeout: omnisecret_core::Timeout<Memory>, omnisecret_core::Timeout::new);
#[cfg(any(feature = "tracing", feature = "metrics"))]
conforms!(observed: omnisecret_core::Observed<Memory>, omnisecret_core::Observed::new);
