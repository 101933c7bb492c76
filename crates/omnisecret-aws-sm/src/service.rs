//! The calls of the service, and what its answers become.

use std::time::SystemTime;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::Builder;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::primitives::{Blob, DateTime};
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, SecretListEntry};
use omnisecret_aws::{Connection, Quiet, Session, Settings, error_of_code};
use omnisecret_core::{
    Error, ErrorKind, Result, Secret, SecretEntry, SecretMeta, SecretValue, VersionSelector,
};

use crate::path;

/// The service's name in the variable of its endpoint.
pub(crate) const SERVICE: &str = "secrets_manager";

/// The stage of the version that is read where none is named.
const CURRENT: &str = "AWSCURRENT";

/// The most that the service takes in one batch, and gives in one page.
pub(crate) const BATCH: usize = 20;
const PAGE: i32 = 100;

#[derive(Debug)]
pub(crate) struct Service(Session<Client>);

/// What DescribeSecret tells.
pub(crate) struct Description {
    pub(crate) next_rotation: Option<SystemTime>,
    /// Whether there is a value to be read: neither was the secret deleted, nor is it still empty.
    pub(crate) is_readable: bool,
}

impl Service {
    pub(crate) fn new(settings: Settings) -> Self {
        Self(Session::new(settings, client))
    }

    pub(crate) fn settings(&self) -> &Settings {
        self.0.settings()
    }

    pub(crate) async fn get(&self, id: &str, version: &VersionSelector) -> Result<Secret> {
        let (version_id, stage) = match version {
            VersionSelector::Current => (None, None),
            VersionSelector::Id(id) => (Some(id), None),
            VersionSelector::Stage(stage) => (None, Some(stage)),
            _ => return Err(Error::new(ErrorKind::Unsupported, "an unknown kind of version")),
        };
        let request = |client: Client| {
            client
                .get_secret_value()
                .secret_id(id)
                .set_version_id(version_id.cloned())
                .set_version_stage(stage.cloned())
                .send()
        };
        let answer = self.0.call(request).await?;
        let meta = meta(answer.arn, answer.version_id, answer.version_stages);
        secret(answer.secret_string, answer.secret_binary, meta, answer.created_date)
    }

    /// What the service says of each in one call; of some it may say nothing.
    pub(crate) async fn batch(&self, ids: &[&str]) -> Result<Vec<Option<Result<Secret>>>> {
        let wanted: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let request = |client: Client| {
            client.batch_get_secret_value().set_secret_id_list(Some(wanted.clone())).send()
        };
        let answer = self.0.call(request).await?;
        let mut found = Vec::new();
        for entry in answer.secret_values.unwrap_or_default() {
            let meta = meta(entry.arn.clone(), entry.version_id, entry.version_stages);
            let secret = secret(entry.secret_string, entry.secret_binary, meta, entry.created_date);
            found.push((entry.name, entry.arn, secret));
        }
        for error in answer.errors.unwrap_or_default() {
            let code = error.error_code.unwrap_or_default();
            let reason = Err(error_of_code(&code, error.message.as_deref()));
            found.push((error.secret_id, None, reason));
        }
        let answer_to = |id: &&str| {
            let whole = found
                .iter()
                .find(|(name, arn, _)| path::is_whole(id, name.as_deref(), arn.as_deref()));
            let partial = || found.iter().find(|(_, arn, _)| path::is_partial(id, arn.as_deref()));
            whole.or_else(partial).map(|(_, _, answer)| answer.clone())
        };
        Ok(ids.iter().map(answer_to).collect())
    }

    pub(crate) async fn describe(&self, id: &str) -> Result<Description> {
        let request = |client: Client| client.describe_secret().secret_id(id).send();
        self.0.call(request).await.map(Description::from)
    }

