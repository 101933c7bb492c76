//! Users of a PostgreSQL database that live for a while.
//!
//! ```text
//! DATABASE_HOSTS=db.example AKEYLESS_ACCESS_ID=p-1234abcd postgres-users
//! ```
//!
//! The payload: `{"host": "db.example", "port": 5432, "database": "app", "user": "admin",
//! "password": "..", "roles": ["readers"], "valid_seconds": 3600}`, with the last two optional. A
//! user is a member of the roles and expires by itself, should nobody revoke it. A rotation makes
//! another administrator with the rights of the one in the payload, who then removes that one; for
//! this the administrator has to be a superuser, or one that may create roles before PostgreSQL 16.
//!
//! `PORT` (8080 unless set) and `AKEYLESS_ITEM_NAME` are optional. With `--try-out` it answers
//! without credentials, on this machine alone. TLS is spoken to databases that are elsewhere.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program tells what it does")]

mod database;
mod users;

use std::env;
use std::process::ExitCode;
use std::sync::Arc;

use omnisecret_akeyless::{AkeylessCreds, App, Operations, Producer, ServeOptions, serve};
use tokio::net::TcpListener;

use users::Users;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("postgres-users: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let try_out = env::args().any(|argument| argument == "--try-out");
    let hosts = env::var("DATABASE_HOSTS").map_err(|_| "set DATABASE_HOSTS, by commas")?;
    let users = Users::new(Arc::new(hosts.split(',').map(str::to_owned).collect()));
    let operations =
        Operations::new().create(users.clone()).revoke(users).id_field("user").keep_payload_keys();
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
    let stopped = async { drop(tokio::signal::ctrl_c().await) };
    serve(listener, app, ServeOptions::new(), stopped).await;
    Ok(())
}
