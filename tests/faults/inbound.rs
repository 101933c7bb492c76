//! Faults of who asks a producer: all its places are taken by bad clients, and a good one comes.

use std::net::SocketAddr;
use std::time::Duration;

use omnisecret_akeyless::{App, Producer, ServeOptions, listen, serve};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::akeyless::operations;
use crate::case::{SLACK, until};
use crate::memory::{alone, grown_by};

/// How long the server waits for whatever it waits for.
const LIMIT: Duration = Duration::from_secs(1);

/// How many connections it has open at once.
const PLACES: usize = 8;

/// The largest body that it takes, in bytes.
const MAX_BODY: usize = 64 << 10;

/// What a client does after it has sent its first bytes.
#[derive(Clone, Copy)]
enum Then {
    /// Waits for what comes.
    Wait,
    /// Sends a byte, again and again, with a pause before each.
    Trickle,
    /// Sends as fast as it can, and does not end.
    Stream,
    /// Goes away.
    Leave,
    /// Asks again and again, and reads no answer.
    ReadNothing,
}

struct Server {
    address: SocketAddr,
    producer: Producer,
}

impl Server {
    async fn start() -> Self {
        let listener = listen(([127, 0, 0, 1], 0).into()).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let producer = Producer::builder()
            .operations(operations())
            .without_authentication()
            .max_body(MAX_BODY)
            .time_limit(LIMIT)
            .build()
            .expect("a producer");
        let app = App::new().producer(producer.clone());
        let options = ServeOptions::new()
            .header_timeout(LIMIT)
            .max_header_bytes(8 << 10)
            .max_connections(PLACES);
        tokio::spawn(serve(listener, app, options, std::future::pending()));
        Self { address, producer }
    }
}

/// Sends this and does that, and gives what is answered until the connection ends.
async fn ask(address: SocketAddr, begin: Vec<u8>, then: Then) -> String {
    let socket = TcpSocket::new_v4().expect("a socket");
    // Soon full, where it is not read from.
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    let stream = socket.connect(address).await.expect("it listens");
    let (mut reader, mut writer) = stream.into_split();
    let mut answer = Vec::new();
    let writing = async {
        writer.write_all(&begin).await?;
        match then {
            Then::Wait | Then::Leave => {}
            Then::Trickle => loop {
                tokio::time::sleep(Duration::from_millis(50)).await;
                writer.write_all(b"a").await?;
            },
            Then::Stream => loop {
                writer.write_all(&[b'a'; 64 << 10]).await?;
            },
            Then::ReadNothing => loop {
                writer.write_all(&begin).await?;
            },
        }
        std::io::Result::Ok(())
    };
    match then {
        Then::Leave | Then::ReadNothing => drop(writing.await),
        _ => {
            let reading = reader.read_to_end(&mut answer);
            // Whoever cannot send any more may yet read why; however it ends, it ends.
            let _ = tokio::join!(writing, reading);
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Twice as many bad clients as there are places, and a good one behind them.
fn withstands(name: &str, begin: &[u8], then: Then, expected: &str) {
    alone(async {
        let server = Server::start().await;
        // Two turns of bad ones, and a good one.
        let grown = grown_by(async {
            let mut bad = JoinSet::new();
            for _ in 0..2 * PLACES {
                bad.spawn(ask(server.address, begin.to_vec(), then));
            }
            // When the bad ones have taken all places.
            tokio::time::sleep(Duration::from_millis(100)).await;
            let answer = ask(server.address, good(), Then::Wait).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{name}: {answer:?}");
            for answer in bad.join_all().await {
                let is_served = answer.contains("HTTP/1.1 200");
                assert!(answer.starts_with(expected) && !is_served, "{name}: {answer:?}");
            }
        });
        let limit = 3 * LIMIT + SLACK;
        let grown = timeout(limit, grown).await;
        let (grown, ()) = grown.unwrap_or_else(|_| panic!("{name}: not in {limit:?}"));
        assert!(grown < 3 * PLACES * MAX_BODY + (1 << 20), "{name}: {grown} bytes");
        until(|| server.producer.under_way() == 0, name).await;
    });
}

/// A request that is answered, on a connection that ends with it.
fn good() -> Vec<u8> {
    let body = json!({"payload": "{}"}).to_string();
    [post(&format!("connection: close\r\ncontent-length: {}", body.len())), body.into_bytes()]
        .concat()
}

fn post(headers: &str) -> Vec<u8> {
    format!("POST /sync/create HTTP/1.1\r\nhost: producer\r\n{headers}\r\n\r\n").into_bytes()
}

#[test]
fn clients_that_say_nothing_or_next_to_nothing() {
    withstands("nothing", b"", Then::Wait, "");
    withstands("a head that trickles", b"POST /sync/create HTTP/1.1\r\nx: ", Then::Trickle, "");
    withstands(
        "a body that trickles",
        &post("content-length: 1000"),
        Then::Trickle,
        "HTTP/1.1 408",
    );
    withstands(
        "a body that does not come",
        &post("content-length: 1000"),
        Then::Wait,
        "HTTP/1.1 408",
    );
    withstands(
        "a chunk that trickles",
        &[&*post("transfer-encoding: chunked"), b"ffff\r\n"].concat(),
        Then::Trickle,
        "HTTP/1.1 408",
    );
}

#[test]
fn clients_that_go_away() {
    withstands("at once", b"", Then::Leave, "");
    withstands("in the middle of the head", b"POST /sync/cre", Then::Leave, "");
    let begun = [&*post("content-length: 1000"), b"{\"payload\": "].concat();
    withstands("in the middle of the body", &begun, Then::Leave, "");
    withstands("before the answer", &good(), Then::Leave, "");
}

#[test]
fn clients_that_say_too_much() {
    let announced = post("content-length: 209715200");
    withstands("a length", &announced, Then::Stream, "");
    let chunked = [&*post("transfer-encoding: chunked"), b"c800000\r\n"].concat();
    withstands("a chunk", &chunked, Then::Stream, "");
    withstands("a head", b"POST /sync/create HTTP/1.1\r\nx: ", Then::Stream, "");
    withstands("no HTTP", b"\x00\x16\x03garbage\r\n\r\n", Then::Stream, "");
}

#[test]
fn clients_that_read_no_answer() {
    let body = json!({"payload": "{}"}).to_string();
    let request = [post(&format!("content-length: {}", body.len())), body.into_bytes()].concat();
    withstands("many requests", &request, Then::ReadNothing, "");
}
