//! Hosting: producers and what every service has beside them, and a server with limits.

mod serve;
mod stall;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

pub use serve::{ServeOptions, listen, serve};

use crate::{ErrorFormat, Producer};

type Check = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// Producers in one process, with `/health` and `/ready`.
///
/// `/health` says that the process runs. `/ready` says that it can take requests: the checks that
/// were given say yes, and no shutdown has begun.
///
/// ```
/// # use omnisecret_akeyless::{App, Operations, Producer};
/// # fn example(postgres: Producer, vendor: Producer) {
/// let app = App::new().producer(postgres).producer(vendor);
/// let router = app.router();
/// # let _ = router; }
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct App {
    producers: Vec<Producer>,
    routes: Router,
    checks: Vec<Check>,
    draining: Arc<AtomicBool>,
    format: Option<ErrorFormat>,
}

impl App {
    /// An application without producers.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a producer. Several need paths of their own:
    /// [`base_path`](crate::ProducerBuilder::base_path).
    ///
    /// # Panics
    /// [`router`](Self::router) panics where two have the same path, as axum does.
    pub fn producer(mut self, producer: Producer) -> Self {
        self.producers.push(producer);
        self
    }

    /// With routes of the application's own.
    pub fn routes(mut self, routes: Router) -> Self {
        self.routes = self.routes.merge(routes);
        self
    }

    /// Ready only if this says so, within two seconds.
    pub fn ready_when<F, Fut>(mut self, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = bool> + Send + 'static,
    {
        self.checks.push(Arc::new(move || Box::pin(check())));
        self
    }

    /// How the answer is written for a path at which nothing is; as the first producer's unless
    /// set.
    pub fn error_format(mut self, format: ErrorFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// All of it, for any host of axum.
    pub fn router(&self) -> Router {
        let format = self.format.or(self.producers.first().map(|producer| producer.0.format));
        let format = format.unwrap_or_default();
        let app = self.clone();
        let mut router = Router::new()
            .route("/health", get(async || status(StatusCode::OK, "ok")))
            .route("/ready", get(async move || app.readiness().await))
            .merge(self.routes.clone());
        for producer in &self.producers {
            router = router.merge(producer.router());
        }
        #[cfg(feature = "openapi")]
        {
            let document = crate::openapi::document(&self.producers).to_string();
            router =
                router.route("/openapi.json", get(async move || json(StatusCode::OK, document)));
        }
        router.fallback(async move || format.not_found())
    }

    async fn readiness(&self) -> Response {
        if self.draining.load(Ordering::Acquire) {
            return status(StatusCode::SERVICE_UNAVAILABLE, "shutting down");
        }
        for check in &self.checks {
            let is_ready = tokio::time::timeout(Duration::from_secs(2), check()).await;
            if !is_ready.unwrap_or(false) {
                return status(StatusCode::SERVICE_UNAVAILABLE, "not ready");
            }
        }
        status(StatusCode::OK, "ready")
    }
}

fn status(code: StatusCode, text: &'static str) -> Response {
    json(code, format!(r#"{{"status":"{text}"}}"#))
}

fn json(code: StatusCode, body: String) -> Response {
    use axum::http::{HeaderValue, header};
    use axum::response::IntoResponse;

    let mut response = (code, body).into_response();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("producers", &self.producers).finish_non_exhaustive()
    }
}
