//! A provider that answers what a test has written down, when the test says so.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use omnisecret_core::{
    Capabilities, Error, ErrorKind, GetOptions, ListOptions, ProviderInfo, Result, Secret,
    SecretEntry, SecretMeta, SecretProvider, SecretValue, UpdateOptions,
};
use tokio::sync::oneshot;

use crate::calls::Calls;
use crate::{Call, Operation};

/// A provider with a queue of answers for each operation, which counts the calls, records their
/// paths, and holds an answer back until it is released.
///
/// A call that finds no answer in its queue gets [`ErrorKind::Unexpected`]. A `get_many` without
/// an answer of its own takes one answer for `get` per path.
///
/// ```
/// use omnisecret_core::{Secret, SecretMeta, SecretProvider};
/// use omnisecret_testkit::{Operation, Scripted};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret_core::Result<()> {
/// let provider = std::sync::Arc::new(Scripted::new());
/// let held = provider.gets().hold(Ok(Secret::new("slow", SecretMeta::default())));
///
/// let call = tokio::spawn({
///     let provider = provider.clone();
///     async move { provider.get("prod/db").await }
/// });
/// provider.reached(1).await;
/// assert!(!call.is_finished());
/// held.release();
/// assert_eq!(call.await.expect("no panic")?.expose_str()?, "slow");
/// assert_eq!(provider.count(Operation::Get), 1);
/// assert_eq!(provider.calls()[0].paths, ["prod/db"]);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Scripted {
    info: ProviderInfo,
    calls: Calls,
    gets: Script<Result<Secret>>,
    get_manys: Script<Vec<Result<Secret>>>,
    get_by_paths: Script<Result<BTreeMap<String, Secret>>>,
    lists: Script<Result<Vec<SecretEntry>>>,
    path_exists: Script<Result<bool>>,
    updates: Script<Result<SecretMeta>>,
}

impl Scripted {
    /// A provider with every capability, id `test.scripted`, and nothing to answer.
    pub fn new() -> Self {
        let mut capabilities = Capabilities::NONE;
        capabilities.list = true;
        capabilities.update = true;
        capabilities.create = true;
        capabilities.binary = true;
        capabilities.version_id = true;
        capabilities.version_stage = true;
        capabilities.without_decrypt = true;
        capabilities.idempotent_update = true;
        Self::with_info(ProviderInfo::new("test.scripted", "a script", capabilities))
    }

    /// A provider that says this about itself. The script answers whatever the capabilities are.
    pub fn with_info(info: ProviderInfo) -> Self {
        Self {
            info,
            calls: Calls::new(),
            gets: Script::new(),
            get_manys: Script::new(),
            get_by_paths: Script::new(),
            lists: Script::new(),
            path_exists: Script::new(),
            updates: Script::new(),
        }
    }

    /// The answers of `get_with`.
    pub fn gets(&self) -> &Script<Result<Secret>> {
        &self.gets
    }

    /// The answers of `get_many`.
    pub fn get_manys(&self) -> &Script<Vec<Result<Secret>>> {
        &self.get_manys
    }

    /// The answers of `get_by_path_with`.
    pub fn get_by_paths(&self) -> &Script<Result<BTreeMap<String, Secret>>> {
        &self.get_by_paths
    }

    /// The answers of `list`.
    pub fn lists(&self) -> &Script<Result<Vec<SecretEntry>>> {
        &self.lists
    }

    /// The answers of `path_exists`.
    pub fn paths_exist(&self) -> &Script<Result<bool>> {
        &self.path_exists
    }

    /// The answers of `update_with`.
    pub fn updates(&self) -> &Script<Result<SecretMeta>> {
        &self.updates
    }

