//! Many secrets: twenty in a call where that is allowed, else one in a call and several at once.

use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::stream::{self, StreamExt};
use omnisecret_core::{Error, ErrorKind, Result, Secret, VersionSelector};

use crate::denial::Denial;
use crate::service::{BATCH, Service};

/// How many calls are under way at once.
pub(crate) const CALLS: usize = 8;

/// An answer for each path. Those with an error may be asked for again.
pub(crate) type Answers<'a> = BTreeMap<&'a str, Result<Secret>>;

/// The current versions. No path stands there twice.
pub(crate) async fn current<'a>(
    service: &Service,
    denial: &Denial,
    paths: &[&'a str],
) -> Answers<'a> {
    // One path is asked for in one call either way, and so takes one right only.
    if paths.len() < 2 || denial.holds(Instant::now()) {
        return singly(service, paths, &VersionSelector::Current).await;
    }
    // The first batch goes ahead: if batches are denied, it is the only call that was for nothing.
    let (first, rest) = paths.split_at(BATCH.min(paths.len()));
    let first = batch(service, first).await;
    let denied = matches!(first, Batch::Refused(ErrorKind::PermissionDenied, _));
    let (mut answers, mut left) = (Answers::new(), Vec::new());
    if denied {
        left.extend(rest);
    } else {
        let calls: Vec<_> = rest.chunks(BATCH).map(|paths| batch(service, paths)).collect();
        let mut batches = stream::iter(calls).buffer_unordered(CALLS);
        while let Some(batch) = batches.next().await {
            batch.take_into(&mut answers, &mut left);
        }
    }
    first.take_into(&mut answers, &mut left);
    answers.extend(singly(service, &left, &VersionSelector::Current).await);
    // The single calls tell that it is the batch which is denied, and not the caller.
    if denied && left.iter().any(|path| answers.get(path).is_some_and(Result::is_ok)) {
        denial.note(Instant::now());
    }
    answers
}

/// Each in a call of its own.
pub(crate) async fn singly<'a>(
    service: &Service,
    paths: &[&'a str],
    version: &VersionSelector,
) -> Answers<'a> {
    let call = |path: &&'a str| {
        let path = *path;
        async move { (path, service.get(path, version).await) }
    };
    let calls: Vec<_> = paths.iter().map(call).collect();
    stream::iter(calls).buffer_unordered(CALLS).collect().await
}

/// What has come of a batch.
enum Batch<'a> {
    Answered(Vec<(&'a str, Option<Result<Secret>>)>),
    /// For a reason that may not be one for each path.
    Refused(ErrorKind, Vec<&'a str>),
    Failed(Error, Vec<&'a str>),
}

async fn batch<'a>(service: &Service, paths: &[&'a str]) -> Batch<'a> {
    match service.batch(paths).await {
        Ok(answers) => Batch::Answered(paths.iter().copied().zip(answers).collect()),
        Err(error) => match error.kind() {
            // The action is denied, one of the paths is not to the service's taste, or the action
            // is not known there.
            ErrorKind::PermissionDenied | ErrorKind::InvalidPath | ErrorKind::InvalidConfig => {
                Batch::Refused(error.kind(), paths.to_vec())
            }
            _ => Batch::Failed(error, paths.to_vec()),
        },
    }
}

impl<'a> Batch<'a> {
    fn take_into(self, answers: &mut Answers<'a>, left: &mut Vec<&'a str>) {
        match self {
            Self::Answered(batch) => {
                for (path, answer) in batch {
                    match answer {
                        Some(answer) => drop(answers.insert(path, answer)),
                        None => left.push(path),
                    }
                }
            }
            Self::Refused(_, paths) => left.extend(paths),
            Self::Failed(error, paths) => {
                answers.extend(paths.into_iter().map(|path| (path, Err(error.clone()))));
            }
        }
    }
}
