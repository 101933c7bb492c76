//! The provider `aws.ps`: the trait over Parameter Store.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::Builder;
use omnisecret_aws::{Connection, Quiet, Session, Settings};
use omnisecret_core::{
    Capabilities, GetOptions, ListOptions, ProviderInfo, Result, Secret, SecretEntry, SecretMeta,
    SecretProvider, SecretValue, UpdateOptions, async_trait,
};

use crate::name::{Name, Target};
use crate::{below, write};

/// AWS Systems Manager Parameter Store.
///
/// A path is a parameter's name, `/prod/db/password`; with a version or a label behind a colon,
/// `/prod/db/password:3`; or the full ARN of a parameter that another account shares. A path below
/// `/aws/reference/secretsmanager/` is a secret of Secrets Manager, and what is behind the secret's
/// name are the keys to go down.
#[derive(Clone)]
pub struct ParameterStore(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) info: ProviderInfo,
    pub(crate) session: Session<Client>,
}

impl ParameterStore {
    /// The provider's id.
    pub const ID: &'static str = "aws.ps";

    /// The provider with these settings. No I/O: what is not set is looked up at the first call.
    ///
    /// ```
    /// use omnisecret_aws_ps::{ParameterStore, Settings};
    ///
    /// let store = ParameterStore::new(Settings::from_env().region("eu-central-1"))?;
    /// # Ok::<(), omnisecret_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`](omnisecret_core::ErrorKind::InvalidConfig) naming every fault
    /// of the settings.
    pub fn new(settings: Settings) -> Result<Self> {
        settings.check(SERVICE).map_err(|error| error.with_context(Self::ID, "configure"))?;
        let mut capabilities = Capabilities::NONE;
        capabilities.list = true;
        capabilities.update = true;
        capabilities.create = true;
        capabilities.version_id = true;
        capabilities.version_stage = true;
        capabilities.without_decrypt = true;
        let info = ProviderInfo::new(Self::ID, settings.address(SERVICE), capabilities);
        Ok(Self(Arc::new(Inner { info, session: Session::new(settings, client) })))
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        self.0.session.settings()
    }
}

const SERVICE: &str = "ssm";

fn client(connection: Connection) -> Client {
    let builder = Builder::from(&connection.config).interceptor(Quiet::default());
    let builder = match connection.endpoint_url {
        Some(url) => builder.endpoint_url(url),
        None => builder,
    };
    Client::from_conf(builder.build())
}

impl Inner {
    /// Says of a result what it is about.
    fn about<T>(&self, operation: &'static str, path: &str, result: Result<T>) -> Result<T> {
        result.map_err(|error| self.info.contextualize(error, operation, path))
    }
}

#[async_trait]
impl SecretProvider for ParameterStore {
    fn info(&self) -> &ProviderInfo {
        &self.0.info
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        self.0.info.admit_get(path, options)?;
        let answer = match Target::parse(path, &options.version) {
            Ok(target) => self.0.get(&target, options.decrypt).await,
            Err(error) => Err(error),
        };
        self.0.about("get", path, answer)
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        let admit = |path: &&str| {
            self.0.info.admit_get(path, options)?;
            Target::parse(path, &options.version)
        };
        let targets = paths.iter().map(admit).collect();
        let answers = Arc::clone(&self.0).get_many(targets, options.decrypt).await;
        let about = |(path, answer): (&&str, Result<Secret>)| self.0.about("get", path, answer);
        paths.iter().zip(answers).map(about).collect()
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        self.0.info.admit_list(prefix, options)?;
        let secrets = below::secrets(&self.0, prefix, options).await;
        self.0.about("get_by_path", prefix, secrets)
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        self.0.info.admit_list(prefix, options)?;
        let entries = below::entries(&self.0, prefix, options).await;
        self.0.about("list", prefix, entries)
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.0.info.admit_exists(path)?;
        let exists = below::exists(&self.0, path).await;
        self.0.about("path_exists", path, exists)
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        self.0.info.admit_update(path, value, options)?;
        let meta = match Name::writable(path) {
            Ok(name) => write::update(&self.0, &name, value, options).await,
            Err(error) => Err(error),
        };
        self.0.about("update", path, meta)
    }
}

impl fmt::Debug for ParameterStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ParameterStore").field(self.settings()).finish()
    }
}