    /// Every call so far, in order, those that still wait for their answer included.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.all()
    }

    /// How often this was called.
    pub fn count(&self, operation: Operation) -> usize {
        self.calls.count(operation)
    }

    /// Waits until so many calls, of whatever operation, have come in.
    pub async fn reached(&self, calls: usize) {
        self.calls.reached(calls).await;
    }

    fn unscripted(&self, operation: &'static str, path: &str) -> Error {
        let error = Error::new(ErrorKind::Unexpected, "the script has no answer left");
        self.info.contextualize(error, operation, path)
    }

    async fn next_get(&self, path: &str) -> Result<Secret> {
        self.gets.next().await.unwrap_or_else(|| Err(self.unscripted("get", path)))
    }
}

impl Default for Scripted {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl SecretProvider for Scripted {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn get_with(&self, path: &str, _: &GetOptions) -> Result<Secret> {
        self.calls.record(Operation::Get, &[path]);
        self.next_get(path).await
    }

    async fn get_many(&self, paths: &[&str], _: &GetOptions) -> Vec<Result<Secret>> {
        self.calls.record(Operation::GetMany, paths);
        if let Some(answer) = self.get_manys.next().await {
            return answer;
        }
        let mut answers = Vec::with_capacity(paths.len());
        for path in paths {
            answers.push(self.next_get(path).await);
        }
        answers
    }

    async fn get_by_path_with(
        &self,
        prefix: &str,
        _: &ListOptions,
    ) -> Result<BTreeMap<String, Secret>> {
        self.calls.record(Operation::GetByPath, &[prefix]);
        let answer = self.get_by_paths.next().await;
        answer.unwrap_or_else(|| Err(self.unscripted("get_by_path", prefix)))
    }

    async fn list(&self, prefix: &str, _: &ListOptions) -> Result<Vec<SecretEntry>> {
        self.calls.record(Operation::List, &[prefix]);
        self.lists.next().await.unwrap_or_else(|| Err(self.unscripted("list", prefix)))
    }

    async fn path_exists(&self, path: &str) -> Result<bool> {
        self.calls.record(Operation::PathExists, &[path]);
        self.path_exists.next().await.unwrap_or_else(|| Err(self.unscripted("path_exists", path)))
    }

    async fn update_with(
        &self,
        path: &str,
        _: &SecretValue,
        _: &UpdateOptions,
    ) -> Result<SecretMeta> {
        self.calls.record(Operation::Update, &[path]);
        self.updates.next().await.unwrap_or_else(|| Err(self.unscripted("update", path)))
    }
}

/// The answers of one operation, first in first out.
pub struct Script<T>(Mutex<VecDeque<Answer<T>>>);

struct Answer<T> {
    value: T,
    /// What the answer waits for.
    gate: Option<oneshot::Receiver<()>>,
}

impl<T> Script<T> {
    fn new() -> Self {
        Self(Mutex::default())
    }

    /// Adds an answer that is given at once.
    pub fn answer(&self, value: T) {
        self.push(Answer { value, gate: None });
    }

    /// Adds an answer that is given when the handle is released or dropped.
    pub fn hold(&self, value: T) -> Release {
        let (release, gate) = oneshot::channel();
        self.push(Answer { value, gate: Some(gate) });
        Release(release)
    }

    /// How many answers no call has taken yet.
    pub fn remaining(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn push(&self, answer: Answer<T>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(answer);
    }

    async fn next(&self) -> Option<T> {
        let next = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Answer { value, gate } = next?;
        if let Some(gate) = gate {
            // An error is a dropped handle, which releases as well.
            let _ = gate.await;
        }
        Some(value)
    }
}

impl<T> fmt::Debug for Script<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").field("remaining", &self.remaining()).finish()
    }
}

/// Lets a held answer go, when dropped at the latest.
#[derive(Debug)]
#[must_use = "the answer is released when this drops"]
pub struct Release(oneshot::Sender<()>);

impl Release {
    /// Lets the answer go.
    pub fn release(self) {
        // Nobody waits any more where the call was dropped.
        let _ = self.0.send(());
    }
}
