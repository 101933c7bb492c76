//! The server: health, limits, TLS, and an orderly end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use omnisecret_akeyless::{App, ServeOptions, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::vendor::{Vendor, admin, open};

struct Server {
    port: u16,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(app: App, options: ServeOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move { drop(stopped.await) };
        let task = tokio::spawn(serve(listener, app, options, shutdown));
        Self { port, stop: Some(stop), task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.expect("it listens")
    }

    /// Sends this and reads until the end of the connection.
    async fn exchange(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        answer
    }

    async fn get(&self, path: &str) -> String {
        self.exchange(&format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).await
    }

    fn stop(&mut self) {
        let stop = self.stop.take().expect("it runs");
        stop.send(()).expect("it listens");
    }
}

fn create() -> String {
    let body = serde_json::json!({"payload": admin().to_string()}).to_string();
    let length = body.len();
    format!(
        "POST /sync/create HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn health_and_readiness_are_told() {
    let is_ready = Arc::new(AtomicBool::new(true));
    let check = Arc::clone(&is_ready);
    let producer = open(Vendor::new().operations()).build().expect("a producer");
    let app = App::new()
        .producer(producer)
        .ready_when(move || std::future::ready(check.load(Ordering::SeqCst)));
    let server = Server::start(app, ServeOptions::new()).await;
    assert!(server.get("/health").await.starts_with("HTTP/1.1 200"));
    assert!(server.get("/ready").await.starts_with("HTTP/1.1 200"));
    is_ready.store(false, Ordering::SeqCst);
    assert!(server.get("/ready").await.starts_with("HTTP/1.1 503"));
    assert!(server.get("/health").await.starts_with("HTTP/1.1 200"));
    let nothing = server.get("/nothing").await;
    assert!(nothing.starts_with("HTTP/1.1 404") && nothing.ends_with(r#"{"error":"not found"}"#));
}

#[tokio::test]
async fn a_head_that_does_not_come_to_its_end_is_cut_off() {
    let options = ServeOptions::new().header_timeout(Duration::from_millis(200));
    let server = Server::start(App::new(), options).await;
    let start = Instant::now();
    let mut stream = server.connect().await;
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: ").await.expect("it reads");
    let mut answer = Vec::new();
    // However it ends it, it ends it.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_client_that_reads_no_answer_is_cut_off() {
    let options = ServeOptions::new().header_timeout(Duration::from_millis(200));
    let server = Server::start(App::new(), options).await;
    let mut stream = server.connect().await;
    let requests = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n".repeat(1000);
    // What is not read fills the buffers of both sides, and then nothing more is taken.
    let asking = async { while stream.write_all(&requests).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(20), asking).await.expect("it is cut off");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = Server::start(App::new(), ServeOptions::new().max_header_bytes(8 << 10)).await;
    let request = format!("GET /health HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(20 << 10));
    let mut stream = server.connect().await;
    // It may end the connection before all of it is there.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn more_connections_than_allowed_wait() {
    let server = Server::start(App::new(), ServeOptions::new().max_connections(1)).await;
    let held = server.connect().await;
    // The listener's queue takes it, the server does not.
    let second = tokio::time::timeout(Duration::from_millis(200), server.get("/health")).await;
    second.expect_err("its turn has not come");
    drop(held);
    assert!(server.get("/health").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_shutdown_lets_requests_end_and_accepts_no_more() {
    let vendor = Vendor::new().slow(Duration::from_millis(300));
    let producer = open(vendor.operations()).build().expect("a producer");
    let mut server = Server::start(App::new().producer(producer), ServeOptions::new()).await;
    let mut stream = server.connect().await;
    stream.write_all(create().as_bytes()).await.expect("it reads");
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.task.await.expect("an orderly end");
    TcpStream::connect(("127.0.0.1", server.port)).await.expect_err("nobody listens");
}

#[tokio::test]
async fn a_shutdown_ends_with_its_grace_and_what_is_late_is_revoked() {
    let vendor = Vendor::new().slow(Duration::from_millis(600));
    let producer = open(vendor.operations()).build().expect("a producer");
    let options = ServeOptions::new().grace(Duration::from_millis(100));
    let mut server = Server::start(App::new().producer(producer.clone()), options).await;
    let mut stream = server.connect().await;
    stream.write_all(create().as_bytes()).await.expect("it reads");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    server.stop();
    (&mut server.task).await.expect("an end");
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    super::vendor::settled(&producer).await;
    assert_eq!(vendor.good(), ["key-0"]);
}

#[tokio::test]
async fn a_connection_that_breaks_off_leaves_nothing_behind() {
    let vendor = Vendor::new().slow(Duration::from_millis(200));
    let producer = open(vendor.operations()).build().expect("a producer");
    let server = Server::start(App::new().producer(producer.clone()), ServeOptions::new()).await;
    let mut stream = server.connect().await;
    stream.write_all(create().as_bytes()).await.expect("it reads");
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(stream);
    tokio::time::sleep(Duration::from_millis(50)).await;
    super::vendor::settled(&producer).await;
    assert_eq!((vendor.made(), vendor.good()), (1, vec!["key-0".to_owned()]));
}

#[tokio::test]
async fn tls_is_spoken_with_the_certificate_that_was_given() {
    use rustls::pki_types::ServerName;
    use tokio_rustls::rustls;

    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    ServeOptions::new().tls(b"nothing", key.as_bytes()).expect_err("no certificate");
    ServeOptions::new().tls(certificate.as_bytes(), b"nothing").expect_err("no key");
    let options = ServeOptions::new().header_timeout(Duration::from_secs(1));
    let options = options.tls(certificate.as_bytes(), key.as_bytes()).expect("both");
    let server = Server::start(App::new(), options).await;

    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let name = ServerName::try_from("localhost").expect("a name");
    let mut stream = connector.connect(name, server.connect().await).await.expect("a handshake");
    let request = b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.expect("it reads");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));

    // Whoever does not begin with a handshake is cut off, and others are served meanwhile.
    let mut plain = server.connect().await;
    let start = Instant::now();
    let mut nothing = Vec::new();
    let _ = plain.read_to_end(&mut nothing).await;
    assert!(nothing.is_empty() && start.elapsed() < Duration::from_secs(5));
}