    /// Every secret whose name begins so, in no order.
    pub(crate) async fn list(&self, prefix: &str) -> Result<Vec<SecretEntry>> {
        // In front of a prefix, the service takes `!` for "not".
        let is_filtered = !prefix.is_empty() && !prefix.starts_with('!');
        let filter = is_filtered
            .then(|| Filter::builder().key(FilterNameStringType::Name).values(prefix).build());
        let mut entries = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let request = |client: Client| {
                client
                    .list_secrets()
                    .max_results(PAGE)
                    .set_filters(filter.clone().map(|filter| vec![filter]))
                    .set_next_token(token.clone())
                    .send()
            };
            let page = self.0.call(request).await?;
            entries.extend(page.secret_list.unwrap_or_default().into_iter().filter_map(entry));
            match page.next_token {
                None => return Ok(entries),
                Some(next) if Some(&next) == token.as_ref() => {
                    return Err(Error::new(ErrorKind::Unexpected, "the listing does not go on"));
                }
                next => token = next,
            }
        }
    }

    pub(crate) async fn put(
        &self,
        id: &str,
        value: &SecretValue,
        token: Option<&String>,
    ) -> Result<SecretMeta> {
        let request = |client: Client| {
            let (text, binary) = parts(value);
            client
                .put_secret_value()
                .secret_id(id)
                .set_secret_string(text)
                .set_secret_binary(binary)
                // Without one the SDK draws its own.
                .set_client_request_token(token.cloned())
                .send()
        };
        let answer = self.0.call(request).await?;
        Ok(meta(answer.arn, answer.version_id, answer.version_stages))
    }

    pub(crate) async fn create(
        &self,
        name: &str,
        value: &SecretValue,
        token: Option<&String>,
    ) -> Result<SecretMeta> {
        let request = |client: Client| {
            let (text, binary) = parts(value);
            client
                .create_secret()
                .name(name)
                .set_secret_string(text)
                .set_secret_binary(binary)
                .set_client_request_token(token.cloned())
                .send()
        };
        let answer = self.0.call(request).await?;
        Ok(meta(answer.arn, answer.version_id, Some(vec![CURRENT.to_owned()])))
    }
}

fn client(connection: Connection) -> Client {
    let mut config = Builder::from(&connection.config).interceptor(Quiet::default());
    if let Some(url) = connection.endpoint_url {
        config = config.endpoint_url(url);
    }
    Client::from_conf(config.build())
}

fn meta(arn: Option<String>, version: Option<String>, stages: Option<Vec<String>>) -> SecretMeta {
    let mut meta = SecretMeta::default().with_stages(stages.unwrap_or_default());
    meta.version = version;
    meta.canonical = arn;
    meta
}

fn secret(
    text: Option<String>,
    binary: Option<Blob>,
    mut meta: SecretMeta,
    created: Option<DateTime>,
) -> Result<Secret> {
    meta.created = created.and_then(time);
    let value = match (text, binary) {
        (Some(text), _) => SecretValue::text(text),
        (None, Some(bytes)) => SecretValue::binary(bytes.into_inner()),
        (None, None) => {
            return Err(Error::new(ErrorKind::Unexpected, "the answer holds no value"));
        }
    };
    Ok(Secret::new(value, meta))
}

/// An entry of a listing, unless the secret is on its way out.
fn entry(listed: SecretListEntry) -> Option<SecretEntry> {
    if listed.deleted_date.is_some() {
        return None;
    }
    let versions = listed.secret_versions_to_stages.unwrap_or_default();
    let current =
        versions.into_iter().find(|(_, stages)| stages.iter().any(|stage| stage == CURRENT));
    let (version, stages) = current.unzip();
    let mut meta = meta(listed.arn, version, stages);
    meta.next_rotation = listed.next_rotation_date.and_then(time);
    Some(SecretEntry::new(listed.name?, meta))
}

impl From<DescribeSecretOutput> for Description {
    fn from(answer: DescribeSecretOutput) -> Self {
        let mut stages = answer.version_ids_to_stages.iter().flat_map(|map| map.values()).flatten();
        Self {
            is_readable: answer.deleted_date.is_none() && stages.any(|stage| stage == CURRENT),
            next_rotation: answer.next_rotation_date.and_then(time),
        }
    }
}

/// The copies go the way of all that the SDK sends.
fn parts(value: &SecretValue) -> (Option<String>, Option<Blob>) {
    match value.expose_str() {
        Ok(text) => (Some(text.to_owned()), None),
        Err(_) => (None, Some(Blob::new(value.expose_bytes()))),
    }
}

fn time(time: DateTime) -> Option<SystemTime> {
    SystemTime::try_from(time).ok()
}
