//! The role of the machine, and credentials from an address.

use std::net::TcpListener;
use std::process::Command;

use omnisecret_aliyun::{AliyunSm, CredentialsBuilder};
use omnisecret_core::{ErrorKind, SecretProvider};

use crate::server::{Reply, Server};
use crate::setup::{access_key, builder, env};

fn instance(server: &Server, role: &str) -> CredentialsBuilder {
    let base = CredentialsBuilder::default().env_with(env([]));
    base.ecs_role(role).metadata_endpoint(server.url())
}

fn with_metadata(has_v2: bool, has_v1: bool) -> Server {
    let server = Server::start();
    let mut state = server.state();
    state.metadata.role = "web-role".to_owned();
    (state.metadata.has_v2, state.metadata.has_v1) = (has_v2, has_v1);
    drop(state);
    server.put("app", "value");
    server
}

#[tokio::test]
async fn the_attached_role_is_found_and_asked_with_a_token() {
    let server = with_metadata(true, false);
    let provider = builder(&server).credentials(instance(&server, "")).build().expect("settings");
    assert!(provider.get("app").await.is_ok());
    let calls = ["metadata-token", "metadata-role-v2", "metadata-v2", "metadata-v1"];
    assert_eq!(calls.map(|action| server.count(action)), [1, 1, 1, 0]);
}

#[tokio::test]
async fn a_role_that_is_named_is_not_looked_for() {
    let server = with_metadata(true, false);
    let credentials = instance(&server, "web-role").build().expect("settings");
    assert!(credentials.credentials().await.is_ok());
    assert_eq!(server.count("metadata-role-v2"), 0);
}

#[tokio::test]
async fn without_version_2_it_falls_back_unless_that_is_switched_off() {
    let server = with_metadata(false, true);
    let credentials = instance(&server, "").build().expect("settings");
    assert!(credentials.credentials().await.is_ok());
    assert_eq!(server.count("metadata-v1"), 1);

    let server = with_metadata(false, true);
    let strict = instance(&server, "").env_with(env([("ALIBABA_CLOUD_IMDSV1_DISABLED", "True")]));
    let error = strict.build().expect("settings").credentials().await.expect_err("no version 2");
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert_eq!((server.count("metadata-role-v1"), server.count("metadata-v1")), (0, 0));
}

#[tokio::test]
async fn a_request_that_fails_with_a_token_is_made_once_more_without() {
    let server = with_metadata(true, true);
    server.reply("metadata-v2", 1, Reply::error(405, "NotAllowed"));
    let credentials = instance(&server, "web-role").build().expect("settings");
    assert!(credentials.credentials().await.is_ok());
    assert_eq!((server.count("metadata-v2"), server.count("metadata-v1")), (1, 1));
}

#[tokio::test]
async fn a_service_that_is_down_is_unavailable_and_a_machine_without_a_role_has_no_credentials() {
    let server = with_metadata(true, true);
    let credentials = instance(&server, "").build().expect("settings");
    drop(server);
    let error = credentials.credentials().await.expect_err("nobody answers");
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unavailable, true));

    let server = with_metadata(true, true);
    let none = Reply::json(
        "{\"Code\":\"Fail\",\"AccessKeyId\":\"\",\"AccessKeySecret\":\"\",\
                            \"SecurityToken\":\"\",\"Expiration\":\"\"}",
    );
    server.reply("metadata-v2", 1, none);
    let error = instance(&server, "").build().expect("settings").credentials().await;
    assert_eq!(error.expect_err("no role").kind(), ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn a_role_name_that_could_change_the_path_is_refused() {
    for name in ["../../user-data", "..", ".", "a/b", "a?b"] {
        let server = with_metadata(true, true);
        server.state().metadata.role = name.to_owned();
        let error = instance(&server, "").build().expect("settings").credentials().await;
        let error = error.expect_err("no name");
        assert_eq!(error.kind(), ErrorKind::Unexpected, "{name}");
        assert!(error.message().contains("a role that cannot be one"), "{name}: {error}");
        assert_eq!(server.count("metadata-v2"), 0);
    }
}

#[tokio::test]
async fn a_credentials_uri_gives_what_the_metadata_gives() {
    let server = Server::start();
    server.put("app", "value");
    let uri = format!("{}/credentials", server.url());
    let base = CredentialsBuilder::default().env_with(env([]));
    let provider = builder(&server).credentials(base.credentials_uri(uri)).build();
    assert!(provider.expect("settings").get("app").await.is_ok());
    assert_eq!(server.count("credentials"), 1);
}

#[test]
fn a_credentials_uri_is_https_or_nobody_elses() {
    let base = CredentialsBuilder::default().env_with(env([]));
    let build =
        |uri: &str| base.clone().credentials_uri(uri).build().map(drop).map_err(|e| e.kind());
    for uri in [
        "https://agent.example/c?t=1",
        "http://localhost:1/",
        "http://169.254.1.1/",
        "http://[fe80::1]/",
    ] {
        assert_eq!(build(uri), Ok(()), "{uri}");
    }
    for uri in
        ["http://agent.example/c", "http://100.100.100.200/", "http://10.0.0.1/", "file:///x", "x"]
    {
        assert_eq!(build(uri), Err(ErrorKind::InvalidConfig), "{uri}");
    }
}

#[test]
fn neither_metadata_nor_what_is_on_this_machine_is_asked_through_a_proxy() {
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a port");
    proxy.set_nonblocking(true).expect("a socket");
    let url = format!("http://{}", proxy.local_addr().expect("an address"));
    let run = |test: &str| {
        let mut child = Command::new(std::env::current_exe().expect("this program"));
        child.args(["--exact", "--ignored", &format!("credentials::metadata::{test}")]);
        for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
            child.env(name, &url);
        }
        let output = child.env_remove("NO_PROXY").env_remove("no_proxy").output().expect("a child");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
    };
    run("asks_this_machine");
    assert!(proxy.accept().is_err(), "the proxy was asked");
    // The same proxy is used where it may be.
    run("asks_a_region");
    assert!(proxy.accept().is_ok(), "the proxy was not asked");
}

#[tokio::test]
#[ignore = "is started with a proxy by the test above"]
async fn asks_this_machine() {
    let server = with_metadata(true, false);
    let provider = builder(&server).credentials(instance(&server, "")).build().expect("settings");
    assert!(provider.get("app").await.is_ok());
    let uri = format!("{}/credentials", server.url());
    let base = CredentialsBuilder::default().env_with(env([]));
    let credentials = base.credentials_uri(uri).build().expect("settings");
    assert!(credentials.credentials().await.is_ok());
}

#[tokio::test]
#[ignore = "is started with a proxy by the test above"]
async fn asks_a_region() {
    let builder = AliyunSm::builder().region("cn-hangzhou").credentials(access_key());
    let provider =
        builder.timeout(std::time::Duration::from_millis(500)).build().expect("settings");
    assert!(provider.get("app").await.is_err());
}
