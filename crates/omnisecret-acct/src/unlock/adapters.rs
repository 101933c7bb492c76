//! Plugins and backends that block: run where that does no harm.

use std::sync::Arc;

use async_trait::async_trait;
use omnisecret_core::Result;
use omnisecret_core::file::blocking;

use super::{Backend, Gather, GatherContext, Profile, ProfileTree};

/// A plugin without async.
pub trait BlockingGather: Send + Sync + 'static {
    /// What a profile becomes.
    type Profile: Send + Sync + 'static;

    /// As [`Gather::gather`].
    ///
    /// # Errors
    /// What keeps it from gathering.
    fn gather(
        &self,
        profiles: &ProfileTree,
        extras: &Profile,
    ) -> Result<Vec<(String, Self::Profile)>>;

    /// As [`Gather::fields`].
    ///
    /// # Errors
    /// What keeps the profile from having fields.
    fn fields(&self, _profile: &Self::Profile) -> Result<Profile> {
        Ok(Profile::default())
    }

    /// As [`Gather::close`].
    ///
    /// # Errors
    /// What keeps it from closing.
    fn close(&self, _profiles: &[(String, Arc<Self::Profile>)]) -> Result<()> {
        Ok(())
    }
}

/// A backend without async.
pub trait BlockingBackend: Send + Sync + 'static {
    /// As [`Backend::unlock`].
    ///
    /// # Errors
    /// What keeps it from unlocking.
    fn unlock(&self, context: &Profile) -> Result<ProfileTree>;
}

/// A [`BlockingGather`] or [`BlockingBackend`] as the async one: it runs on the runtime's pool for
/// work that blocks, or in place where there is no runtime.
#[derive(Debug)]
pub struct Blocking<T>(Arc<T>);

impl<T> Blocking<T> {
    /// Takes the plugin or the backend.
    pub fn new(inner: T) -> Self {
        Self(Arc::new(inner))
    }
}

#[async_trait]
impl<T: BlockingGather> Gather for Blocking<T> {
    type Profile = T::Profile;

    async fn gather(&self, context: &GatherContext<'_>) -> Result<Vec<(String, T::Profile)>> {
        let inner = Arc::clone(&self.0);
        let (profiles, extras) = (context.profiles().clone(), context.extras().clone());
        blocking(move || inner.gather(&profiles, &extras)).await
    }

    fn fields(&self, profile: &T::Profile) -> Result<Profile> {
        self.0.fields(profile)
    }

    async fn close(&self, profiles: &[(String, Arc<T::Profile>)]) -> Result<()> {
        let (inner, profiles) = (Arc::clone(&self.0), profiles.to_vec());
        blocking(move || inner.close(&profiles)).await
    }
}

#[async_trait]
impl<T: BlockingBackend> Backend for Blocking<T> {
    async fn unlock(&self, context: &Profile) -> Result<ProfileTree> {
        let (inner, context) = (Arc::clone(&self.0), context.clone());
        blocking(move || inner.unlock(&context)).await
    }
}
