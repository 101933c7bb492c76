//! The trait, over Secrets Manager.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use futures_util::future;
use futures_util::stream::{self, StreamExt};
use omnisecret_aws::Settings;
use omnisecret_core::{
    Capabilities, Error, ErrorKind, GetOptions, ListOptions, ProviderInfo, Result, Secret,
    SecretEntry, SecretMeta, SecretProvider, SecretValue, UpdateOptions, VersionSelector, is_below,
    is_directly_below,
};

use crate::batch::{self, Answers, CALLS};
use crate::denial::Denial;
use crate::path;
use crate::service::{Description, SERVICE, Service};
use crate::update;

/// The secrets of one account and region, as AWS Secrets Manager keeps them.
///
/// A path is the name of a secret, its ARN, or its ARN without the hyphen and the six characters at
/// the end. Names are listed, never ARNs.
///
/// # Errors
/// Beside those of the trait, what the service says by the table of
/// [`omnisecret_aws::CODES`]. A secret that is scheduled for deletion is
/// [`NotFound`](ErrorKind::NotFound).
///
/// # Security
/// The SDK makes copies of a value that are not wiped. `Debug` shows neither values nor keys.
///
/// # Cancel safety
/// An update whose future is dropped may be done or not. Told again with the same
/// [token](UpdateOptions::idempotency_token) it is done once.
#[derive(Clone, Debug)]
pub struct SecretsManager {
    info: ProviderInfo,
    store: Arc<Store>,
    describe: bool,
}

#[derive(Debug)]
struct Store {
    service: Service,
    denial: Denial,
}

impl SecretsManager {
    /// The provider's id.
    pub const ID: &'static str = "aws.sm";

    /// The provider with these settings. No I/O: what is not set is looked up at the first call.
    ///
    /// ```
    /// use omnisecret_aws_sm::{SecretsManager, Settings};
    ///
    /// let secrets = SecretsManager::new(Settings::from_env().region("eu-central-1"))?;
    /// # Ok::<(), omnisecret_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidConfig`](ErrorKind::InvalidConfig) naming every fault of the settings.
    pub fn new(settings: Settings) -> Result<Self> {
        settings.check(SERVICE).map_err(|error| error.with_context(Self::ID, "configure"))?;
        let mut capabilities = Capabilities::NONE;
        capabilities.list = true;
        capabilities.update = true;
        capabilities.create = true;
        capabilities.binary = true;
        capabilities.version_id = true;
        capabilities.version_stage = true;
        capabilities.idempotent_update = true;
        let info = ProviderInfo::new(Self::ID, settings.address(SERVICE), capabilities);
        let store = Store { service: Service::new(settings), denial: Denial::default() };
        Ok(Self { info, store: Arc::new(store), describe: false })
    }

    /// Says whether `DescribeSecret` may be called, which takes a right of its own. False unless
    /// set otherwise.
    ///
    /// With it a secret comes with its [next rotation](SecretMeta::next_rotation), at the price of
    /// a second call, and `path_exists` is answered without the value.
    #[must_use]
    pub fn with_describe(mut self, describe: bool) -> Self {
        self.describe = describe;
        self
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        self.store.service.settings()
    }

    fn admit(&self, path: &str, options: &GetOptions) -> Result<()> {
        self.info.admit_get(path, options)?;
        check(path, &options.version).map_err(|error| self.info.contextualize(error, "get", path))
    }

    async fn get_one(&self, path: &str, version: &VersionSelector) -> Result<Secret> {
        if !self.describe {
            return self.store.service.get(path, version).await;
        }
        let both =
            future::join(self.store.service.get(path, version), self.store.service.describe(path));
        let (secret, description) = both.await;
        described(secret?, description)
    }

