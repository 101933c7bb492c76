//! A producer under load, and the load: `load serve PORT`, and `load drive PORT REQUESTS AT_ONCE`.
//!
//! `drive` creates credentials at whatever listens on that port of this machine, and prints a line
//! of JSON: seconds in all, and the median and the 99th percentile of a request in milliseconds.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program tells what it does")]

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use omnisecret_akeyless::{App, Context, Id, Operations, Producer, Result, ServeOptions, serve};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Deserialize, Serialize)]
struct Key {
    key: String,
    secret: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let numbers: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let result = match (words.first().map(String::as_str), &*numbers) {
        (Some("serve"), [port]) => host(*port).await,
        (Some("drive"), [port, requests, at_once]) => drive(*port, *requests, *at_once).await,
        _ => Err("serve PORT, or drive PORT REQUESTS AT_ONCE".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

type Outcome<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

async fn host(port: usize) -> Outcome<()> {
    let operations = Operations::new()
        .create_fn(|_: Context, old: Key| async move {
            let new = |text: &str| format!("new-{text}");
            Result::Ok(Key { key: new(&old.key), secret: new(&old.secret) })
        })
        .revoke_fn(|_: Context, _: Key, _: Id| async { Result::Ok(()) })
        .id_field("key");
    let producer = Producer::builder().operations(operations).without_authentication().build()?;
    let listener = TcpListener::bind(("127.0.0.1", u16::try_from(port)?)).await?;
    println!("listening on {}", listener.local_addr()?);
    let app = App::new().producer(producer);
    serve(listener, app, ServeOptions::new(), std::future::pending()).await;
    Ok(())
}

async fn drive(port: usize, requests: usize, at_once: usize) -> Outcome<()> {
    let port = u16::try_from(port)?;
    let left = Arc::new(AtomicUsize::new(requests));
    let start = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..at_once {
        clients.spawn(client(port, Arc::clone(&left)));
    }
    let mut times = Vec::with_capacity(requests);
    while let Some(client) = clients.join_next().await {
        times.extend(client??);
    }
    let seconds = start.elapsed().as_secs_f64();
    if times.len() != requests {
        return Err(format!("{} answers to {requests} requests", times.len()).into());
    }
    times.sort_unstable();
    let millis = |share: usize| times[(requests - 1) * share / 100].as_secs_f64() * 1000.0;
    let (p50, p99) = (millis(50), millis(99));
    println!(r#"{{"seconds":{seconds:.4},"p50":{p50:.3},"p99":{p99:.3}}}"#);
    Ok(())
}

/// Creates credential after credential, over one connection for as long as the server keeps it.
async fn client(port: u16, left: Arc<AtomicUsize>) -> Outcome<Vec<Duration>> {
    let body = r#"{"payload": "{\"key\": \"K0\", \"secret\": \"S0\"}"}"#;
    let length = body.len();
    let request = format!(
        "POST /sync/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let mut times = Vec::new();
    let mut connection = None;
    let take = |left: usize| left.checked_sub(1);
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
        let start = Instant::now();
        let mut stream = match connection.take() {
            Some(stream) => stream,
            None => TcpStream::connect(("127.0.0.1", port)).await?,
        };
        stream.set_nodelay(true)?;
        stream.write_all(request.as_bytes()).await?;
        let is_kept = answer(&mut stream).await?;
        times.push(start.elapsed());
        connection = is_kept.then_some(stream);
    }
    Ok(times)
}

/// Reads an answer, which has to be a good one; whether the connection stays open after it.
async fn answer(stream: &mut TcpStream) -> Outcome<bool> {
    let mut answer = Vec::new();
    loop {
        let mut chunk = [0; 2048];
        let count = stream.read(&mut chunk).await?;
        answer.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&answer).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if count == 0 {
                return Err("the connection ended".into());
            }
            continue;
        };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length = length.and_then(|length| length.trim().parse::<usize>().ok());
        if length.map_or(count != 0, |length| body.len() < length && count != 0) {
            continue;
        }
        let is_good = head.starts_with("http/1.1 200") && body.contains("new-k0");
        if !is_good {
            return Err(format!("not an answer: {head}").into());
        }
        return Ok(length.is_some() && !head.contains("connection: close"));
    }
}
