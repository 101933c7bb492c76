//! The same router on AWS Lambda, behind API Gateway (REST and HTTP APIs) or a load balancer.
//!
//! ```no_run
//! # use omnisecret_akeyless::{App, lambda};
//! # fn app() -> App { App::new() }
//! # async fn example() -> Result<(), lambda::Error> {
//! lambda::run(app().router()).await
//! # }
//! ```
//!
//! API Gateway gives up after 29 seconds; keep
//! [`time_limit`](crate::ProducerBuilder::time_limit) below. Nothing runs after an answer, so a
//! rotation by create and revoke needs
//! [`OldCredential::RevokedBeforeTheAnswer`](crate::OldCredential) or `Kept`.

use std::convert::Infallible;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::http::uri::{PathAndQuery, Uri};
use axum::response::Response;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt, Service, tower::ServiceExt};

pub use lambda_http::Error;

/// Runs the router for as long as Lambda has events.
///
/// # Errors
/// What the Lambda runtime cannot go on from.
#[allow(clippy::future_not_send, reason = "bodies of axum are not `Sync`; `main` awaits this")]
pub async fn run(router: Router) -> Result<(), Error> {
    lambda_http::run(service(router)).await
}

/// The router as a service of `lambda_http`, without the stage that named stages put before the
/// path.
pub fn service(router: Router) -> LambdaService {
    LambdaService { router }
}

/// A router behind Lambda; [`service`] makes it.
#[derive(Clone, Debug)]
pub struct LambdaService {
    router: Router,
}

impl Service<Request> for LambdaService {
    type Response = Response;
    type Error = Infallible;
    type Future = lambda_http::tower::util::Oneshot<Router, axum::http::Request<Body>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let stage = stage(&request);
        let mut request = request.map(|body| match body {
            lambda_http::Body::Text(text) => Body::from(text),
            lambda_http::Body::Binary(bytes) => Body::from(bytes),
            _ => Body::empty(),
        });
        if let Some(uri) = stage.and_then(|stage| without_stage(request.uri(), &stage)) {
            *request.uri_mut() = uri;
        }
        self.router.clone().oneshot(request)
    }
}

fn stage(request: &Request) -> Option<String> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV1(context) => context.stage.clone(),
        RequestContext::ApiGatewayV2(context) => context.stage.clone(),
        _ => None,
    }
}

/// None where the path does not begin with the stage.
fn without_stage(uri: &Uri, stage: &str) -> Option<Uri> {
    let path = uri.path_and_query()?.as_str();
    let rest = path.strip_prefix('/')?.strip_prefix(stage)?;
    let rest = rest.starts_with('/').then(|| PathAndQuery::try_from(rest).ok())??;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(rest);
    Uri::from_parts(parts).ok()
}
