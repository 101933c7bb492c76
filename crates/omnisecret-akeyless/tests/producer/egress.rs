//! The way out: by name, after DNS, over redirects.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use omnisecret_akeyless::{Egress, FailureKind};
use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

async fn listening(answer: String) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let connections = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (port, connections)
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_refused_after_dns() {
    let (port, connections) = listening(String::new()).await;
    let egress = Egress::to_public_hosts();
    let url = format!("https://localhost:{port}/latest/meta-data");
    let request = egress.request(Method::GET, &url).await.expect("a name says nothing");
    let error = egress.send(request).await.expect_err("its address is not public");
    assert_eq!(error.kind(), FailureKind::Refused);
    assert!(!error.message().contains("localhost"), "{error}");
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (target, reached) = listening(String::new()).await;
    let head = format!(
        "HTTP/1.1 307 X\r\nlocation: http://127.0.0.1:{target}/\r\ncontent-length: 0\r\n\r\n"
    );
    let (port, _) = listening(head).await;
    let egress = Egress::to_hosts(["127.0.0.1"]).allow_private_addresses();
    let url = format!("http://127.0.0.1:{port}/");
    let request = egress.request(Method::POST, &url).await.expect("allowed by name");
    let response = egress.send(request).await.expect("an answer");
    assert_eq!(response.status(), 307);
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let length = 5 << 20;
    let body = "x".repeat(length);
    let (port, _) =
        listening(format!("HTTP/1.1 200 X\r\ncontent-length: {length}\r\n\r\n{body}")).await;
    let egress = Egress::to_hosts(["127.0.0.1"]).allow_private_addresses();
    let url = format!("http://127.0.0.1:{port}/");
    let request = egress.request(Method::GET, &url).await.expect("allowed");
    let response = egress.send(request).await.expect("an answer");
    let error = egress.read(response).await.expect_err("too long");
    assert_eq!(error.kind(), FailureKind::Unavailable);
}
