//! The settings of a provider.

use omnisecret_aws::Settings;
use omnisecret_core::{Error, Result};

use crate::provider::{ID, SecretsManager};
use crate::service::SERVICE;

/// Builds a [`SecretsManager`].
///
/// ```
/// use omnisecret_aws_sm::{SecretsManager, Settings};
///
/// let secrets = SecretsManager::builder(Settings::from_env().region("eu-central-1"))
///     .describe(true)
///     .build()?;
/// # Ok::<(), omnisecret_core::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct SecretsManagerBuilder {
    settings: Settings,
    describe: bool,
}

impl SecretsManagerBuilder {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings, describe: false }
    }

    /// Whether `DescribeSecret` may be called, which takes a right of its own. False unless set
    /// otherwise.
    ///
    /// With it a secret comes with its [next rotation](omnisecret_core::SecretMeta::next_rotation),
    /// at the price of a second call, and `path_exists` is answered without the value.
    pub fn describe(mut self, describe: bool) -> Self {
        self.describe = describe;
        self
    }

    /// Checks the settings. Asks nobody: whether there are credentials shows with the first
    /// operation.
    ///
    /// # Errors
    /// [`InvalidConfig`](omnisecret_core::ErrorKind::InvalidConfig) naming every fault.
    pub fn build(self) -> Result<SecretsManager> {
        let checked = self.settings.check(SERVICE);
        checked.map_err(|error: Error| error.with_context(ID, "configure"))?;
        Ok(SecretsManager::new(self.settings, self.describe))
    }
}
