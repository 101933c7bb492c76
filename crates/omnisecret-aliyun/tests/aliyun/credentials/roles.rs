//! Roles that are assumed: with a key, with another role, with a token of OIDC.

use std::time::Duration;

use omnisecret_aliyun::CredentialsBuilder;
use omnisecret_core::{ErrorKind, SecretProvider};

use crate::server::{KEY_ID, Server};
use crate::setup::{access_key, builder, env};

const ROLE: &str = "acs:ram::1234567890123456:role/reader";

#[tokio::test]
async fn a_role_is_assumed_as_the_settings_say_and_reads() {
    let server = Server::start();
    server.put("app", "value");
    let credentials = access_key()
        .role_arn(ROLE)
        .role_session_name("session-1")
        .external_id("ext & 1")
        .policy("{\"Version\": \"1\"}")
        .duration(Duration::from_secs(1800))
        .sts_endpoint(server.url());
    let provider = builder(&server).credentials(credentials).build().expect("settings");
    assert!(provider.get("app").await.is_ok());

    let assumed = server.seen("AssumeRole").pop().expect("a call");
    assert_eq!(assumed.key_id, KEY_ID);
    for (name, value) in [
        ("RoleArn", ROLE),
        ("RoleSessionName", "session-1"),
        ("ExternalId", "ext & 1"),
        ("Policy", "{\"Version\": \"1\"}"),
        ("DurationSeconds", "1800"),
    ] {
        assert_eq!(assumed.parameters.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(server.seen("GetSecretValue")[0].key_id, "STS.Temporary00000001");
}

#[tokio::test]
async fn a_role_assumes_another() {
    let server = Server::start();
    let first = access_key().role_arn(ROLE).sts_endpoint(server.url()).build().expect("settings");
    let second = CredentialsBuilder::default()
        .provider(first)
        .role_arn("acs:ram::6543210987654321:role/other")
        .sts_endpoint(server.url());
    let given = second.build().expect("settings").credentials().await.expect("credentials");
    assert_eq!(given.key_id(), "STS.Temporary00000002");
    let keys: Vec<_> = server.seen("AssumeRole").into_iter().map(|seen| seen.key_id).collect();
    assert_eq!(keys, [KEY_ID, "STS.Temporary00000001"]);
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_is_no_missing_secret() {
    for (status, code, kind) in [
        (404, "EntityNotExist.Role", ErrorKind::PermissionDenied),
        (403, "NoPermission", ErrorKind::PermissionDenied),
        (404, "Forbidden.ResourceNotFound", ErrorKind::Unauthenticated),
        (400, "InvalidParameter", ErrorKind::InvalidConfig),
        (400, "Throttling.User", ErrorKind::Throttled),
        (404, "InvalidAccessKeyId.NotFound", ErrorKind::Unauthenticated),
    ] {
        let server = Server::start();
        server.fail("AssumeRole", 2, status, code);
        let credentials = access_key().role_arn(ROLE).sts_endpoint(server.url());
        let provider = builder(&server).credentials(credentials).build().expect("settings");
        let error = provider.get("app").await.expect_err("no role");
        assert_eq!(error.kind(), kind, "{code}");
        assert!(error.message().starts_with("the role cannot be assumed: "), "{error}");
        assert_eq!(server.count("GetSecretValue"), 0);
    }
}

#[tokio::test]
async fn an_oidc_token_is_read_anew_and_sent_in_the_body_alone() {
    let server = Server::start();
    server.put("app", "value");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, "first.token\n").expect("a file");
    server.state().oidc_token = "first.token".to_owned();
    let credentials = CredentialsBuilder::default()
        .env_with(env([]))
        .role_arn(ROLE)
        .oidc_provider_arn("acs:ram::1234567890123456:oidc-provider/ack")
        .oidc_token_file(&file)
        .sts_endpoint(server.url());
    let provider = builder(&server).credentials(credentials).build().expect("settings");
    assert!(provider.get("app").await.is_ok());
    let seen = server.seen("AssumeRoleWithOIDC").pop().expect("a call");
    assert!(!seen.target.contains("first.token"), "{}", seen.target);
    assert!(!seen.parameters.contains_key("Signature"));

    std::fs::write(&file, "second.token\r\n").expect("a file");
    server.state().oidc_token = "second.token".to_owned();
    server.fail("GetSecretValue", 1, 400, "InvalidSecurityToken.Expired");
    assert!(provider.get("app").await.is_ok());
    assert_eq!(server.count("AssumeRoleWithOIDC"), 2);

    server.state().oidc_token = "third.token".to_owned();
    server.fail("GetSecretValue", 1, 400, "InvalidSecurityToken.Expired");
    let error = provider.get("app").await.expect_err("a token that is not accepted");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(!format!("{error:?}").contains("second.token"));
}

#[tokio::test]
async fn a_token_file_that_is_missing_is_invalid_config() {
    let server = Server::start();
    let credentials = CredentialsBuilder::default()
        .env_with(env([]))
        .role_arn(ROLE)
        .oidc_provider_arn("acs:ram::1234567890123456:oidc-provider/ack")
        .oidc_token_file("/nowhere/token")
        .sts_endpoint(server.url());
    let error = credentials.build().expect("settings").credentials().await.expect_err("no file");
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.action().contains("oidc_token_file"), "{}", error.action());
}
