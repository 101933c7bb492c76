//! From an HTTP request to its answer: who asks, what is asked, and only then work.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody};
use axum::extract::Request as HttpRequest;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tracing::Instrument;
use zeroize::Zeroizing;

use super::{Inner, Operation};
use crate::answer::Answer;
use crate::context::{self, Caller, RequestContext};
use crate::request::Request;
use crate::run::{self, Job};
use crate::{Context, FailureKind, JsonObject, Operations, ProducerError, Result, observe, work};

/// The header with the id of a request, in both directions.
const REQUEST_ID: &str = "x-request-id";

impl Inner {
    pub(super) async fn handle(
        self: Arc<Self>,
        operation: Operation,
        request: HttpRequest,
    ) -> Response {
        let id = request_id(request.headers());
        let span = tracing::info_span!("akeyless", operation = operation.name(), request_id = &*id);
        let mut told = Told { operation, start: Instant::now(), status: None };
        async {
            let mut response = self.respond(operation, request, &id).await;
            if let Ok(id) = HeaderValue::from_str(&id) {
                response.headers_mut().insert(REQUEST_ID, id);
            }
            // Nothing on the way is to keep a credential.
            let no_store = HeaderValue::from_static("no-store");
            response.headers_mut().insert(header::CACHE_CONTROL, no_store);
            told.status = Some(response.status());
            observe::under_way(self.work.under_way());
            drop(told);
            response
        }
        .instrument(span)
        .await
    }

    async fn respond(&self, operation: Operation, request: HttpRequest, id: &str) -> Response {
        let deadline = Instant::now() + self.time_limit;
        let caller = match &self.auth {
            None => Caller::default(),
            Some(auth) => match auth.check(request.headers()).await {
                Ok(caller) => caller,
                Err(denial) => {
                    tracing::warn!(why = denial.name(), "credentials are not accepted");
                    let status = denial.status(self.format);
                    return self.format.response(status, &denial.told(self.format));
                }
            },
        };
        let (parts, body) = request.into_parts();
        let declared = parts.headers.contains_key(header::CONTENT_LENGTH);
        let body = match self.read(&parts.headers, body, deadline).await {
            Ok(body) => body,
            Err(status) => {
                let text = status.canonical_reason().unwrap_or_default().to_lowercase();
                return self.format.response(status, &text);
            }
        };
        let asked = Asked { operation, id, caller, deadline, extensions: parts.extensions };
        match self.answer(asked, &body, declared).await {
            Ok(Ok(answer)) => answer.into_response(),
            Ok(Err(NotFound)) => self.format.not_found(),
            Err(error) => {
                let (kind, text) = (error.kind(), error.message());
                tracing::info!(?kind, error = text, "refused");
                let mut response = self.format.response(kind.status(), error.told());
                if kind == FailureKind::Unavailable {
                    let soon = HeaderValue::from_static("1");
                    response.headers_mut().insert(header::RETRY_AFTER, soon);
                }
                response
            }
        }
    }

    async fn answer(
        &self,
        asked: Asked<'_>,
        body: &[u8],
        declared: bool,
    ) -> Result<Result<Answer, NotFound>> {
        let request = Request::parse(body, declared, self.format)?;
        let operations = self.kinds.choose(request.payload())?;
        if asked.operation == Operation::Rotate && !operations.can_rotate() {
            return Ok(Err(NotFound));
        }
        if let (Some(schema), Some(payload)) = (&operations.payload_schema, request.payload().ok())
        {
            schema.check(payload, self.format)?;
        } else if operations.payload_schema.is_some() {
            request.payload()?;
        }
        let answer = match asked.operation {
            Operation::Create => self.create(asked, &request, operations).await,
            Operation::Revoke => self.revoke(asked, &request, operations).await,
            Operation::Rotate => self.rotate(asked, &request, operations).await,
        };
        answer.map(Ok)
    }

    async fn create(
        &self,
        asked: Asked<'_>,
        request: &Request<'_>,
        operations: &Arc<Operations>,
    ) -> Result<Answer> {
        let Some(create) = &operations.callables.create else {
            return Err(ProducerError::refused(self.format.cannot_create()));
        };
        let payload = Arc::clone(request.payload()?);
        (create.fits)(&payload)?;
        let is_dry_run = asked.is_dry_run(request);
        let input = if operations.takes_input { request.input()? } else { JsonObject::default() };
        if let Some(schema) = &operations.input_schema
            && (!is_dry_run || operations.check_input_of_dry_runs)
        {
            schema.check(&input, self.format)?;
        }
        let permit = self.work.admit(asked.deadline).await?;
        let deadline = asked.deadline;
        let job = Job {
            operations: Arc::clone(operations),
            context: asked.context(request, payload, input),
        };
        work::run(permit, deadline, |delivery| async move {
            if job.context.is_dry_run() {
                match run::dry_run(&job).await {
                    Ok(None) => {}
                    Ok(Some(json)) => {
                        delivery.deliver(json).await;
                        return;
                    }
                    Err(error) => return delivery.refuse(error),
                }
            }
            run::create(job, delivery).await;
        })
        .await
    }

