//! The trait of everything that credentials come from, and the simplest of them.

use std::fmt;

use omnisecret_core::{Result, async_trait};

use super::Credentials;

/// A source of credentials.
///
/// It is asked before each request, so whoever has to ask somebody else keeps the answer.
#[async_trait]
pub trait ProvideCredentials: fmt::Debug + Send + Sync + 'static {
    /// The credentials to sign the next request with.
    ///
    /// # Errors
    /// [`Unauthenticated`](omnisecret_core::ErrorKind::Unauthenticated) or
    /// [`InvalidConfig`](omnisecret_core::ErrorKind::InvalidConfig) if there are none; what the
    /// service says that was asked for them.
    async fn credentials(&self) -> Result<Credentials>;

    /// Is told that a service does not know these, or not any more. Whoever can get others does so
    /// on the next call of [`credentials`](Self::credentials).
    fn refused(&self, credentials: &Credentials) {
        let _ = credentials;
    }
}

/// Credentials that stay what they are.
#[derive(Clone, Debug)]
pub struct FixedCredentials(Credentials);

impl FixedCredentials {
    /// A source of these.
    pub fn new(credentials: Credentials) -> Self {
        Self(credentials)
    }
}

#[async_trait]
impl ProvideCredentials for FixedCredentials {
    async fn credentials(&self) -> Result<Credentials> {
        Ok(self.0.clone())
    }
}
