//! Many secrets at once: BatchGetSecretValue by twenty, single reads where that cannot be had.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use omnisecret_core::{Clock, Error, ErrorKind, Result, Secret, VersionSelector};
use serde::Serialize;
use tokio::task::JoinSet;

use crate::error::from_code;
use crate::provider::{Inner, checked, is_arn, is_denied, request};

/// The most that the service takes at once.
const BATCH: usize = 20;

/// How many calls are under way at once: twenty batches come to 400 secrets.
const CONCURRENCY: usize = 16;

/// How long it is remembered that batches cannot be had, before they are tried again.
const MEMORY: Duration = Duration::from_secs(3600);

/// Whether batches can be had: an older gateway does not know them, a policy may not allow them.
pub(crate) struct Batches {
    clock: Arc<dyn Clock>,
    /// In seconds of the clock.
    not_before: AtomicU64,
}

/// What is asked for in a batch.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Wanted<'a> {
    secret_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_stage: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
}

type Answers = BTreeMap<String, Result<Secret>>;

impl Batches {
    /// Batches, until it is known that there are none.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, not_before: AtomicU64::new(0) }
    }

    fn can_be_had(&self) -> bool {
        self.clock.now().as_secs() >= self.not_before.load(Ordering::Relaxed)
    }

    fn cannot_be_had(&self) {
        let next = self.clock.now().saturating_add(MEMORY).as_secs();
        self.not_before.store(next, Ordering::Relaxed);
    }
}

impl Inner {
    /// The secrets of these paths, each with a result of its own.
    pub(crate) async fn get_all(
        self: &Arc<Self>,
        paths: &[&str],
        version: &VersionSelector,
    ) -> Answers {
        let mut wanted: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        // What a batch says of an ARN is not known to be under the name that was asked for.
        let (single, batched): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|path| is_arn(path));
        let can_batch = self.client.has_batches() && self.batches.can_be_had();
        let mut work: Vec<Vec<String>> = single.into_iter().map(|path| vec![path]).collect();
        let size = if can_batch { BATCH } else { 1 };
        work.extend(batched.chunks(size).map(<[String]>::to_vec));
        self.run(work, version).await
    }

    /// Reads the groups, a few side by side.
    async fn run(self: &Arc<Self>, work: Vec<Vec<String>>, version: &VersionSelector) -> Answers {
        let mut work = work.into_iter();
        let mut answers = Answers::new();
        // Dropped, the set ends what is still under way.
        let mut calls = JoinSet::new();
        loop {
            while calls.len() < CONCURRENCY
                && let Some(group) = work.next()
            {
                let (this, version) = (Arc::clone(self), version.clone());
                calls.spawn(async move { this.group(group, &version).await });
            }
            match calls.join_next().await {
                Some(Ok(group)) => answers.extend(group),
                // A task that was lost has no answers, which the caller sees.
                Some(Err(_)) => {}
                None => return answers,
            }
        }
    }

    async fn group(&self, names: Vec<String>, version: &VersionSelector) -> Answers {
        let mut answers = Answers::new();
        if names.len() > 1 {
            match self.batch(&names, version).await {
                Ok(batch) => answers = batch,
                Err(error) if error.kind() == ErrorKind::Unsupported || is_denied(&error) => {
                    tracing::debug!(kind = %error.kind(), "no batches, secrets are read one by one");
                    self.batches.cannot_be_had();
                }
                Err(error) => {
                    return names.into_iter().map(|name| (name, Err(error.clone()))).collect();
                }
            }
        }
        // What the batch has not told of, or all of it.
        for name in names {
            if let Entry::Vacant(vacant) = answers.entry(name) {
                let answer = self.get(vacant.key(), version).await;
                vacant.insert(answer);
            }
        }
        answers
    }

    async fn batch(&self, names: &[String], version: &VersionSelector) -> Result<Answers> {
        // One request for all, to see that the version can be asked for.
        let one = request(&names[0], version)?;
        let entry = |name| Wanted {
            secret_name: name,
            version_stage: one.version_stage.as_deref(),
            version_id: one.version_id.as_deref(),
        };
        let entries: Vec<_> = names.iter().map(|name| entry(name.as_str())).collect();
        let list: Arc<str> = serde_json::to_string(&entries).map_err(|_| unwritable())?.into();
        let answer = self
            .client
            .read(|gateway| {
                let list = Arc::clone(&list);
                async move { gateway.open_api()?.batch_get_secret_value(&list).await }
            })
            .await?;
        let mut answers = Answers::new();
        for secret in &answer.secret_values {
            answers.insert(secret.secret_name.clone(), checked(secret, version));
        }
        for error in answer.errors {
            let status = error.http_status.unwrap_or_default();
            let found = from_code(&error.code, status, &answer.request_id);
            answers.insert(error.secret_name, Err(found));
        }
        answers.retain(|name, _| names.contains(name));
        Ok(answers)
    }
}

fn unwritable() -> Error {
    Error::new(ErrorKind::Unexpected, "the list of secrets cannot be written")
}
