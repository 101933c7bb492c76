//! The provider `aliyun.sm`: the trait over KMS Secrets Manager.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use omnisecret_core::{
    Capabilities, Clock, Error, ErrorKind, GetOptions, ListOptions, ProviderInfo, Result, Secret,
    SecretEntry, SecretMeta, SecretProvider, SecretValue, UpdateOptions, VersionSelector,
    async_trait,
};

use crate::batch::Batches;
use crate::client::SecretsClient;
use crate::gateway::{GetSecretValue, Home};
use crate::model::{SecretVersion, bare_name};
use crate::{AliyunSmBuilder, ServiceError};

/// Secrets of Alibaba Cloud's KMS Secrets Manager.
///
/// A path is a secret's name, or the ARN `acs:kms:REGION:ACCOUNT:secret/NAME` of one in another
/// account, which can only be read. Cheap to clone.
#[derive(Clone)]
pub struct AliyunSm(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) info: ProviderInfo,
    pub(crate) client: SecretsClient,
    pub(crate) settings: Settings,
    pub(crate) batches: Batches,
}

/// What the provider does its work with, beside the client.
pub(crate) struct Settings {
    /// The parameter `Filters` of ListSecrets.
    pub(crate) filters: Option<String>,
    pub(crate) home: Home,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Settings {
    /// Settings with the filters in the form of the service.
    pub(crate) fn new(
        filters: &[(String, Vec<String>)],
        home: Home,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let filter = |(key, values): &_| serde_json::json!({ "Key": key, "Values": values });
        let filters: Vec<_> = filters.iter().map(filter).collect();
        let filters = (!filters.is_empty()).then(|| serde_json::Value::from(filters).to_string());
        Self { filters, home, clock }
    }
}

impl AliyunSm {
    /// The provider's id.
    pub const ID: &'static str = "aliyun.sm";

    /// Settings without a region yet, and the default chain of credentials.
    pub fn builder() -> AliyunSmBuilder {
        AliyunSmBuilder::default()
    }

    pub(crate) fn new(client: SecretsClient, settings: Settings) -> Self {
        let manages = client.writer().is_some();
        let mut capabilities = Capabilities::NONE;
        capabilities.list = manages;
        capabilities.update = manages;
        capabilities.create = manages;
        capabilities.idempotent_update = manages;
        capabilities.binary = true;
        capabilities.version_id = true;
        capabilities.version_stage = true;
        let info = ProviderInfo::new(Self::ID, client.address(), capabilities);
        let batches = Batches::new(Arc::clone(&settings.clock));
        Self(Arc::new(Inner { info, client, settings, batches }))
    }
}

impl Inner {
    /// One secret, with what was asked for compared with what came.
    pub(crate) async fn get(&self, path: &str, version: &VersionSelector) -> Result<Secret> {
        let request = request(path, version)?;
        checked(&self.client.get_secret_value(&request).await?, version)
    }

    async fn exists(&self, path: &str) -> Result<bool> {
        // Names alone are described, and by those who may; a read does for the others.
        if !is_arn(path) && self.client.writer().is_some() {
            let name: Arc<str> = path.into();
            let described = self.client.read(|gateway| {
                let name = Arc::clone(&name);
                async move { gateway.open_api()?.describe_secret(&name).await }
            });
            match described.await {
                Err(error) if is_denied(&error) => {}
                answer => return found(answer.map(|description| description.is_live())),
            }
        }
        found(self.get(path, &VersionSelector::Current).await.map(|_| true))
    }

    fn named(&self, error: Error, operation: &'static str, path: &str) -> Error {
        self.info.contextualize(error, operation, path)
    }
}

fn found(answer: Result<bool>) -> Result<bool> {
    match answer {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        answer => answer,
    }
}

/// Whether a policy is in the way of this operation, and not the account's state.
pub(crate) fn is_denied(error: &Error) -> bool {
    ServiceError::of(error)
        .is_some_and(|service| matches!(service.code(), "Forbidden.NoPermission" | "NoPermission"))
}

pub(crate) fn is_arn(path: &str) -> bool {
    path.starts_with("acs:kms:")
}

/// Refuses what cannot be the name of a secret, before anything is asked.
pub(crate) fn check_path(path: &str) -> Result<()> {
    let fault = if path.is_empty() {
        "a secret's name is not empty"
    } else if path.contains(char::is_control) {
        "a secret's name has no control characters"
    } else if is_arn(path) && bare_name(path) == path {
        "an ARN of a secret is acs:kms:REGION:ACCOUNT:secret/NAME"
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::InvalidPath, fault))
}

