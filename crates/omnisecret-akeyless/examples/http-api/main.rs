//! Keys of a vendor with an HTTP API: `POST /keys` makes one, `DELETE /keys/ID` forgets it.
//!
//! ```text
//! VENDOR_HOSTS=api.vendor.example AKEYLESS_ACCESS_ID=p-1234abcd http-api
//! ```
//!
//! The payload: `{"api_url": "https://api.vendor.example", "id": "key-0", "key": "the admin's"}`.
//! A rotation makes a new key, stores it and has it forget the old one.
//!
//! `PORT` (8080 unless set), `AKEYLESS_ITEM_NAME`, and `TLS_CERT` with `TLS_KEY`, PEM files, are
//! optional. With `--try-out` it answers without credentials, on this machine alone, and reaches
//! out to vendors on this machine.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program tells what it does")]

use std::env;
use std::process::ExitCode;

use omnisecret_akeyless::{
    AkeylessCreds, App, Context, Create, Egress, FailureKind, Id, NoInput, Operations, Producer,
    ProducerError, Result, Revoke, Revoked, ServeOptions, serve,
};
use omnisecret_core::SecretValue;
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Deserializer, Serialize};
use tokio::net::TcpListener;

#[derive(Deserialize)]
struct Payload {
    api_url: String,
    #[serde(deserialize_with = "secret")]
    key: SecretValue,
}

#[derive(Deserialize, Serialize)]
struct Key {
    id: String,
    key: String,
}

/// The vendor, as far as this server may reach it.
#[derive(Clone)]
struct Vendor {
    egress: Egress,
}

impl Vendor {
    async fn ask(
        &self,
        method: Method,
        payload: &Payload,
        path: &str,
    ) -> Result<reqwest::Response> {
        let url = format!("{}{path}", payload.api_url.trim_end_matches('/'));
        let request = self.egress.request(method, &url).await?;
        let response = self.egress.send(request.bearer_auth(payload.key.expose_str()?)).await?;
        match response.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(ProducerError::refused("the vendor does not take the key of the payload"))
            }
            status if status.is_server_error() => {
                Err(ProducerError::new(FailureKind::Unavailable, "the vendor has a fault"))
            }
            _ => Ok(response),
        }
    }
}

impl Create for Vendor {
    type Payload = Payload;
    type Input = NoInput;
    type Output = Key;

    async fn create(&self, _: Context, payload: Payload, _: NoInput) -> Result<Key> {
        let response = self.ask(Method::POST, &payload, "/keys").await?;
        let is_made = response.status().is_success();
        let body = self.egress.read(response).await?;
        // What the vendor says may have the key in it: none of it is told.
        let key = serde_json::from_slice(&body).ok().filter(|_| is_made);
        key.ok_or_else(|| ProducerError::refused("the vendor has not made a key"))
    }
}

impl Revoke for Vendor {
    type Payload = Payload;

    async fn revoke(&self, _: Context, payload: Payload, id: Id) -> Result<Revoked> {
        let path = format!("/keys/{}", id.to_path_segment()?);
        match self.ask(Method::DELETE, &payload, &path).await?.status() {
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(Revoked::AlreadyGone),
            status if status.is_success() => Ok(Revoked::Done),
            _ => Err(ProducerError::refused("the vendor has not revoked the key")),
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("http-api: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> std::result::Result<(), String> {
    let try_out = env::args().any(|argument| argument == "--try-out");
    let hosts = env::var("VENDOR_HOSTS").map_err(|_| "set VENDOR_HOSTS, separated by commas")?;
    let mut egress = Egress::to_hosts(hosts.split(','));
    if try_out {
        egress = egress.allow_private_addresses();
    }
    let vendor = Vendor { egress };
    let operations = Operations::new()
        .create(vendor.clone())
        .revoke(vendor)
        .id_field("id")
        // The address of the vendor stays in the payload.
        .keep_payload_keys();
    let mut producer = Producer::builder().operations(operations);
    producer = if try_out {
        producer.without_authentication()
    } else {
        let gateway = env::var("AKEYLESS_ACCESS_ID").map_err(|_| "set AKEYLESS_ACCESS_ID")?;
        let creds = AkeylessCreds::of_gateways([gateway]);
        producer.creds(match env::var("AKEYLESS_ITEM_NAME") {
            Ok(item) => creds.item(item),
            Err(_) => creds,
        })
    };
    let app = App::new().producer(producer.build().map_err(|error| error.to_string())?);
    let port = env::var("PORT").unwrap_or_else(|_| "8080".to_owned());
    let host = if try_out { "127.0.0.1" } else { "0.0.0.0" };
    let listener = TcpListener::bind(format!("{host}:{port}")).await;
    let listener = listener.map_err(|error| error.to_string())?;
    println!("listening on {}", listener.local_addr().map_err(|error| error.to_string())?);
    serve(listener, app, options()?, stopped()).await;
    Ok(())
}

#[cfg(feature = "tls")]
fn options() -> std::result::Result<ServeOptions, String> {
    let options = ServeOptions::new();
    let (Ok(certificate), Ok(key)) = (env::var("TLS_CERT"), env::var("TLS_KEY")) else {
        return Ok(options);
    };
    let read = |path| std::fs::read(path).map_err(|_| "TLS_CERT or TLS_KEY cannot be read");
    options.tls(&read(certificate)?, &read(key)?).map_err(|error| error.to_string())
}

#[cfg(not(feature = "tls"))]
fn options() -> std::result::Result<ServeOptions, String> {
    Ok(ServeOptions::new())
}

/// Until somebody interrupts it, or the system has it end.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};

    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

fn secret<'de, D: Deserializer<'de>>(input: D) -> std::result::Result<SecretValue, D::Error> {
    String::deserialize(input).map(SecretValue::text)
}
