//! What a gateway asks.

use std::fmt;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;
use tower::ServiceExt;

/// A gateway in front of a router.
#[derive(Clone)]
pub struct FakeGateway {
    router: Router,
    token: String,
    base_path: String,
}

/// What a producer has answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body, null if it is not JSON.
    pub body: Value,
}

impl FakeGateway {
    /// A gateway that comes with this token; an empty one is not sent.
    pub fn new(router: Router, token: impl Into<String>) -> Self {
        Self { router, token: token.into(), base_path: String::new() }
    }

    /// For a producer whose paths begin with this.
    #[must_use]
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.base_path = path.into();
        self
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// The same with another token.
    #[must_use]
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: token.into(), ..self.clone() }
    }

    /// Creates a credential for a user.
    pub async fn create(&self, payload: &Value) -> Answer {
        self.create_with_input(payload, &json!("")).await
    }

    /// Creates a credential for a user who has given this.
    pub async fn create_with_input(&self, payload: &Value, input: &Value) -> Answer {
        self.ask("create", &create(payload, input, "p-user")).await
    }

    /// Tries the item, as when it is saved.
    pub async fn dry_run(&self, payload: &Value) -> Answer {
        self.ask("create", &create(payload, &json!(""), "p-custom")).await
    }

    /// Revokes credentials.
    pub async fn revoke(&self, payload: &Value, ids: &[&str]) -> Answer {
        self.ask("revoke", &json!({"payload": payload.to_string(), "ids": ids})).await
    }

    /// Rotates the payload.
    pub async fn rotate(&self, payload: &Value) -> Answer {
        self.ask("rotate", &json!({"payload": payload.to_string()})).await
    }

    /// Hangs up after this time, whatever it has asked for: `create`, `rotate`. True if the answer
    /// was there before.
    pub async fn hang_up(&self, operation: &str, payload: &Value, after: Duration) -> bool {
        let body = create(payload, &json!(""), "p-user");
        // Dropped in the middle, as hyper does it where a connection is gone.
        timeout(after, self.ask(operation, &body)).await.is_ok()
    }

    /// Asks for a credential, and never reads the answer.
    pub async fn turn_away(&self, operation: &str, payload: &Value) {
        let request = self.request(operation, create(payload, &json!(""), "p-user").to_string());
        drop(self.router.clone().oneshot(request).await);
    }

    /// Sends the request byte by byte, this long apart, as a slow or hostile client.
    pub async fn dribble(&self, operation: &str, payload: &Value, pause: Duration) -> Answer {
        let body = create(payload, &json!(""), "p-user").to_string().into_bytes();
        let request = self.request(operation, Body::new(Dribble::new(body, pause)));
        self.answer(request).await
    }

    /// Sends any body to an operation.
    pub async fn send(&self, operation: &str, body: impl Into<Bytes>) -> Answer {
        self.answer(self.request(operation, body.into())).await
    }

    async fn ask(&self, operation: &str, body: &Value) -> Answer {
        self.send(operation, body.to_string()).await
    }

    fn request(&self, operation: &str, body: impl Into<Body>) -> Request<Body> {
        let uri = format!("{}/sync/{operation}", self.base_path.trim_end_matches('/'));
        let mut request = Request::post(uri).header("content-type", "application/json");
        if !self.token.is_empty() {
            request = request.header("AkeylessCreds", &self.token);
        }
        request.body(body.into()).expect("a path and a token that can be sent")
    }

    async fn answer(&self, request: Request<Body>) -> Answer {
        let response = match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let status = response.status();
        let body = to_bytes(response.into_body(), 16 << 20).await.unwrap_or_default();
        Answer { status, body: serde_json::from_slice(&body).unwrap_or_default() }
    }
}

fn create(payload: &Value, input: &Value, access_id: &str) -> Value {
    json!({
        "payload": payload.to_string(),
        "input": input,
        "client_info": {"access_id": access_id, "sub_claims": {"email": ["user@example.com"]}},
    })
}

impl fmt::Debug for FakeGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeGateway").field("base_path", &self.base_path).finish_non_exhaustive()
    }
}

/// A body that comes byte by byte.
struct Dribble {
    bytes: std::vec::IntoIter<u8>,
    pause: Duration,
    sleep: std::pin::Pin<Box<tokio::time::Sleep>>,
}

impl Dribble {
    fn new(bytes: Vec<u8>, pause: Duration) -> Self {
        let sleep = Box::pin(tokio::time::sleep(pause));
        Self { bytes: bytes.into_iter(), pause, sleep }
    }
}

impl axum::body::HttpBody for Dribble {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        task: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
        std::task::ready!(self.sleep.as_mut().poll(task));
        let next = tokio::time::Instant::now() + self.pause;
        self.sleep.as_mut().reset(next);
        let byte = self.bytes.next().map(|byte| Bytes::copy_from_slice(&[byte]));
        std::task::Poll::Ready(byte.map(|bytes| Ok(hyper::body::Frame::data(bytes))))
    }
}
