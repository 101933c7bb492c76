//! The gateways of one or several regions, as one: the others answer when the first does not.

use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{Error, ErrorKind, Result};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::gateway::{Gateway, GetSecretValue, OpenApi};
use crate::model::SecretVersion;

/// How long the first gateway may take before the others are asked too: a region that is down
/// often does not even refuse a connection.
const PATIENCE: Duration = Duration::from_secs(1);

/// The gateways in the order of preference, never none. Cheap to clone.
///
/// A read asks the first one. If that fails for a moment (throttled, not reachable), or has not
/// answered after a second, all the others are asked at once, and the first success counts. What
/// the first says for good counts as well: a secret that another region does not have is not
/// missing, and one that the first denies is denied. Without a success it is the first's error.
/// Repeating is not done here.
#[derive(Clone, Debug)]
pub(crate) struct SecretsClient(Arc<[Arc<dyn Gateway>]>);

impl SecretsClient {
    /// A client of these gateways.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if there are none.
    pub(crate) fn new(gateways: Vec<Arc<dyn Gateway>>) -> Result<Self> {
        if gateways.is_empty() {
            return Err(Error::new(ErrorKind::InvalidConfig, "no region is named")
                .with_action("name a region or an endpoint, or set ALIBABA_CLOUD_REGION_ID"));
        }
        Ok(Self(gateways.into()))
    }

    /// Where the gateways are.
    pub(crate) fn address(&self) -> String {
        self.0.iter().map(|gateway| gateway.address()).collect::<Vec<_>>().join(",")
    }

    /// One version of a secret, from whichever gateway has it.
    ///
    /// # Errors
    /// As the table of [`error`](crate::error) says.
    pub(crate) async fn get_secret_value(&self, request: &GetSecretValue) -> Result<SecretVersion> {
        let request = Arc::new(request.clone());
        let ask = |gateway: Arc<dyn Gateway>| {
            let request = Arc::clone(&request);
            async move { gateway.get_secret_value(&request).await }
        };
        first_answer(self.0.iter(), ask).await
    }

    /// Reads from the gateways that know all operations.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] if there are none of them; else as the call.
    pub(crate) async fn read<T, F>(&self, call: impl Fn(Managing) -> F + Sync) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let ask = |gateway| call(Managing(gateway));
        first_answer(self.managing(), ask).await
    }

    /// Whether the gateway that is asked first may know batches: others are not preferred to it.
    pub(crate) fn has_batches(&self) -> bool {
        self.0[0].open_api().is_some()
    }

    /// The gateway that is written to: the first that knows all operations. A write goes nowhere
    /// else, because the regions' secrets are not one another's copies.
    pub(crate) fn writer(&self) -> Option<&OpenApi> {
        self.0.iter().find_map(|gateway| gateway.open_api())
    }

    fn managing(&self) -> impl Iterator<Item = &Arc<dyn Gateway>> {
        self.0.iter().filter(|gateway| gateway.open_api().is_some())
    }
}

/// A gateway that knows all operations, in a form that a task can own.
#[derive(Debug)]
pub(crate) struct Managing(Arc<dyn Gateway>);

impl Managing {
    /// The gateway.
    ///
    /// # Errors
    /// None: it was picked for that.
    pub(crate) fn open_api(&self) -> Result<&OpenApi> {
        self.0.open_api().ok_or_else(no_management)
    }
}

/// The error of an operation that none of the gateways knows.
pub(crate) fn no_management() -> Error {
    let message = "the gateway of a KMS instance gives secrets, and does nothing else";
    Error::new(ErrorKind::Unsupported, message)
        .with_action("name a region's shared gateway as well")
}

/// Who of several was asked.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
    First,
    Other,
}

async fn first_answer<'a, T, F>(
    gateways: impl Iterator<Item = &'a Arc<dyn Gateway>> + Send,
    ask: impl Fn(Arc<dyn Gateway>) -> F,
) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let mut gateways: Vec<_> = gateways.cloned().collect();
    if gateways.is_empty() {
        return Err(no_management());
    }
    let first = ask(gateways.remove(0));
    if gateways.is_empty() {
        return first.await;
    }
    let mut others = Some(gateways);
    // Dropped, the set ends what is still under way.
    let mut calls = JoinSet::new();
    calls.spawn(async move { (Asked::First, first.await) });
    let patience = Instant::now() + PATIENCE;
    let mut error = None;
    loop {
        let landed = match &others {
            Some(_) => timeout_at(patience, calls.join_next()).await.ok(),
            None => Some(calls.join_next().await),
        };
        match landed {
            Some(None) => return Err(error.unwrap_or_else(lost)),
            Some(Some(Ok((_, Ok(answer))))) => return Ok(answer),
            Some(Some(Ok((Asked::First, Err(first))))) => {
                if !first.is_retryable() {
                    return Err(first);
                }
                error = Some(first);
            }
            Some(Some(Ok((Asked::Other, Err(_))) | Err(_))) => {}
            None => tracing::debug!("the first gateway takes long, the others are asked too"),
        }
        for gateway in others.take().into_iter().flatten() {
            let call = ask(gateway);
            calls.spawn(async move { (Asked::Other, call.await) });
        }
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Unexpected, "the task that asks the gateway was lost")
}
