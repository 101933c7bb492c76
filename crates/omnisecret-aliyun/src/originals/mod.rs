//! The configuration of Alibaba's own clients: properties files and environment names.

mod credentials;
#[cfg(feature = "dkms")]
mod instances;
mod properties;
mod regions;

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use omnisecret_core::{Error, ErrorKind, Result, file};

use crate::AliyunSm;
use crate::config::AliyunSmBuilder;
use crate::credentials::Environment;
use properties::Properties;

/// The largest properties file that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

const REGIONS: &str = "cache_client_region_id";
const INSTANCES: &str = "cache_client_dkms_config_info";
const SECRET_NAMES: &str = "secret_names";

/// Read, and without a counterpart: there is no such monitor here, see
/// [`Managed::health`](crate::Managed::health).
const MONITOR: [&str; 2] = ["monitor_period_milliseconds", "monitor_customer_milliseconds"];

/// What the environment may set as well, under the same names.
const VARIABLES: [&str; 19] = [
    REGIONS,
    INSTANCES,
    credentials::TYPE,
    credentials::KEY_ID,
    credentials::KEY_SECRET,
    credentials::TOKEN_ID,
    credentials::TOKEN,
    credentials::ROLE_ARN,
    credentials::ROLE_SESSION_NAME,
    credentials::ROLE_NAME,
    credentials::POLICY,
    credentials::OIDC_PROVIDER_ARN,
    credentials::OIDC_TOKEN_FILE,
    credentials::DURATION,
    credentials::STS_REGION,
    credentials::STS_ENDPOINT,
    credentials::CLIENT_KEY_FILE,
    credentials::CLIENT_KEY_PASSWORD_VARIABLE,
    credentials::CLIENT_KEY_PASSWORD_FILE,
];

/// Settings of `aliyun-secret-manager-client`, of its second generation, and of the managed
/// credentials provider, as their files and the environment have them.
///
/// ```no_run
/// use omnisecret_aliyun::{ManagedSecrets, OriginalSettings};
///
/// # async fn example() -> omnisecret_core::Result<()> {
/// let settings = OriginalSettings::read("/etc/app/managed_credentials_providers.properties").await?;
/// let secrets = ManagedSecrets::builder(settings.provider()?.build()?).build();
/// let credentials = secrets.credentials("acs/ram/user/ops").await?;
/// # Ok(()) }
/// ```
///
/// # Security
/// Such a file names endpoints, files and credentials, so whoever writes it reads each secret. A
/// path that the caller gives is trusted; one that is [found](Self::find) in a folder is not, unless
/// the caller says so.
#[derive(Clone)]
pub struct OriginalSettings {
    file: Properties,
    environment: Properties,
    variables: Environment,
}

/// The file that a client looks for in the working directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OriginalFile {
    /// `managed_credentials_providers.properties`, which has to be there.
    ManagedCredentials,
    /// `secretsmanager.properties`, which need not.
    SecretsManager,
}

/// How much a file is trusted that was found and not named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FoundFile {
    /// It may say which regions and which secrets, and nothing else: no endpoint, no CA, no
    /// credentials, no file, no name of a variable.
    #[default]
    Untrusted,
    /// It may say everything: whoever can write to the folder may read each secret.
    Trusted,
}

impl OriginalFile {
    /// The name of the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::ManagedCredentials => "managed_credentials_providers.properties",
            Self::SecretsManager => "secretsmanager.properties",
        }
    }
}

impl OriginalSettings {
    /// No settings yet: for [`with_environment`](Self::with_environment).
    pub fn new() -> Self {
        Self {
            file: Properties::new(),
            environment: Properties::new(),
            variables: Environment::default(),
        }
    }

    /// The settings of this file, which is trusted because the caller names it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if there is no such file, or it is not UTF-8 or larger than
    /// 1 MiB; [`ErrorKind::PermissionDenied`] if it may not be read.
    pub async fn read(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let file = file::blocking(move || {
            let bytes = file::read(&path, MAX_BYTES)?;
            let text = std::str::from_utf8(&bytes).map_err(|_| {
                Error::new(ErrorKind::InvalidConfig, format!("{path:?} is not UTF-8"))
            })?;
            Ok(properties::parse(text))
        });
        let settings = Self { file: file.await?, ..Self::new() };
        settings.tell_of_what_is_left_out();
        Ok(settings)
    }

