//! A stand-in for Akeyless' validation of credentials, on this machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::{App, ServeOptions, serve};

/// The signature of the tokens that it takes for good.
const SIGNATURE: &str = "good";

/// Validates the tokens that it has made, and no others, until it is dropped.
#[derive(Debug)]
pub struct FakeAkeyless {
    port: u16,
    questions: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl FakeAkeyless {
    /// Starts it on a free port of this machine.
    ///
    /// # Panics
    /// If there is none.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("the port that was bound").port();
        let questions = Arc::<AtomicUsize>::default();
        let asked = Arc::clone(&questions);
        let validate = async move |body: Bytes| {
            asked.fetch_add(1, Ordering::Relaxed);
            validate(&body)
        };
        let app = App::new().routes(Router::new().route("/validate", post(validate)));
        let server =
            tokio::spawn(serve(listener, app, ServeOptions::new(), std::future::pending()));
        Self { port, questions, server }
    }

    /// For [`AkeylessCreds::validate_url`](crate::AkeylessCreds::validate_url).
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/validate", self.port)
    }

    /// How often it was asked.
    pub fn questions(&self) -> usize {
        self.questions.load(Ordering::Relaxed)
    }

    /// A token of the gateway with this access id.
    pub fn token(&self, access_id: &str) -> String {
        self.token_of(&json!({"access_id": access_id}))
    }

    /// A token with these claims.
    pub fn token_of(&self, claims: &Value) -> String {
        token(claims, SIGNATURE)
    }

    /// A token that it does not take for good.
    pub fn forged_token(&self, access_id: &str) -> String {
        token(&json!({"access_id": access_id}), "forged")
    }
}

impl Drop for FakeAkeyless {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn token(claims: &Value, signature: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let head = part(r#"{"alg":"RS256","typ":"JWT"}"#);
    format!("{head}.{}.{}", part(&claims.to_string()), part(signature))
}

fn validate(body: &[u8]) -> Response {
    let refused = || StatusCode::UNAUTHORIZED.into_response();
    let Ok(question) = serde_json::from_slice::<Value>(body) else { return refused() };
    let creds = question["creds"].as_str().unwrap_or_default();
    let parts: Vec<_> =
        creds.split('.').filter_map(|part| URL_SAFE_NO_PAD.decode(part).ok()).collect();
    let [_, claims, signature] = &*parts else { return refused() };
    let Ok(claims) = serde_json::from_slice::<Value>(claims) else { return refused() };
    let item = &question["expected_item_name"];
    let is_expected = claims["access_id"] == question["expected_access_id"]
        && (item.is_null() || *item == claims["attaches"]["item_name"]);
    if signature != SIGNATURE.as_bytes() || !is_expected {
        return refused();
    }
    json!({"access_id": claims["access_id"], "sub_claims": {}}).to_string().into_response()
}
