//! The way over the network: redirects, proxies, certificates, plain http.

use std::sync::Arc;

use omnisecret_aws_testkit::{Answer, AwsServer};
use omnisecret_core::ErrorKind;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::support::{KEY_ID, get, server, session, settings, settings_with};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls");

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let (server, elsewhere) = (server().await, server().await);
        let answer =
            Answer::new(status, "text/plain", "").with_header("location", &elsewhere.url());
        server.script("GetParameter", answer);
        let error = get(&session(settings(&server))).await.unwrap_err();
        assert!(error.action().contains("redirect"), "{error}: {}", error.action());
        assert!(!error.is_retryable());
        assert_eq!(elsewhere.operations(), Vec::<String>::new(), "{status}");
    }
}

/// A server that is a machine's metadata, and one that is a proxy which lets nothing through.
async fn machine() -> (AwsServer, AwsServer) {
    let metadata = AwsServer::start(|request| {
        let credentials = json!({
            "Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z",
            "AccessKeyId": "ASIAFROMMETADATA", "SecretAccessKey": "s", "Token": "t",
            "Expiration": "2099-01-01T00:00:00Z",
        });
        match request.path.as_str() {
            "/latest/api/token" => Answer::new(200, "text/plain", "token")
                .with_header("x-aws-ec2-metadata-token-ttl-seconds", "21600"),
            "/latest/meta-data/iam/security-credentials/" => Answer::new(200, "text/plain", "role"),
            "/latest/meta-data/iam/security-credentials/role" => {
                Answer::new(200, "application/json", credentials.to_string())
            }
            "/container" => Answer::new(
                200,
                "application/json",
                json!({"AccessKeyId": "ASIAFROMCONTAINER", "SecretAccessKey": "s", "Token": "t",
                       "Expiration": "2099-01-01T00:00:00Z"})
                .to_string(),
            ),
            _ => Answer::new(404, "text/plain", ""),
        }
    })
    .await;
    let proxy = AwsServer::start(|_| Answer::new(502, "text/plain", "")).await;
    (metadata, proxy)
}

#[tokio::test]
async fn the_metadata_of_a_machine_goes_through_no_proxy_and_https_does() {
    let (metadata, proxy) = machine().await;
    let server = server().await;
    let url = metadata.url();
    for proxy_variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let machine = |endpoint: &str| {
            settings_with(&[
                ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url),
                (proxy_variable, &proxy.url()),
                ("HTTP_PROXY", &proxy.url()),
            ])
            .region("eu-central-1")
            .endpoint_url(endpoint)
        };
        let value = get(&session(machine(&server.url()))).await.unwrap();
        assert_eq!(value, "ASIAFROMMETADATA");
        assert_eq!(proxy.operations(), Vec::<String>::new(), "{proxy_variable}");

        let error = get(&session(machine("https://ssm.example.com"))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert_eq!(proxy.operations(), ["CONNECT ssm.example.com:443"], "{proxy_variable}");
        proxy.forget();
    }
    assert!(metadata.count("GET /latest/meta-data/iam/security-credentials/role") >= 4);
}

#[tokio::test]
async fn the_credentials_of_a_container_go_through_no_proxy() {
    let (container, proxy) = machine().await;
    let server = server().await;
    let uri = format!("{}/container", container.url());
    let settings = settings_with(&[
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri),
        ("ALL_PROXY", &proxy.url()),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    let settings = settings.region("eu-central-1").endpoint_url(server.url());
    assert_eq!(get(&session(settings)).await.unwrap(), "ASIAFROMCONTAINER");
    assert_eq!(proxy.operations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_host_that_is_exempt_goes_through_no_proxy() {
    let (_, proxy) = machine().await;
    let port = tls_server().await;
    let settings = settings_with(&[
        ("AWS_ACCESS_KEY_ID", KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("HTTPS_PROXY", &proxy.url()),
        ("NO_PROXY", "localhost"),
    ]);
    let settings = settings
        .region("eu-central-1")
        .endpoint_url(format!("https://localhost:{port}"))
        .ca_file(format!("{DATA}/ca.pem"));
    assert_eq!(get(&session(settings)).await.unwrap(), "over TLS");
    assert_eq!(proxy.operations(), Vec::<String>::new());
}

#[tokio::test]
async fn the_certificates_of_the_ca_file_are_trusted_and_no_others() {
    let port = tls_server().await;
    let server = server().await;
    let url = format!("https://localhost:{port}");
    let at = || settings(&server).endpoint_url(&*url);
    let trusted = session(at().ca_file(format!("{DATA}/ca.pem")));
    assert_eq!(get(&trusted).await.unwrap(), "over TLS");

    let bundle = format!("{DATA}/ca.pem");
    let by_variable = settings_with(&[
        ("AWS_ACCESS_KEY_ID", KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_CA_BUNDLE", &bundle),
    ]);
    let by_variable = session(by_variable.region("eu-central-1").endpoint_url(&*url));
    assert_eq!(get(&by_variable).await.unwrap(), "over TLS");

    let error = get(&session(at())).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::InvalidConfig, false), "{error}");
    assert!(error.action().contains("ca_file"), "{}", error.action());
}

#[tokio::test]
async fn a_ca_file_that_is_none_is_told_and_does_not_panic() {
    let server = server().await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (path, message) in [
        (folder.path().join("none"), "cannot be read"),
        (file("empty", ""), "holds no certificate"),
        (file("key", include_str!("../data/tls/server.key")), "holds no certificate"),
        (file("broken", broken), "cannot be used"),
    ] {
        let error = get(&session(settings(&server).ca_file(path))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        assert!(error.message().contains(message), "{error}");
    }
    assert_eq!(server.operations(), Vec::<String>::new());
}

#[tokio::test]
async fn an_endpoint_of_a_profile_may_not_be_plain_http_to_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let text = "[profile work]\nregion = eu-central-1\naws_access_key_id = AKIA\n\
                aws_secret_access_key = s\nendpoint_url = http://192.0.2.1:4566\n";
    std::fs::write(&file, text).unwrap();
    let settings = settings_with(&[("AWS_CONFIG_FILE", file.to_str().unwrap())]).profile("work");
    let error = get(&session(settings)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    assert!(error.action().contains("https"), "{}", error.action());
}

/// A server that answers every request over TLS with one parameter.
async fn tls_server() -> u16 {
    let pem = |name: &str| std::fs::read(format!("{DATA}/{name}")).expect("a file");
    let certificate = CertificateDer::from_pem_slice(&pem("server.pem")).expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(&pem("server.key")).expect("PEM");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a key for the certificate");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a caller");
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let body = r#"{"Parameter": {"Value": "over TLS"}}"#;
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.1\r\n";
                let length = body.len();
                let answer =
                    format!("{head}connection: close\r\ncontent-length: {length}\r\n\r\n{body}");
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    port
}