    async fn revoke(
        &self,
        asked: Asked<'_>,
        request: &Request<'_>,
        operations: &Arc<Operations>,
    ) -> Result<Answer> {
        let ids = request.ids()?;
        // Where nothing is called, nobody needs a payload of any form.
        let payload = match request.payload() {
            Ok(payload) => Arc::clone(payload),
            Err(_) if operations.callables.revoke.is_none() => Arc::default(),
            Err(error) => return Err(error),
        };
        if let Some(revoke) = &operations.callables.revoke {
            (revoke.fits)(&payload)?;
        }
        let permit = self.work.admit(asked.deadline).await?;
        let deadline = asked.deadline;
        let context = asked.context(request, payload, JsonObject::default());
        let job = Job { operations: Arc::clone(operations), context };
        work::run(permit, deadline, |delivery| run::revoke(job, ids, delivery)).await
    }

    async fn rotate(
        &self,
        asked: Asked<'_>,
        request: &Request<'_>,
        operations: &Arc<Operations>,
    ) -> Result<Answer> {
        let payload = Arc::clone(request.payload()?);
        let callables = &operations.callables;
        if let Some(rotate) = callables.rotate.as_ref().or(callables.create.as_ref()) {
            (rotate.fits)(&payload)?;
        }
        let permit = self.work.admit(asked.deadline).await?;
        let deadline = asked.deadline;
        if asked.is_dry_run(request) {
            let unchanged = run::with_payload(&request.payload_text);
            return work::run(permit, deadline, |delivery| async move {
                delivery.deliver(unchanged).await;
            })
            .await;
        }
        let rotation = self.work.begin_rotation(&request.payload_text)?;
        let mut context = asked.context(request, payload, JsonObject::default());
        if operations.callables.rotate.is_none() {
            context = context.for_rotation();
        }
        let job = Job { operations: Arc::clone(operations), context };
        work::run(permit, deadline, |delivery| run::rotate(job, delivery.of_rotation(rotation)))
            .await
    }

    /// Reads the body, within the limits to its size and time.
    async fn read(
        &self,
        headers: &HeaderMap,
        mut body: Body,
        deadline: Instant,
    ) -> Result<Zeroizing<Vec<u8>>, StatusCode> {
        let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
        if length > self.max_body {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        // As large as it will be, so that it does not leave copies behind as it grows; a length
        // that is only said costs 64 KiB at most.
        let mut bytes = Zeroizing::new(Vec::with_capacity(length.min(64 << 10)));
        let read = async {
            while let Some(frame) = poll_fn(|task| Pin::new(&mut body).poll_frame(task)).await {
                let Ok(frame) = frame else { return Err(StatusCode::BAD_REQUEST) };
                let Ok(data) = frame.into_data() else { continue };
                if bytes.len() + data.len() > self.max_body {
                    return Err(StatusCode::PAYLOAD_TOO_LARGE);
                }
                bytes.extend_from_slice(&data);
            }
            Ok(())
        };
        let read = tokio::time::timeout_at(deadline.into(), read).await;
        read.unwrap_or(Err(StatusCode::REQUEST_TIMEOUT))?;
        Ok(bytes)
    }
}

/// There is nothing at this path for this kind of payload.
struct NotFound;

/// A request, as far as its head tells.
struct Asked<'a> {
    operation: Operation,
    id: &'a str,
    caller: Caller,
    deadline: Instant,
    extensions: axum::http::Extensions,
}

impl Asked<'_> {
    fn is_dry_run(&self, request: &Request<'_>) -> bool {
        self.caller.dry_run || request.is_dry_run()
    }

    fn context(
        self,
        request: &Request<'_>,
        payload: Arc<JsonObject>,
        input: JsonObject,
    ) -> Context {
        let is_dry_run = self.is_dry_run(request);
        Context::new(context::Inner {
            request: Arc::new(RequestContext {
                id: self.id.to_owned(),
                caller: self.caller,
                client: request.client.clone(),
                dry_run: is_dry_run,
                deadline: self.deadline,
                extensions: self.extensions,
            }),
            payload,
            input: Arc::new(input),
            for_rotation: false,
        })
    }
}

/// Tells of the request when it is answered, or when the connection is gone before.
struct Told {
    operation: Operation,
    start: Instant,
    status: Option<StatusCode>,
}

impl Drop for Told {
    fn drop(&mut self) {
        let elapsed: Duration = self.start.elapsed();
        observe::answered(self.operation.name(), self.status, elapsed);
    }
}

/// The caller's own id for the request if it is fit for a log, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(|id| {
        let fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        (1..=64).contains(&id.len()) && id.bytes().all(fit)
    });
    given.map_or_else(random_id, str::to_owned)
}

/// Random of this process, and counted on: to ask the system for each would cost more than the rest
/// of a request's head.
fn random_id() -> String {
    static START: OnceLock<u128> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let start = START.get_or_init(|| {
        let mut bytes = [0; 16];
        // Without randomness the ids of two processes may be the same; nothing rests on them.
        let _ = getrandom::fill(&mut bytes);
        u128::from_ne_bytes(bytes)
    });
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{:032x}", start.wrapping_add(count.into()))
}
