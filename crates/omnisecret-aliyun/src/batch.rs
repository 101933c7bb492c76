//! Many secrets at once: BatchGetSecretValue by twenty, single reads where that cannot be had.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use omnisecret_core::{Clock, Error, ErrorKind, Result, Secret, VersionSelector};
use serde::Serialize;

use crate::client::Managing;
use crate::error::from_code;
use crate::provider::{Inner, checked, is_arn, is_denied, request};

/// The most that the service takes at once.
const BATCH: usize = 20;

/// How many calls are under way at once.
const CALLS: usize = 8;

/// How long it is remembered that batches cannot be had, before they are tried again.
const REMEMBERED: Duration = Duration::from_secs(15 * 60);

/// An answer for each name. Those that are missing are still to be asked for.
pub(crate) type Answers = BTreeMap<String, Result<Secret>>;

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

impl Batches {
    /// Batches, until it is known that there are none.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, not_before: AtomicU64::new(0) }
    }

    fn can_be_had(&self) -> bool {
        self.clock.now().as_secs() >= self.not_before.load(Ordering::Relaxed)
    }

    fn cannot_be_had(&self) {
        tracing::debug!("no batches can be had, secrets are read one by one");
        let next = self.clock.now().saturating_add(REMEMBERED).as_secs();
        self.not_before.store(next, Ordering::Relaxed);
    }
}

impl Inner {
    /// The secrets of these paths, each with a result of its own.
    pub(crate) async fn get_all(&self, paths: &[&str], version: &VersionSelector) -> Answers {
        let mut wanted: Vec<_> = paths.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        // What a batch says of an ARN is not known to be under the name that was asked for.
        let names: Vec<_> = wanted.iter().copied().filter(|path| !is_arn(path)).collect();
        let mut answers = Answers::new();
        let mut is_denied = false;
        if names.len() > 1 && self.client.has_batches() && self.batches.can_be_had() {
            is_denied = self.in_batches(&names, version, &mut answers).await;
        }
        let left: Vec<_> = wanted.into_iter().filter(|path| !answers.contains_key(*path)).collect();
        let singly = left.iter().map(|path| async { (*path, self.get(path, version).await) });
        let mut singly = stream::iter(singly.collect::<Vec<_>>()).buffer_unordered(CALLS);
        let mut may_read = false;
        while let Some((path, answer)) = singly.next().await {
            may_read |= answer.is_ok();
            answers.insert(path.to_owned(), answer);
        }
        drop(singly);
        // It is the batch that is denied, and not the caller.
        if is_denied && may_read {
            self.batches.cannot_be_had();
        }
        answers
    }

    /// Puts in what batches answer; whether they are denied or not known.
    async fn in_batches(
        &self,
        names: &[&str],
        version: &VersionSelector,
        answers: &mut Answers,
    ) -> bool {
        // The first one goes ahead: if batches are denied, it is the only call that was for nothing.
        let (first, rest) = names.split_at(BATCH.min(names.len()));
        match self.batch(first, version).await {
            Err(error) if error.kind() == ErrorKind::Unsupported || is_denied(&error) => {
                return true;
            }
            answer => put(answers, first, answer),
        }
        let calls: Vec<_> = rest
            .chunks(BATCH)
            .map(|names| async move { (names, self.batch(names, version).await) })
            .collect();
        let mut calls = stream::iter(calls).buffer_unordered(CALLS);
        while let Some((names, answer)) = calls.next().await {
            put(answers, names, answer);
        }
        false
    }

    async fn batch(&self, names: &[&str], version: &VersionSelector) -> Result<Answers> {
        // One request for all, to see that the version can be asked for.
        let one = request("", version)?;
        let wanted = |name| Wanted {
            secret_name: name,
            version_stage: one.version_stage.as_deref(),
            version_id: one.version_id.as_deref(),
        };
        let wanted: Vec<_> = names.iter().copied().map(wanted).collect();
        let list: Arc<str> = serde_json::to_string(&wanted).map_err(|_| unwritable())?.into();
        let call = |gateway: Managing| {
            let list = Arc::clone(&list);
            async move { gateway.open_api()?.batch_get_secret_value(&list).await }
        };
        let answer = self.client.read(call).await?;
        let mut answers = Answers::new();
        for secret in &answer.secret_values {
            answers.insert(secret.secret_name.clone(), checked(secret, version));
        }
        for error in answer.errors {
            let status = error.http_status.unwrap_or_default();
            let found = from_code(&error.code, status, &answer.request_id);
            answers.insert(error.secret_name, Err(found));
        }
        answers.retain(|name, _| names.contains(&name.as_str()));
        Ok(answers)
    }
}

/// Puts in what a batch has answered. One that is not taken as it is leaves its names to be asked
/// for singly, because one of them may be why; one that fails otherwise is an error of each.
fn put(answers: &mut Answers, names: &[&str], answer: Result<Answers>) {
    match answer {
        Ok(batch) => answers.extend(batch),
        Err(error) if error.kind() == ErrorKind::InvalidPath || is_denied(&error) => {}
        Err(error) => {
            answers.extend(names.iter().map(|name| ((*name).to_owned(), Err(error.clone()))));
        }
    }
}

fn unwritable() -> Error {
    Error::new(ErrorKind::Unexpected, "the list of secrets cannot be written")
}
