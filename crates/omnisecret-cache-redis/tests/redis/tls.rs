//! A server with a certificate: used where it can be checked, and not at all where it cannot.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use omnisecret_cache_redis::RedisStore;
use omnisecret_core::seal::{CacheStore, Put, StoreKey};

use crate::server::{Server, free_port};

#[tokio::test]
#[ignore = "needs redis-server: cargo xtask services"]
async fn the_server_s_certificate_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path());
    let port = free_port().to_string();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (certificate, key) = (file("server.pem"), file("server.key"));
    let _server = Server::start(&[
        "--tls-port",
        &port,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &certificate,
        "--tls-auth-clients",
        "no",
    ]);
    let builder = || {
        let limit = Duration::from_secs(5);
        RedisStore::builder(format!("rediss://127.0.0.1:{port}"), "tests").time_limit(limit)
    };
    let (name, put) = (StoreKey::new([1; 32]), Put::new(b"sealed", 1, Duration::from_secs(60)));

    let pem = std::fs::read(&certificate).unwrap();
    let trusting = builder().root_certificate(pem).build().unwrap();
    assert!(trusting.put(&name, &put).await.unwrap());
    assert_eq!(trusting.get(&name).await.unwrap().as_deref(), Some(&b"sealed"[..]));
    // The system's authorities have not signed it.
    assert!(builder().build().unwrap().get(&name).await.is_err());
}

/// A certificate for this machine that is its own authority, made by the openssl program.
fn certify(folder: &Path) {
    let made = Command::new("openssl")
        .current_dir(folder)
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-keyout", "server.key", "-out", "server.pem", "-days", "2", "-subj", "/CN=test"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .stderr(Stdio::null())
        .status();
    assert!(made.expect("openssl is installed").success());
}