    /// Adds to each secret what a description tells.
    async fn describe_all<'a>(&self, answers: &mut Answers<'a>) {
        let call = |path: &'a str| async move { (path, self.store.service.describe(path).await) };
        let found: Vec<_> = answers.iter().filter(|(_, answer)| answer.is_ok()).collect();
        let calls: Vec<_> = found.into_iter().map(|(path, _)| call(path)).collect();
        let mut calls = stream::iter(calls).buffer_unordered(CALLS);
        while let Some((path, description)) = calls.next().await {
            if let Some(answer) = answers.get_mut(path) {
                let secret = answer.clone();
                *answer = secret.and_then(|secret| described(secret, description));
            }
        }
    }

    /// What is below the prefix, by name.
    async fn below(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        if !path::may_begin(prefix) {
            return Ok(Vec::new());
        }
        let is_wanted = if options.recursive { is_below } else { is_directly_below };
        let mut entries = self.store.service.list(prefix).await?;
        entries.retain(|entry| is_wanted(&entry.path, prefix, self.info.separators()));
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        // A secret that is made meanwhile may move another one to the next page.
        entries.dedup_by(|one, other| one.path == other.path);
        Ok(entries)
    }

    async fn values_below(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        let entries = self.below(prefix, options).await?;
        let paths: Vec<_> = entries.iter().map(|entry| entry.path.as_str()).collect();
        // The listing has told what a description would.
        let mut answers = batch::current(&self.store.service, &self.store.denial, &paths).await;
        let mut secrets = BTreeMap::new();
        for SecretEntry { path, meta, .. } in &entries {
            match answers.remove(path.as_str()) {
                Some(Ok(secret)) => {
                    let secret = rotating(secret, meta.next_rotation);
                    secrets.insert(path.clone(), secret);
                }
                Some(Err(error)) if error.kind() != ErrorKind::NotFound => {
                    return Err(error.with_path(path));
                }
                // It was there to be listed: gone since, or without a value.
                _ => {}
            }
        }
        Ok(secrets)
    }
}

/// Refuses a path that there can never be, and a version that no secret can have.
fn check(path: &str, version: &VersionSelector) -> Result<()> {
    path::check(path)?;
    let is_possible = match version {
        VersionSelector::Id(id) => (32..=64).contains(&id.len()),
        VersionSelector::Stage(stage) => (1..=256).contains(&stage.len()),
        _ => true,
    };
    match is_possible {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::NotFound, "no version is named so")
            .with_action("name a version by its id of 32 to 64 characters, or a stage")),
    }
}

/// With what a description tells. One that fails is no reason to lose the secret, save where it is
/// denied: then the setting is wrong, and would never do anything.
fn described(secret: Secret, description: Result<Description>) -> Result<Secret> {
    match description {
        Ok(description) => Ok(rotating(secret, description.next_rotation)),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            Err(error.with_action("grant secretsmanager:DescribeSecret, or switch `describe` off"))
        }
        Err(_) => Ok(secret),
    }
}

fn rotating(secret: Secret, next_rotation: Option<SystemTime>) -> Secret {
    let Some(next_rotation) = next_rotation else { return secret };
    let meta = secret.meta().clone().with_next_rotation(next_rotation);
    Secret::new(secret.value().clone(), meta)
}

#[async_trait]
impl SecretProvider for SecretsManager {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        self.admit(path, options)?;
        let got = self.get_one(path, &options.version).await;
        got.map_err(|error| self.info.contextualize(error, "get", path))
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        let admitted: Vec<_> = paths.iter().map(|path| self.admit(path, options)).collect();
        let good = paths.iter().zip(&admitted).filter(|(_, admitted)| admitted.is_ok());
        let mut wanted: Vec<_> = good.map(|(path, _)| *path).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let Store { service, denial } = &*self.store;
        let mut answers = if options.version == VersionSelector::Current {
            batch::current(service, denial, &wanted).await
        } else {
            batch::singly(service, &wanted, &options.version).await
        };
        if self.describe {
            self.describe_all(&mut answers).await;
        }
        let answer = |(path, admitted): (&&str, Result<()>)| {
            admitted?;
            let lost = || Err(Error::new(ErrorKind::Unexpected, "an answer was lost"));
            let answer = answers.get(path).cloned().unwrap_or_else(lost);
            answer.map_err(|error| self.info.contextualize(error, "get", path))
        };
        paths.iter().zip(admitted).map(answer).collect()
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        self.info.admit_list(prefix, options)?;
        let read = self.values_below(prefix, options).await;
        read.map_err(|error| self.info.contextualize(error, "get_by_path", prefix))
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        self.info.admit_list(prefix, options)?;
        let listed = self.below(prefix, options).await;
        listed.map_err(|error| self.info.contextualize(error, "list", prefix))
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.info.admit_exists(path)?;
        let exists = async {
            path::check(path)?;
            if self.describe {
                self.store.service.describe(path).await.map(|description| description.is_readable)
            } else {
                self.store.service.get(path, &VersionSelector::Current).await.map(|_| true)
            }
        };
        match exists.await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            exists => exists.map_err(|error| self.info.contextualize(error, "path_exists", path)),
        }
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        self.info.admit_update(path, value, options)?;
        let updated = async {
            path::check(path)?;
            update::update(&self.store.service, path, value, options).await
        };
        updated.await.map_err(|error| self.info.contextualize(error, "update", path))
    }
}
