//! What goes wrong between here and the service.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use omnisecret_aliyun::{
    AliyunSm, Credentials, CredentialsBuilder, FixedCredentials, RsaKey, Signature,
};
use omnisecret_core::{ErrorKind, Retry, SecretProvider};

use crate::server::{Reply, Server};
use crate::setup::{access_key, builder, env, provider};

#[tokio::test]
async fn a_throttled_and_an_unavailable_call_are_repeated_by_the_layer_and_signed_anew() {
    for (status, code) in [(429, "Rejected.Throttling"), (503, "ServiceUnavailableTemporary")] {
        let server = Server::start();
        server.put("app", "value");
        server.fail("GetSecretValue", 2, status, code);
        let provider = Retry::new(provider(&server))
            .with_waits(Duration::from_millis(1), Duration::from_millis(2));
        assert!(provider.get("app").await.is_ok(), "{code}");
        let seen = server.seen("GetSecretValue");
        let nonces: std::collections::BTreeSet<_> = seen.iter().map(|seen| &seen.nonce).collect();
        assert_eq!((seen.len(), nonces.len()), (3, 3), "{code}");
    }
}

#[tokio::test]
async fn the_layer_waits_as_long_as_the_service_asks() {
    let server = Server::start();
    server.put("app", "value");
    let reply = Reply::error(429, "Rejected.Throttling").with_header("x-acs-retry-after", "300");
    server.reply("GetSecretValue", 1, reply);
    let begin = std::time::Instant::now();
    assert!(Retry::new(provider(&server)).get("app").await.is_ok());
    assert!(begin.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn no_answer_in_time_is_a_timeout() {
    let server = Server::start();
    server.reply("GetSecretValue", 1, Reply::Hang);
    let provider = builder(&server).timeout(Duration::from_millis(100)).build().expect("settings");
    let error = provider.get("app").await.expect_err("a timeout");
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn who_gives_credentials_has_no_more_time_than_the_provider() {
    let server = Server::start();
    server.reply("*", 9, Reply::Hang);
    let base = CredentialsBuilder::default().env_with(env([]));
    for credentials in [
        access_key().role_arn("acs:ram::1234567890123456:role/r").sts_endpoint(server.url()),
        base.clone().ecs_role("r").metadata_endpoint(server.url()),
        base.credentials_uri(format!("{}/credentials", server.url())),
    ] {
        let begin = Instant::now();
        let limited = builder(&server).timeout(Duration::from_millis(100));
        let provider = limited.credentials(credentials).build().expect("settings");
        let error = provider.get("app").await.expect_err("a timeout");
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
        // By themselves they take ten seconds, and the metadata service two for each of two tries.
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    }
}

#[tokio::test]
async fn a_connection_that_breaks_off_and_one_that_is_refused_are_unavailable() {
    let server = Server::start();
    server.reply("GetSecretValue", 9, Reply::Close);
    let error = provider(&server).get("app").await.expect_err("no answer");
    assert_eq!(error.kind(), ErrorKind::Unavailable);

    let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port");
    let provider = AliyunSm::builder().endpoint(format!("http://{free}")).credentials(access_key());
    let error = provider.build().expect("settings").get("app").await.expect_err("nobody is there");
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unavailable, true));
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_it() {
    let server = Server::start();
    server.reply("GetSecretValue", 1, Reply::Endless);
    let error = provider(&server).get("app").await.expect_err("too much");
    assert_eq!(error.kind(), ErrorKind::Unexpected);
}

#[tokio::test]
async fn a_clock_that_is_off_is_said_so_and_not_repeated() {
    let server = Server::start();
    server.put("app", "value");
    server.state().ahead = Duration::from_secs(3600);
    let error = provider(&server).get("app").await.expect_err("an old request");
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unauthenticated, false));
    assert!(error.action().contains("clock"), "{}", error.action());
    assert_eq!(server.count("GetSecretValue"), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_its_target_gets_nothing() {
    let target = TcpListener::bind("127.0.0.1:0").expect("a port");
    target.set_nonblocking(true).expect("a socket");
    let location = format!("http://{}/", target.local_addr().expect("an address"));
    let redirect = |status| Reply::error(status, "").with_header("location", &location);

    // Of KMS, of STS, of the metadata service and of a credentials URI.
    let server = Server::start();
    for status in [301, 307, 308] {
        server.reply("*", 1, redirect(status));
        let error = provider(&server).get("app").await.expect_err("a redirect");
        assert_eq!(error.kind(), ErrorKind::Unexpected);
    }
    let base = CredentialsBuilder::default().env_with(env([]));
    for credentials in [
        access_key().role_arn("acs:ram::1234567890123456:role/r").sts_endpoint(server.url()),
        base.clone().ecs_role("r").metadata_endpoint(server.url()),
        base.credentials_uri(format!("{}/credentials", server.url())),
    ] {
        server.reply("*", 3, redirect(307));
        let error = credentials.build().expect("settings").credentials().await;
        assert_eq!(error.expect_err("a redirect").kind(), ErrorKind::Unexpected);
        server.state().faults.clear();
    }
    assert!(target.accept().is_err(), "the target was asked");
}

#[tokio::test]
async fn the_other_signatures_work_for_those_who_need_them() {
    let version_4 =
        Signature::Version4 { region: "cn-hangzhou".to_owned(), product: "Kms".to_owned() };
    for signature in [Signature::Version1, version_4, Signature::Version3] {
        let server = Server::start();
        server.put("app", "value & more=1 +%41é");
        let provider = builder(&server).signature(signature).build().expect("settings");
        let secret = provider.get("app").await.expect("a secret");
        assert_eq!(secret.expose_str().ok(), Some("value & more=1 +%41é"));
        provider.update("app", &"new & 1".into()).await.expect("an update");
        assert_eq!(provider.get("app").await.expect("it").expose_str().ok(), Some("new & 1"));
    }
}

#[tokio::test]
async fn a_client_key_signs_with_rsa_on_the_shared_gateway() {
    use base64::Engine;

    let server = Server::start();
    server.put("app", "old");
    let pem = include_str!("../data/client_key_pkcs8.pem");
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(base64).expect("base64");
    let key = RsaKey::from_pkcs8_der(&der).expect("a key");
    let credentials = Credentials::client_key("KAAP.fake-client-key", key).expect("a client key");
    let fixed = std::sync::Arc::new(FixedCredentials::new(credentials));
    let credentials = CredentialsBuilder::default().provider(fixed);
    let provider = builder(&server).credentials(credentials).build().expect("settings");
    assert!(provider.get("app").await.is_ok());
    provider.update("app", &"new & 1".into()).await.expect("an update");
    assert_eq!(server.seen("PutSecretValue")[0].key_id, "KAAP.fake-client-key");
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    let server = Server::start();
    let provider = provider(&server);
    let mut get = provider.get("app");
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let answer = get.as_mut().poll(&mut context);
    let std::task::Poll::Ready(Err(error)) = answer else { panic!("{answer:?}") };
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
}
