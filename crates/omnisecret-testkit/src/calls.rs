//! What a double was asked, in order.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

/// The operations of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// `get_with`, and `get` which calls it.
    Get,
    /// `get_many`.
    GetMany,
    /// `get_by_path_with`, and `get_by_path` which calls it.
    GetByPath,
    /// `list`.
    List,
    /// `path_exists`.
    PathExists,
    /// `update_with`, and `update` which calls it.
    Update,
}

/// One call of a double.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// What was called.
    pub operation: Operation,
    /// The path or prefix; of `get_many`, all paths in the order asked.
    pub paths: Vec<String>,
}

/// The calls so far, and who waits for more of them.
#[derive(Debug)]
pub(crate) struct Calls {
    calls: Mutex<Vec<Call>>,
    count: watch::Sender<usize>,
}

impl Calls {
    pub(crate) fn new() -> Self {
        Self { calls: Mutex::default(), count: watch::Sender::new(0) }
    }

    pub(crate) fn record(&self, operation: Operation, paths: &[&str]) {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let count = {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            calls.push(Call { operation, paths });
            calls.len()
        };
        // Two calls may get here in the other order; the count never goes back.
        self.count.send_modify(|seen| *seen = count.max(*seen));
    }

    pub(crate) fn all(&self) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn count(&self, operation: Operation) -> usize {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.iter().filter(|call| call.operation == operation).count()
    }

    pub(crate) async fn reached(&self, count: usize) {
        // The sender lives in `self`, so the wait cannot fail.
        let _ = self.count.subscribe().wait_for(|seen| *seen >= count).await;
    }
}
