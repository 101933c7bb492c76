//! What a provider's author writes to have the suite run: how to make a provider with secrets.

use std::future::Future;

use omnisecret_core::{SecretProvider, SecretValue};

/// A path and the value to be found there.
pub type Seed = (String, SecretValue);

/// Makes the provider under test, with a store that holds what a case needs.
///
/// Each case gets a harness of its own, made outside of a runtime, which lives as long as the case:
/// what the store needs (a temporary folder, say) may be kept in it. Only
/// [`seeded`](Self::seeded) has to be written; everything else has a default that says "like the
/// reference provider in memory".
pub trait Harness: Send + Sync {
    /// The provider under test, layers included if it is tested with layers.
    type Provider: SecretProvider;

    /// The stages that point at the current version and at the one before it.
    ///
    /// Read by cases that need `version_stage`.
    const STAGES: [&'static str; 2] = ["current", "previous"];

    /// A well-formed version identifier that no version has.
    const UNKNOWN_VERSION: &'static str = "999999";

    /// The largest value that the store keeps, if it is less than 64 KiB.
    const MAX_VALUE_BYTES: usize = 64 * 1024;

    /// Names that are unusual and allowed. Passed through [`path`](Self::path), as all names are.
    ///
    /// A store with a narrow grammar lists the oddest ones that it takes.
    const ODD_NAMES: &'static [&'static str] = &[
        "app/with space",
        "app/ at both ends ",
        "app/\u{fc}",
        "app/u\u{308}",
        "app/密钥",
        "app/🔑",
        "app/quotes\"'`",
        "app/100%",
        "app/%2e%2e",
        "app/a?b#c&d=e+f",
        "app/back\\slash",
        "app/tab\tand\nnewline",
        "app/*[x]{y}",
        "app/../up",
        "app/dot.dot",
        "app/co:lon",
        "app/-dash",
        "app/null",
        "app/0",
        "APP/password",
        "app/Password",
    ];

    /// Paths that this provider can never have, taken as they are.
    ///
    /// Read by cases that need `grammar`, see [`conformance!`](crate::conformance).
    const INVALID_PATHS: &'static [&'static str] = &[];

    /// A provider whose store holds these secrets and no others.
    ///
    /// A path that stands there twice has two versions, the later one current; a store without
    /// versions keeps the later one. A case may call this more than once, and then each provider
    /// has a store of its own.
    fn seeded(&self, seeds: &[Seed]) -> impl Future<Output = Self::Provider> + Send;

    /// The provider's path for a name of the suite's.
    ///
    /// The suite's names are two or more segments with `/` between them, `app/password`, and the
    /// prefixes that it lists one or more, `app`. The mapping must be one to one, and what is below a
    /// prefix must stay below it: adding a fixed beginning is always right.
    fn path(&self, name: &str) -> String {
        name.to_owned()
    }

    /// Changes a secret in the store, going past the provider.
    ///
    /// Called by cases that need `outside`, see [`conformance!`](crate::conformance).
    fn change_outside(
        &self,
        provider: &Self::Provider,
        path: &str,
        value: &SecretValue,
    ) -> impl Future<Output = ()> + Send {
        let _ = (provider, path, value);
        async { panic!("the harness lists `outside` and does not implement `change_outside`") }
    }

    /// What the provider authenticates or decrypts with, so that the suite can look for it where
    /// it must not be. Made up, of eight bytes or more.
    fn credentials(&self) -> Vec<SecretValue> {
        Vec::new()
    }
}
