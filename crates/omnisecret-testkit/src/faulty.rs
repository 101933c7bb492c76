//! A layer that fails and dawdles as a test has written down.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use omnisecret_core::{
    Error, GetOptions, ListOptions, ProviderInfo, Result, Secret, SecretEntry, SecretMeta,
    SecretProvider, SecretValue, UpdateOptions,
};

use crate::calls::Calls;
use crate::{Call, Operation};

/// A layer over a provider, with errors and delays on script: one [`Step`] per call, in the order
/// of the calls, then what [`always`](Self::always) says.
///
/// ```
/// use omnisecret_core::{Error, ErrorKind, Memory, SecretProvider};
/// use omnisecret_testkit::{Faulty, Step};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let provider = Faulty::new(Memory::from_iter([("prod/db", "hunter2")]));
/// provider.script([Step::Fail(Error::new(ErrorKind::Throttled, "slow down")), Step::Pass]);
///
/// assert!(provider.get("prod/db").await.is_err());
/// assert!(provider.get("prod/db").await.is_ok());
/// assert_eq!(provider.calls().len(), 2);
/// # }
/// ```
#[derive(Debug)]
pub struct Faulty<P> {
    inner: P,
    calls: Calls,
    plan: Mutex<Plan>,
}

/// What happens to a call.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Step {
    /// It goes through.
    #[default]
    Pass,
    /// It fails and does not reach the provider.
    Fail(Error),
    /// It goes through after this time, on tokio's clock.
    Delay(Duration),
    /// It goes through, and the answer is lost: the caller sees this error.
    Lose(Error),
}

#[derive(Debug, Default)]
struct Plan {
    next: VecDeque<Step>,
    then: Step,
}

impl<P> Faulty<P> {
    /// The provider with no faults yet.
    pub fn new(inner: P) -> Self {
        Self { inner, calls: Calls::new(), plan: Mutex::default() }
    }

    /// Adds steps for the next calls.
    pub fn script(&self, steps: impl IntoIterator<Item = Step>) {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).next.extend(steps);
    }

    /// What happens to each call for which nothing is scripted. [`Step::Pass`] unless set.
    pub fn always(&self, step: Step) {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).then = step;
    }

    /// The provider below.
    pub fn inner(&self) -> &P {
        &self.inner
    }

    /// Every call so far, in order, those that failed included.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.all()
    }

    /// How often this was called.
    pub fn count(&self, operation: Operation) -> usize {
        self.calls.count(operation)
    }
}

impl<P: SecretProvider> Faulty<P> {
    /// Waits until so many calls, of whatever operation, have come in.
    pub async fn reached(&self, calls: usize) {
        self.calls.reached(calls).await;
    }

    /// Takes the next step: an error to give at once, or one to give after the call.
    async fn enter(&self, operation: Operation, paths: &[&str]) -> Result<Option<Error>> {
        self.calls.record(operation, paths);
        let step = {
            let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
            plan.next.pop_front().unwrap_or_else(|| plan.then.clone())
        };
        match step {
            Step::Pass => Ok(None),
            Step::Fail(error) => Err(error),
            Step::Lose(error) => Ok(Some(error)),
            Step::Delay(time) => {
                tokio::time::sleep(time).await;
                Ok(None)
            }
        }
    }
}

/// The answer, unless it is to be lost.
fn deliver<T>(answer: Result<T>, lost: Option<Error>) -> Result<T> {
    lost.map_or(answer, Err)
}

#[async_trait]
impl<P: SecretProvider> SecretProvider for Faulty<P> {
    fn info(&self) -> &ProviderInfo {
        self.inner.info()
    }

    async fn get_with(&self, path: &str, options: &GetOptions) -> Result<Secret> {
        let lost = self.enter(Operation::Get, &[path]).await?;
        deliver(self.inner.get_with(path, options).await, lost)
    }

    async fn get_many(&self, paths: &[&str], options: &GetOptions) -> Vec<Result<Secret>> {
        let lost = match self.enter(Operation::GetMany, paths).await {
            Ok(lost) => lost,
            Err(error) => return paths.iter().map(|_| Err(error.clone())).collect(),
        };
        let answers = self.inner.get_many(paths, options).await;
        answers.into_iter().map(|answer| deliver(answer, lost.clone())).collect()
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        options: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        let lost = self.enter(Operation::GetByPath, &[prefix]).await?;
        deliver(self.inner.get_by_path_with(prefix, options).await, lost)
    }

    async fn list(&self, prefix: &str, options: &ListOptions) -> Result<Vec<SecretEntry>> {
        let lost = self.enter(Operation::List, &[prefix]).await?;
        deliver(self.inner.list(prefix, options).await, lost)
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        let lost = self.enter(Operation::PathExists, &[path]).await?;
        deliver(self.inner.path_exists(path).await, lost)
    }

    async fn update_with(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<SecretMeta> {
        let lost = self.enter(Operation::Update, &[path]).await?;
        deliver(self.inner.update_with(path, value, options).await, lost)
    }
}
