//! Work that goes on in a task of its own, whatever becomes of the connection that asked for it.

use std::collections::HashSet;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tracing::Instrument;
use zeroize::Zeroizing;

use crate::answer::Answer;
use crate::{FailureKind, ProducerError, Result};

/// What limits the work of a producer.
pub(crate) struct Work {
    permits: Arc<Semaphore>,
    limit: u32,
    rotating: Arc<Mutex<HashSet<[u8; 32]>>>,
}

impl Work {
    pub(crate) fn new(limit: u32) -> Self {
        let permits = Arc::new(Semaphore::new(limit as usize));
        Self { permits, limit, rotating: Arc::default() }
    }

    /// Waits for leave to work, until the deadline. The waiting ends with the connection, the work
    /// does not.
    pub(crate) async fn admit(&self, deadline: Instant) -> Result<OwnedSemaphorePermit> {
        let permit = Arc::clone(&self.permits).acquire_owned();
        let full = || ProducerError::new(FailureKind::Unavailable, "too much is under way");
        let permit = tokio::time::timeout_at(deadline.into(), permit).await;
        permit.map_err(|_| full())?.map_err(|_| full())
    }

    /// Takes a payload for rotation, so that no two rotate it at once.
    pub(crate) fn begin_rotation(&self, payload: &str) -> Result<Rotation> {
        let key: [u8; 32] = Sha256::digest(payload).into();
        let mut rotating = self.rotating.lock().unwrap_or_else(PoisonError::into_inner);
        if !rotating.insert(key) {
            let message = "this payload is being rotated";
            return Err(ProducerError::new(FailureKind::Conflict, message));
        }
        Ok(Rotation { key, rotating: Arc::clone(&self.rotating) })
    }

    /// Waits until nothing is under way; false if that takes too long.
    pub(crate) async fn is_done_within(&self, limit: Duration) -> bool {
        let all = self.permits.acquire_many(self.limit);
        tokio::time::timeout(limit, all).await.is_ok_and(|all| all.is_ok())
    }

    /// How much is under way.
    pub(crate) fn under_way(&self) -> usize {
        (self.limit as usize).saturating_sub(self.permits.available_permits())
    }
}

/// A payload that is being rotated.
pub(crate) struct Rotation {
    key: [u8; 32],
    rotating: Arc<Mutex<HashSet<[u8; 32]>>>,
}

impl Drop for Rotation {
    fn drop(&mut self) {
        self.rotating.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// The end of the line at which a work hands in its answer.
pub(crate) struct Delivery {
    sender: oneshot::Sender<Result<Answer>>,
    /// Over when the answer is handed in: the next one may come with the same payload.
    rotation: Option<Rotation>,
}

impl Delivery {
    /// The same, and a payload is taken for rotation until then.
    pub(crate) fn of_rotation(self, rotation: Rotation) -> Self {
        Self { rotation: Some(rotation), ..self }
    }

    /// Whether anybody still waits for the answer.
    pub(crate) fn is_awaited(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Hands the answer in, and learns whether the connection has taken it.
    pub(crate) async fn deliver(self, json: Zeroizing<String>) -> bool {
        let (answer, handed_over) = Answer::new(json);
        drop(self.rotation);
        self.sender.send(Ok(answer)).is_ok() && handed_over.await.is_ok()
    }

    /// Hands in an error. Whoever does not wait for it has lost nothing.
    pub(crate) fn refuse(self, error: ProducerError) {
        drop(self.rotation);
        let _ = self.sender.send(Err(error));
    }
}

/// Does the work in a task of its own, which holds the permit, and waits for its answer.
pub(crate) async fn run<W, F>(
    permit: OwnedSemaphorePermit,
    deadline: Instant,
    work: W,
) -> Result<Answer>
where
    W: FnOnce(Delivery) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let (sender, mut receiver) = oneshot::channel();
    let work = work(Delivery { sender, rotation: None });
    let task = async move {
        work.await;
        drop(permit);
    };
    tokio::spawn(task.in_current_span());
    match tokio::time::timeout_at(deadline.into(), &mut receiver).await {
        Ok(Ok(answer)) => answer,
        // The task has panicked; the panic hook has said so.
        Ok(Err(_)) => Err(ProducerError::internal("the callable panicked")),
        Err(_) => {
            // From here on nothing can be handed in; what has been just now is not lost.
            receiver.close();
            let message = "the credential is not there in time";
            receiver
                .try_recv()
                .unwrap_or_else(|_| Err(ProducerError::new(FailureKind::Timeout, message)))
        }
    }
}