    /// The settings of the file that a client would find in this folder, such as `"."`.
    ///
    /// # Errors
    /// As [`read`](Self::read), save that only the managed credentials provider wants its file;
    /// [`ErrorKind::InvalidConfig`] if the file sets what it is not trusted with.
    pub async fn find(file: OriginalFile, folder: &Path, trust: FoundFile) -> Result<Self> {
        let path = folder.join(file.name());
        let looked_for = path.clone();
        let is_there = file::blocking(move || match looked_for.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            // That it cannot be looked at shows when it is read.
            _ => Ok(true),
        });
        if !is_there.await? {
            return match file {
                OriginalFile::SecretsManager => Ok(Self::new()),
                OriginalFile::ManagedCredentials => {
                    let message = format!("there is no {} in {folder:?}", file.name());
                    Err(Error::new(ErrorKind::InvalidConfig, message)
                        .with_action("write the file, or name another path"))
                }
            };
        }
        let settings = Self::read(&path).await?;
        if trust == FoundFile::Untrusted {
            settings.refuse_what_takes_trust(&path)?;
        }
        Ok(settings)
    }

    /// With what the environment sets under the same names: its credentials in place of the
    /// file's, its regions behind them.
    #[must_use]
    pub fn with_environment(self) -> Self {
        self.with_environment_of(|name| std::env::var_os(name))
    }

    /// The same with an environment of the caller's, which is also where passwords are looked up.
    #[must_use]
    pub fn with_environment_of(
        mut self,
        look_up: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
    ) -> Self {
        self.variables = Environment::new(look_up);
        let set = |name: &str| Some((name.to_owned(), self.variables.text(name)?.into()));
        self.environment = VARIABLES.into_iter().filter_map(set).collect();
        self
    }

    /// The secrets that the file wants fetched at the start.
    pub fn secret_names(&self) -> Vec<String> {
        let names = self.file.get(SECRET_NAMES).map(|names| names.as_str()).unwrap_or_default();
        names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    /// The provider with these settings, to be built as it is or set further.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] naming each setting that is missing or wrong;
    /// [`ErrorKind::Unsupported`] for a client key or a KMS instance in a build without the
    /// features `client-key` and `dkms`.
    pub fn provider(&self) -> Result<AliyunSmBuilder> {
        let mut builder = AliyunSm::builder();
        for layer in [&self.file, &self.environment] {
            builder = self.with_instances(builder, layer)?;
            if let Some(json) = set(layer, REGIONS) {
                builder = builder.regions(regions::parse(json)?);
            }
        }
        // The environment's credentials count as a whole, or not at all.
        for layer in [&self.environment, &self.file] {
            if let Some(credentials) = credentials::from(layer, &self.variables)? {
                return Ok(builder.credentials(credentials));
            }
        }
        Ok(builder)
    }

    #[cfg(feature = "dkms")]
    fn with_instances(
        &self,
        mut builder: AliyunSmBuilder,
        layer: &Properties,
    ) -> Result<AliyunSmBuilder> {
        for instance in instances::parse(layer, &self.variables)? {
            builder = builder.kms_instance(instance)?;
        }
        Ok(builder)
    }

    #[cfg(not(feature = "dkms"))]
    #[allow(clippy::unused_self, reason = "the same call with the feature")]
    fn with_instances(
        &self,
        builder: AliyunSmBuilder,
        layer: &Properties,
    ) -> Result<AliyunSmBuilder> {
        match set(layer, INSTANCES) {
            None => Ok(builder),
            Some(_) => Err(not_built("a KMS instance with its own API", "dkms")),
        }
    }

    fn refuse_what_takes_trust(&self, path: &Path) -> Result<()> {
        let mut refused: Vec<_> = self
            .file
            .keys()
            .map(String::as_str)
            .filter(|name| ![REGIONS, SECRET_NAMES].contains(name) && !MONITOR.contains(name))
            .collect();
        if let Some(json) = set(&self.file, REGIONS)
            && !regions::are_plain(json)
        {
            refused.push("endpoint or caFilePath in cache_client_region_id");
        }
        if refused.is_empty() {
            return Ok(());
        }
        let message =
            format!("{path:?} was found, not named, and may not set: {}", refused.join(", "));
        Err(Error::new(ErrorKind::InvalidConfig, message)
            .with_action("name the path of the file, or say that files in this folder are trusted"))
    }

    fn tell_of_what_is_left_out(&self) {
        for name in self.file.keys() {
            let is_known = VARIABLES.contains(&name.as_str()) || name == SECRET_NAMES;
            if !is_known {
                tracing::debug!(name, "a setting of the properties file has no counterpart");
            }
        }
    }
}

impl Default for OriginalSettings {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for OriginalSettings {
    /// The names alone: any value may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OriginalSettings")
            .field("file", &self.file.keys())
            .field("environment", &self.environment.keys())
            .finish_non_exhaustive()
    }
}

/// The setting, if it is there and not empty.
fn set<'a>(layer: &'a Properties, name: &str) -> Option<&'a str> {
    layer.get(name).map(|value| value.as_str()).filter(|value| !value.is_empty())
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidConfig, message).with_context(AliyunSm::ID, "configure")
}

#[cfg(not(all(feature = "client-key", feature = "dkms")))]
fn not_built(what: &str, feature: &str) -> Error {
    let message = format!("this build does not know {what}");
    Error::new(ErrorKind::Unsupported, message)
        .with_context(AliyunSm::ID, "configure")
        .with_action(format!("build it with the feature `{feature}` of omnisecret-aliyun"))
}
