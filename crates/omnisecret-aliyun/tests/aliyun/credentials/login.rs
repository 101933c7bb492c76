//! What a person has logged in to, and what a program of theirs prints.

use std::time::{SystemTime, UNIX_EPOCH};

use omnisecret_core::ErrorKind;
use serde_json::{Value, json};

use super::profiles::with_config;
use crate::server::{KEY_ID, KEY_SECRET, Server};

fn seconds_from_now(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after the epoch").as_secs();
    i64::try_from(now).expect("not that late") + seconds
}

fn cloud_sso(server: &Server, token: &str, expires: i64) -> Value {
    json!({
        "name": "default", "mode": "CloudSSO",
        "cloud_sso_sign_in_url": format!("{}/start/login", server.url()),
        "cloud_sso_account_id": "123", "cloud_sso_access_config": "ac-1",
        "access_token": token, "cloud_sso_access_token_expire": expires,
    })
}

#[tokio::test]
async fn a_cloud_sso_login_is_exchanged_until_it_expires() {
    let server = Server::start();
    let valid = cloud_sso(&server, "a-login-token", seconds_from_now(600));
    let (_home, credentials) = with_config(&[valid], &server);
    let given = credentials.credentials().await.expect("credentials");
    assert_eq!(given.key_id(), "STS.Temporary00000001");

    let expired = cloud_sso(&server, "a-login-token", seconds_from_now(-1));
    let (_home, credentials) = with_config(&[expired], &server);
    let error = credentials.credentials().await.expect_err("expired");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.action().contains("aliyun configure"), "{}", error.action());
    assert_eq!(server.count("login"), 1);
}

#[tokio::test]
async fn what_an_oauth_login_has_cached_is_used_up() {
    let server = Server::start();
    let profile = |expires: i64| {
        json!({
            "name": "default", "mode": "OAuth", "oauth_site_type": "CN",
            "oauth_access_token": "a-login-token", "oauth_access_token_expire": 1,
            "access_key_id": "STS.Cached", "access_key_secret": "cached", "sts_token": "cached",
            "sts_expiration": expires,
        })
    };
    let (_home, credentials) = with_config(&[profile(seconds_from_now(1200))], &server);
    assert_eq!(credentials.credentials().await.expect("cached").key_id(), "STS.Cached");
    let (_home, credentials) = with_config(&[profile(seconds_from_now(-1))], &server);
    let error = credentials.credentials().await.expect_err("expired, and the login too");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn a_program_prints_credentials_and_no_shell_reads_its_line() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (printed, touched) = (folder.path().join("printed.json"), folder.path().join("touched"));
    let output = json!({ "mode": "AK", "access_key_id": KEY_ID, "access_key_secret": KEY_SECRET });
    std::fs::write(&printed, output.to_string()).expect("a file");
    let profile = |command: String| json!({ "name": "default", "mode": "External", "process_command": command });
    let command = format!("cat '{}'", printed.display());
    let (_home, credentials) = with_config(&[profile(command)], &server);
    assert_eq!(credentials.credentials().await.expect("credentials").key_id(), KEY_ID);

    let command = format!("cat {} ; touch {}", printed.display(), touched.display());
    for command in [command, "false".to_owned(), "echo hunter2".to_owned(), "/nowhere".to_owned()] {
        let (_home, credentials) = with_config(&[profile(command.clone())], &server);
        let error = credentials.credentials().await.expect_err("no credentials");
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{command}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
    assert!(!touched.exists());
}
