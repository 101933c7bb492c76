//! A connection to the database of a payload, as its administrator.

use std::net::IpAddr;
use std::sync::Arc;

use omnisecret_akeyless::{Context, FailureKind, ProducerError, Result};
use omnisecret_core::SecretValue;
use rustls_platform_verifier::BuilderVerifierExt;
use serde::{Deserialize, Deserializer};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

#[derive(Deserialize)]
pub(crate) struct Payload {
    pub(crate) host: String,
    #[serde(default = "default_port")]
    port: u16,
    database: String,
    pub(crate) user: String,
    #[serde(deserialize_with = "secret")]
    password: SecretValue,
    /// Of which every user becomes a member.
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    #[serde(default = "default_validity")]
    pub(crate) valid_seconds: u32,
}

fn default_port() -> u16 {
    5432
}

fn default_validity() -> u32 {
    3600
}

fn secret<'de, D: Deserializer<'de>>(input: D) -> std::result::Result<SecretValue, D::Error> {
    String::deserialize(input).map(SecretValue::text)
}

/// Connects, in what is left of the time for the request.
pub(crate) async fn connect(context: &Context, payload: &Payload) -> Result<Client> {
    let limit = context.remaining();
    let mut config = Config::new();
    config.host(&payload.host).port(payload.port).dbname(&payload.database).user(&payload.user);
    config.password(payload.password.expose_bytes()).connect_timeout(limit);
    config.application_name("akeyless producer");
    let client = tokio::time::timeout(limit, open(&config, &payload.host)).await;
    let late = |_| ProducerError::new(FailureKind::Timeout, "the database does not answer in time");
    client.map_err(late)?
}

async fn open(config: &Config, host: &str) -> Result<Client> {
    let is_here =
        host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    if is_here {
        let (client, connection) = config.connect(NoTls).await.map_err(|error| told(&error))?;
        tokio::spawn(connection);
        return Ok(client);
    }
    let mut config = config.clone();
    config.ssl_mode(tokio_postgres::config::SslMode::Require);
    let (client, connection) = config.connect(tls()?).await.map_err(|error| told(&error))?;
    tokio::spawn(connection);
    Ok(client)
}

fn tls() -> Result<MakeRustlsConnect> {
    let fault = || ProducerError::internal("TLS cannot be set up");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| fault())?
        .with_platform_verifier()
        .map_err(|_| fault())?
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// What went wrong, by PostgreSQL's code: its texts quote statements.
pub(crate) fn told(error: &tokio_postgres::Error) -> ProducerError {
    let refused = |message| ProducerError::refused(message);
    match error.code() {
        None => ProducerError::new(FailureKind::Unavailable, "the database cannot be reached"),
        Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
            refused("the database does not take the administrator's credentials")
        }
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            refused("the administrator of the payload may not do that")
        }
        Some(&SqlState::UNDEFINED_OBJECT) => refused("a role of the payload does not exist"),
        Some(&SqlState::DEPENDENT_OBJECTS_STILL_EXIST) => {
            refused("the user owns something in another database")
        }
        Some(code) => refused_with(code),
    }
}

fn refused_with(code: &SqlState) -> ProducerError {
    ProducerError::refused(format!("the database refuses it: SQLSTATE {}", code.code()))
}
