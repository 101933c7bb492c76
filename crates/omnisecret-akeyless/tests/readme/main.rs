//! The commands of the README, run as they stand there against the example and a vendor.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Path as UrlPath;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{delete, post};
use omnisecret_akeyless::{App, ServeOptions, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// The vendor's good keys, each with its id.
type Keys = Arc<Mutex<BTreeSet<(String, String)>>>;

struct Example(Child);

impl Drop for Example {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_of_the_readme_work() {
    let script = include_str!("../examples/readme.sh");
    assert!(include_str!("../../README.md").contains(script), "the README has other commands");

    let keys = Keys::default();
    keys.lock().expect("keys").insert(("key-0".to_owned(), "the-administrators".to_owned()));
    let vendor = start_vendor(&keys, Duration::ZERO).await;
    let (_example, port) = tokio::task::spawn_blocking(start_example).await.expect("it starts");
    let run = move || {
        Command::new("bash")
            .args(["-euo", "pipefail", "-c", script])
            .env("PORT", port.to_string())
            .env("VENDOR", vendor)
            .output()
    };
    let output = tokio::task::spawn_blocking(run).await.expect("a thread").expect("bash runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let answers: Vec<Value> = serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter()
        .collect::<Result<_, _>>()
        .expect("JSON");
    let [dry_run, created, revoked, payload, again] = &*answers else { panic!("{answers:?}") };
    assert!(dry_run["id"].as_str().is_some_and(|id| id.starts_with("omnisecret.dry-run.")));
    assert_eq!(created["response"], json!({"id": "key-1", "key": "secret-1"}));
    assert_eq!(revoked, &json!({"revoked": ["key-1"], "message": ""}));
    assert_eq!((&payload["id"], &payload["key"]), (&json!("key-2"), &json!("secret-2")));
    assert!(payload["api_url"].is_string(), "the vendor's address is kept");
    assert_eq!(again["id"], "key-3");
    // The old one goes when the answer with the new one is on its way.
    for _ in 0..100 {
        let left: Vec<_> = keys.lock().expect("keys").iter().map(|(id, _)| id.clone()).collect();
        if left == ["key-2", "key-3"] {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the vendor still has {:?}", keys.lock().expect("keys"));
}

async fn start_vendor(keys: &Keys, delay: Duration) -> String {
    let (made, gone) = (Arc::clone(keys), Arc::clone(keys));
    let count = Arc::new(std::sync::atomic::AtomicUsize::new(1));
    let make = async move |headers: HeaderMap| {
        tokio::time::sleep(delay).await;
        let mut keys = made.lock().expect("keys");
        if !is_known(&keys, &headers) {
            return Err(StatusCode::UNAUTHORIZED);
        }
        let n = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let (id, key) = (format!("key-{n}"), format!("secret-{n}"));
        keys.insert((id.clone(), key.clone()));
        Ok(json!({"id": id, "key": key}).to_string())
    };
    let forget = async move |UrlPath(id): UrlPath<String>, headers: HeaderMap| {
        let mut keys = gone.lock().expect("keys");
        if !is_known(&keys, &headers) {
            return StatusCode::UNAUTHORIZED;
        }
        let before = keys.len();
        keys.retain(|(other, _)| *other != id);
        if keys.len() < before { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
    };
    let routes = Router::new().route("/keys", post(make)).route("/keys/{id}", delete(forget));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let app = App::new().routes(routes);
    tokio::spawn(serve(listener, app, ServeOptions::new(), std::future::pending()));
    url
}

fn is_known(keys: &BTreeSet<(String, String)>, headers: &HeaderMap) -> bool {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    keys.iter().any(|(_, key)| key == given)
}

fn start_example() -> (Example, u16) {
    let build = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "omnisecret-akeyless", "--example", "http-api"])
        .status();
    assert!(build.expect("cargo runs").success());
    let test = std::env::current_exe().expect("this program");
    let profile: &Path = test.ancestors().nth(2).expect("the folder of the profile");
    let mut child = Command::new(profile.join("examples/http-api"))
        .arg("--try-out")
        .env("VENDOR_HOSTS", "127.0.0.1")
        .env("PORT", "0")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the example starts");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("its output");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let port = line.trim().rsplit(':').next().and_then(|port| port.parse().ok());
    (Example(child), port.expect("a port"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_during_a_rotation_leaves_the_old_key_good() {
    let keys = Keys::default();
    keys.lock().expect("keys").insert(("key-0".to_owned(), "the-administrators".to_owned()));
    let vendor = start_vendor(&keys, Duration::from_millis(500)).await;
    let (mut example, port) = tokio::task::spawn_blocking(start_example).await.expect("it starts");
    let payload = json!({"api_url": vendor, "id": "key-0", "key": "the-administrators"});
    let body = json!({"payload": payload.to_string()}).to_string();
    let request = format!(
        "POST /sync/rotate HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    tokio::time::sleep(Duration::from_millis(250)).await;
    example.0.kill().expect("it runs");
    let mut answer = Vec::new();
    // Cut off, or ended.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty(), "it was too late");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let keys = keys.lock().expect("keys").clone();
    assert!(keys.iter().any(|(id, _)| id == "key-0"), "{keys:?}");
}