/// The request for this version, which has to be named if it is one by name.
pub(crate) fn request(path: &str, version: &VersionSelector) -> Result<GetSecretValue> {
    let mut request = GetSecretValue { name: path.to_owned(), ..GetSecretValue::default() };
    match version {
        VersionSelector::Current => {}
        VersionSelector::Id(id) if !id.is_empty() => request.version_id = Some(id.clone()),
        VersionSelector::Stage(stage) if !stage.is_empty() => {
            request.version_stage = Some(stage.clone());
        }
        // An empty one would be taken for the current one.
        _ => return Err(no_such_version()),
    }
    Ok(request)
}

/// The secret, if it is the version that was asked for: the service ignores the id of a version
/// with managed secrets and answers with another.
pub(crate) fn checked(answer: &SecretVersion, version: &VersionSelector) -> Result<Secret> {
    let is_right = match version {
        VersionSelector::Id(id) => answer.version_id == *id,
        VersionSelector::Stage(stage) => answer.version_stages.version_stage.contains(stage),
        _ => true,
    };
    if is_right { answer.secret() } else { Err(no_such_version()) }
}

fn no_such_version() -> Error {
    Error::new(ErrorKind::NotFound, "no such version of the secret").with_action(
        "name a version that exists; of managed secrets ACSCurrent and ACSPrevious alone are readable",
    )
}

#[async_trait]
impl SecretProvider for AliyunSm {
    fn info(&self) -> &ProviderInfo {
        &self.0.info
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        let inner = &*self.0;
        inner.info.admit_get(path, options)?;
        let get = async {
            check_path(path)?;
            inner.get(path, &options.version).await
        };
        get.await.map_err(|error| inner.named(error, "get", path))
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        let inner = &self.0;
        let admit = |path: &&str| {
            inner.info.admit_get(path, options)?;
            check_path(path)
        };
        let admitted: Vec<_> = paths.iter().map(admit).collect();
        let asked: Vec<&str> = paths
            .iter()
            .zip(&admitted)
            .filter(|(_, it)| it.is_ok())
            .map(|(path, _)| *path)
            .collect();
        let answers = inner.get_all(&asked, &options.version).await;
        let answer = |(path, admitted): (&&str, Result<()>)| {
            let answer = admitted.and_then(|()| match answers.get(*path) {
                Some(answer) => answer.clone(),
                None => Err(Error::new(ErrorKind::Unexpected, "the secret was not asked for")),
            });
            answer.map_err(|error| inner.named(error, "get", path))
        };
        paths.iter().zip(admitted).map(answer).collect()
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        let inner = &self.0;
        inner.info.admit_list(prefix, options)?;
        let names = inner.names_below(prefix, options).await;
        let names = names.map_err(|error| inner.named(error, "get_by_path", prefix))?;
        let asked: Vec<_> = names.iter().map(String::as_str).collect();
        let answers = inner.get_all(&asked, &VersionSelector::Current).await;
        let mut secrets = BTreeMap::new();
        for (name, answer) in answers {
            match answer {
                Ok(secret) => drop(secrets.insert(name, secret)),
                // Deleted since it was listed.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(inner.named(error, "get_by_path", &name)),
            }
        }
        Ok(secrets)
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        let inner = &*self.0;
        inner.info.admit_list(prefix, options)?;
        let names = inner.names_below(prefix, options).await;
        let names = names.map_err(|error| inner.named(error, "list", prefix))?;
        // A listing tells nothing of the current version.
        let entry = |name| SecretEntry::new(name, SecretMeta::default());
        Ok(names.into_iter().map(entry).collect())
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        let inner = &*self.0;
        inner.info.admit_exists(path)?;
        let exists = async {
            check_path(path)?;
            inner.exists(path).await
        };
        exists.await.map_err(|error| inner.named(error, "path_exists", path))
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        let inner = &*self.0;
        inner.info.admit_update(path, value, options)?;
        let update = async {
            check_path(path)?;
            inner.update(path, value, options).await
        };
        update.await.map_err(|error| inner.named(error, "update", path))
    }
}

impl fmt::Debug for AliyunSm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AliyunSm").field("client", &self.0.client).finish_non_exhaustive()
    }
}
