//! A producer: operations, who may ask for them, and the router that answers.

mod builder;
mod handle;
mod paths;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::{MethodRouter, post};

pub use builder::ProducerBuilder;
use paths::Paths;

use crate::auth::Authenticator;
use crate::work::Work;
use crate::{ErrorFormat, JsonObject, Operations, ProducerError, Result};

/// A custom producer of Akeyless, ready to be hosted.
///
/// Cheap to clone; clones share their limits and what they know of credentials.
///
/// ```
/// use omnisecret_akeyless::{AkeylessCreds, Context, Id, Operations, Producer, Result};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize)]
/// struct Payload {
///     client_id: String,
///     client_secret: String,
/// }
///
/// #[derive(Serialize)]
/// struct Key {
///     id: String,
///     key: String,
/// }
///
/// async fn create(_: Context, payload: Payload) -> Result<Key> {
///     // Ask the vendor, by the payload's credentials.
///     # let _ = payload.client_secret;
///     Ok(Key { id: format!("{}-1", payload.client_id), key: "from the vendor".to_owned() })
/// }
///
/// async fn revoke(_: Context, _: Payload, id: Id) -> Result<()> {
///     // Ask the vendor to forget `id`.
///     # let _ = id;
///     Ok(())
/// }
///
/// # fn main() -> omnisecret_core::Result<()> {
/// let producer = Producer::builder()
///     .operations(Operations::new().create_fn(create).revoke_fn(revoke).id_field("id"))
///     .creds(AkeylessCreds::of_gateways(["p-1234abcd"]).item("/prod/vendor"))
///     .build()?;
/// let router = producer.router();
/// # let _ = router;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Producer(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    kinds: Kinds,
    /// None where requests are answered whoever asks.
    auth: Option<Authenticator>,
    pub(crate) format: ErrorFormat,
    pub(crate) paths: Paths,
    max_body: usize,
    time_limit: Duration,
    pub(crate) work: Work,
    #[cfg(feature = "openapi")]
    pub(crate) shapes: crate::openapi::Shapes,
}

/// One kind of credential, or several that the payload chooses from.
enum Kinds {
    One(Arc<Operations>),
    By { key: String, kinds: BTreeMap<String, Arc<Operations>> },
}

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Revoke,
    Rotate,
}

impl Operation {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Revoke => "revoke",
            Self::Rotate => "rotate",
        }
    }
}

impl Producer {
    /// A producer that has yet to be told what it does and for whom.
    pub fn builder() -> ProducerBuilder {
        ProducerBuilder::new()
    }

    /// The routes of this producer. They can be merged with others, nested, and layered.
    pub fn router(&self) -> Router {
        self.router_for_state()
    }

    /// The same for an application with a state: callables find it by
    /// [`Context::extension`](crate::Context::extension).
    pub fn router_for_state<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let inner = &self.0;
        let mut router = route(Router::new(), &inner.paths.create, inner, Operation::Create);
        router = route(router, &inner.paths.revoke, inner, Operation::Revoke);
        if inner.kinds.can_rotate() {
            router = route(router, &inner.paths.rotate, inner, Operation::Rotate);
        }
        router
    }

    /// Whether there is anything at the path for rotating.
    #[cfg(feature = "openapi")]
    pub(crate) fn can_rotate(&self) -> bool {
        self.0.kinds.can_rotate()
    }

    /// Whether it asks who asks.
    #[cfg(feature = "openapi")]
    pub(crate) fn is_authenticated(&self) -> bool {
        self.0.auth.is_some()
    }

    /// How much work is under way, that of connections which are gone included.
    pub fn under_way(&self) -> usize {
        self.0.work.under_way()
    }

    /// Waits until no work is under way; false if it still is after this time.
    ///
    /// [`serve`](crate::serve) does so before it returns.
    pub async fn is_idle_within(&self, limit: Duration) -> bool {
        self.0.work.is_done_within(limit).await
    }
}

/// With a path, with the slashes that somebody may have put after it, and no further.
fn route<S: Clone + Send + Sync + 'static>(
    router: Router<S>,
    path: &str,
    inner: &Arc<Inner>,
    operation: Operation,
) -> Router<S> {
    let format = inner.format;
    let answer = || -> MethodRouter<S> {
        let inner = Arc::clone(inner);
        let handler = move |State(state): State<S>, mut request: Request| {
            request.extensions_mut().insert(state);
            Arc::clone(&inner).handle(operation, request)
        };
        post(handler).fallback(async move || format.method_not_allowed())
    };
    let longer = {
        let inner = Arc::clone(inner);
        let path = path.to_owned();
        let handler = async move |State(state): State<S>, mut request: Request| {
            let rest = request.uri().path().rsplit_once(&*path).map_or("", |(_, rest)| rest);
            if rest.bytes().any(|byte| byte != b'/') {
                return format.not_found();
            }
            if request.method() != axum::http::Method::POST {
                return format.method_not_allowed();
            }
            request.extensions_mut().insert(state);
            Arc::clone(&inner).handle(operation, request).await
        };
        axum::routing::any(handler)
    };
    router
        .route(path, answer())
        .route(&format!("{path}/"), answer())
        .route(&format!("{path}/{{*rest}}"), longer)
}

impl Kinds {
    fn can_rotate(&self) -> bool {
        match self {
            Self::One(operations) => operations.can_rotate(),
            Self::By { kinds, .. } => kinds.values().any(|kind| kind.can_rotate()),
        }
    }

    /// Those that a payload is for. One kind alone needs no payload to be chosen.
    fn choose(&self, payload: Result<&Arc<JsonObject>>) -> Result<&Arc<Operations>> {
        match self {
            Self::One(operations) => Ok(operations),
            Self::By { key, kinds } => {
                let kind = payload?.text(key).and_then(|kind| kinds.get(&**kind));
                let message = format!("'payload' has no '{key}' that this producer knows");
                kind.ok_or_else(|| ProducerError::refused(message))
            }
        }
    }
}

impl fmt::Debug for Producer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer")
            .field("paths", &self.0.paths)
            .field("auth", &self.0.auth)
            .finish_non_exhaustive()
    }
}
