//! Reading many parameters: ten a call, a few calls side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_ssm::types::Parameter;
use futures_util::stream::{self, StreamExt};
use omnisecret_core::{ErrorKind, Result, Secret};

use crate::name::{Name, Target};
use crate::provider::Inner;
use crate::read::{not_found, secret};

/// What GetParameters takes.
pub(crate) const BATCH: usize = 10;
/// Calls under way at once: an account has forty a second unless it pays for more.
const SIDE_BY_SIDE: usize = 5;

impl Inner {
    /// An answer for each target, in their order. What was refused already stays so.
    pub(crate) async fn get_many(
        self: Arc<Self>,
        targets: Vec<Result<Target>>,
        decrypt: bool,
    ) -> Vec<Result<Secret>> {
        // Each once, whatever was asked twice: GetParameters takes no name twice.
        let mut names = BTreeSet::new();
        let mut references = BTreeSet::new();
        for target in targets.iter().flatten() {
            match target {
                Target::Parameter(name) => names.insert(name.clone()),
                Target::Reference(path) => references.insert(path.clone()),
            };
        }
        let names: Vec<_> = names.into_iter().collect();
        let batches = names.chunks(BATCH).map(|batch| Work::Batch(batch.to_vec()));
        let work: Vec<_> = batches.chain(references.into_iter().map(Work::Reference)).collect();
        let answers: BTreeMap<Target, Result<Secret>> = stream::iter(work)
            .map(|work| Arc::clone(&self).work(work, decrypt))
            .buffer_unordered(SIDE_BY_SIDE)
            .map(stream::iter)
            .flatten()
            .collect()
            .await;
        let answer = |target: Result<Target>| {
            answers.get(&target?).cloned().unwrap_or_else(|| Err(not_found()))
        };
        targets.into_iter().map(answer).collect()
    }

    async fn work(self: Arc<Self>, work: Work, decrypt: bool) -> Vec<(Target, Result<Secret>)> {
        match work {
            Work::Reference(path) => {
                let target = Target::Reference(path);
                let answer = self.get(&target, decrypt).await;
                vec![(target, answer)]
            }
            Work::Batch(names) => {
                let answers = self.get_batch(&names, decrypt).await;
                names.into_iter().map(Target::Parameter).zip(answers).collect()
            }
        }
    }

    /// GetParameters for ten names at most, and for what it does not answer GetParameter. It fails
    /// as a whole where one name is denied, and where only the other action is allowed.
    async fn get_batch(&self, names: &[Name], decrypt: bool) -> Vec<Result<Secret>> {
        if let [name] = names {
            return vec![self.get_name(name, decrypt).await];
        }
        let (mut found, invalid) = match self.get_parameters(names, decrypt).await {
            Ok(answer) => answer,
            Err(error) if is_about_one(error.kind()) => (Vec::new(), Vec::new()),
            Err(error) => return names.iter().map(|_| Err(error.clone())).collect(),
        };
        let mut answers = Vec::new();
        for name in names {
            answers.push(if let Some(at) = found.iter().position(|it| answers_to(it, name)) {
                secret(found.swap_remove(at), name.label())
            } else if invalid.contains(&name.full()) {
                Err(not_found())
            } else {
                self.get_name(name, decrypt).await
            });
        }
        answers
    }

    /// GetParameters: what is there, and the names that are not.
    pub(crate) async fn get_parameters(
        &self,
        names: &[Name],
        decrypt: bool,
    ) -> Result<(Vec<Parameter>, Vec<String>)> {
        let names: Vec<_> = names.iter().map(Name::full).collect();
        let answer = self
            .session
            .call(|ssm| {
                ssm.get_parameters().set_names(Some(names.clone())).with_decryption(decrypt).send()
            })
            .await?;
        Ok((answer.parameters.unwrap_or_default(), answer.invalid_parameters.unwrap_or_default()))
    }
}

enum Work {
    Batch(Vec<Name>),
    Reference(String),
}

/// Whether an error of a batch may be that of one of its names.
fn is_about_one(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::PermissionDenied | ErrorKind::InvalidPath | ErrorKind::NotFound)
}

/// Whether a parameter is the one that was asked for by this name. The service gives back the name
/// and the selector apart, and neither in the order asked.
fn answers_to(parameter: &Parameter, name: &Name) -> bool {
    let is_named = [parameter.name(), parameter.arn()].contains(&Some(&name.base));
    let given = parameter.selector().map(|given| given.trim_start_matches(':'));
    is_named
        && match &name.selector {
            None => given.is_none(),
            Some(selector) => {
                given == Some(selector)
                    || given.is_none() && *selector == parameter.version().to_string()
            }
        }
}
