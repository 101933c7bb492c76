//! A producer under load, and the load: `load serve PORT`, and `load drive PORT REQUESTS AT_ONCE`.
//!
//! `drive` creates credentials at whatever listens on that port of this machine, and prints a line
//! of JSON: seconds in all, and the median and the 99th percentile of a request in milliseconds.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program tells what it does")]

use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use omnisecret_akeyless::{
    App, Context, Id, Operations, Producer, Result, ServeOptions, listen, serve,
};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[derive(Deserialize, Serialize)]
struct Key {
    key: String,
    secret: String,
}

/// On one thread each: server and load share the processors of one machine.
#[tokio::main(flavor = "current_thread")]
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
    let listener = listen((Ipv4Addr::LOCALHOST, u16::try_from(port)?).into())?;
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
    let mut buffer = Vec::with_capacity(2048);
    let take = |left: usize| left.checked_sub(1);
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
        let start = Instant::now();
        let mut stream = match connection.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(("127.0.0.1", port)).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(request.as_bytes()).await?;
        let is_kept = answer(&mut stream, &mut buffer).await?;
        times.push(start.elapsed());
        connection = is_kept.then_some(stream);
    }
    Ok(times)
}

/// Reads an answer, which has to be a good one; whether the connection stays open after it.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Outcome<bool> {
    buffer.clear();
    loop {
        let count = stream.read_buf(buffer).await?;
        let text = str::from_utf8(buffer)?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if count == 0 {
                return Err("the connection ended".into());
            }
            continue;
        };
        let field = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        let is_whole = match field("content-length") {
            Some(length) => body.len() >= length.parse()?,
            None => field("transfer-encoding").is_some() && body.ends_with("0\r\n\r\n"),
        };
        if !is_whole && count != 0 {
            continue;
        }
        if !head.starts_with("HTTP/1.1 200") || !body.contains("new-K0") {
            return Err(format!("not an answer: {head}").into());
        }
        return Ok(is_whole && field("connection") != Some("close"));
    }
}
