//! What a callable learns about the request beside its typed arguments.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::Extensions;

use crate::JsonObject;

/// Who asks, for what, and until when. Cheap to clone.
#[derive(Clone)]
pub struct Context(Arc<Inner>);

#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) request: Arc<RequestContext>,
    pub(crate) payload: Arc<JsonObject>,
    pub(crate) input: Arc<JsonObject>,
    pub(crate) for_rotation: bool,
}

/// What stays the same for all calls of one request.
pub(crate) struct RequestContext {
    pub(crate) id: String,
    pub(crate) caller: Caller,
    pub(crate) client: ClientInfo,
    pub(crate) dry_run: bool,
    pub(crate) deadline: Instant,
    pub(crate) extensions: Extensions,
}

/// The gateway, as far as its credentials say.
#[derive(Clone, Default)]
pub(crate) struct Caller {
    pub(crate) access_id: Option<String>,
    pub(crate) item_name: Option<String>,
    pub(crate) sub_claims: BTreeMap<String, Vec<String>>,
    /// Whether these are the credentials of a dry run.
    pub(crate) dry_run: bool,
}

/// The user, as the gateway says.
#[derive(Clone, Default)]
pub(crate) struct ClientInfo {
    pub(crate) access_id: Option<String>,
    pub(crate) sub_claims: BTreeMap<String, Vec<String>>,
}

impl Context {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// The same request with another payload.
    pub(crate) fn with_payload(&self, payload: Arc<JsonObject>) -> Self {
        Self::new(Inner { payload, ..(*self.0).clone() })
    }

    /// The same request, in order to replace the credential of the payload.
    pub(crate) fn for_rotation(&self) -> Self {
        Self::new(Inner { for_rotation: true, ..(*self.0).clone() })
    }

    /// The access id of the user who asks, as the gateway says. Only to create comes with it.
    pub fn access_id(&self) -> Option<&str> {
        self.0.request.client.access_id.as_deref()
    }

    /// The sub claims of the user who asks, as the gateway says.
    pub fn sub_claims(&self) -> &BTreeMap<String, Vec<String>> {
        &self.0.request.client.sub_claims
    }

    /// The access id of the gateway, validated; none without authentication.
    pub fn gateway_access_id(&self) -> Option<&str> {
        self.0.request.caller.access_id.as_deref()
    }

    /// The sub claims of the gateway, validated.
    pub fn gateway_sub_claims(&self) -> &BTreeMap<String, Vec<String>> {
        &self.0.request.caller.sub_claims
    }

    /// The name of the item in Akeyless, where the validated credentials say it.
    pub fn item_name(&self) -> Option<&str> {
        self.0.request.caller.item_name.as_deref()
    }

    /// Whether Akeyless only tries the item. A callable sees this if the hook for dry runs has
    /// asked for it to be executed.
    pub fn is_dry_run(&self) -> bool {
        self.0.request.dry_run
    }

    /// Whether a credential is created in order to replace the one in the payload.
    pub fn is_for_rotation(&self) -> bool {
        self.0.for_rotation
    }

    /// When the gateway is answered at the latest. What is created later is revoked again.
    pub fn deadline(&self) -> Instant {
        self.0.request.deadline
    }

    /// How long it is until the deadline.
    pub fn remaining(&self) -> Duration {
        self.deadline().saturating_duration_since(Instant::now())
    }

    /// The id of the request, which logs and the answer's `x-request-id` have.
    pub fn request_id(&self) -> &str {
        &self.0.request.id
    }

    /// The whole payload, beside the typed one.
    pub fn payload(&self) -> &JsonObject {
        &self.0.payload
    }

    /// The whole input, beside the typed one.
    pub fn input(&self) -> &JsonObject {
        &self.0.input
    }

    /// What the application has put beside the request: its state, which
    /// [`Producer::router_for_state`](crate::Producer::router_for_state) puts there, or what a
    /// layer of axum's `Extension` does.
    pub fn extension<T: Clone + Send + Sync + 'static>(&self) -> Option<&T> {
        self.0.request.extensions.get()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("request_id", &self.request_id())
            .field("access_id", &self.access_id())
            .field("gateway_access_id", &self.gateway_access_id())
            .field("item_name", &self.item_name())
            .field("dry_run", &self.is_dry_run())
            .field("for_rotation", &self.is_for_rotation())
            .finish_non_exhaustive()
    }
}
