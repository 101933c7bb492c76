//! What can be set, what goes together, and what can be a key.

use std::time::Duration;

use omnisecret_aliyun::{AliyunSm, Credentials, CredentialsBuilder};
use omnisecret_core::{ErrorKind, SecretProvider};

use crate::server::{KEY_ID, KEY_SECRET, Server};
use crate::setup::{builder, env};

const ROLE: &str = "acs:ram::1234567890123456:role/reader";

#[tokio::test]
async fn what_was_copied_with_a_key_is_trimmed() {
    let server = Server::start();
    server.put("app", "value");
    let (id, secret) = (format!(" {KEY_ID}\r\n"), format!("{KEY_SECRET}\n"));
    let credentials = CredentialsBuilder::default()
        .env_with(env([("MY_ID", &id), ("MY_SECRET", &secret)]))
        .access_key_id_env("MY_ID")
        .access_key_secret_env("MY_SECRET");
    let provider = builder(&server).credentials(credentials).build().expect("settings");
    assert!(provider.get("app").await.is_ok());
}

#[test]
fn a_variable_that_is_named_and_not_set_is_invalid_config() {
    let settings = |names: [&str; 3]| {
        CredentialsBuilder::default()
            .env_with(env([
                ("ID", KEY_ID),
                ("SECRET", KEY_SECRET),
                ("TOKEN", "a-token"),
                ("EMPTY", " "),
            ]))
            .access_key_id_env(names[0])
            .access_key_secret_env(names[1])
            .security_token_env(names[2])
            .build()
    };
    assert!(settings(["ID", "SECRET", "TOKEN"]).is_ok());
    for names in [["NO", "SECRET", "TOKEN"], ["ID", "EMPTY", "TOKEN"], ["ID", "SECRET", "NO"]] {
        let error = settings(names).expect_err("one is missing");
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(error.message().contains("is not set"), "{error}");
    }
}

#[test]
fn what_cannot_be_a_key_is_refused_and_not_shown() {
    for id in
        ["", " ", "LTAI 5t", "LTAI\r\nx-acs-evil: 1", "LTAI\u{e9}", "\"LTAI5t\"", &"x".repeat(129)]
    {
        let error = Credentials::access_key(id, "secret").expect_err("no key id");
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(!error.message().contains("LTAI"), "{error}");
    }
    for secret in ["", "\n", "se cret", "secret\r\nx: y"] {
        assert!(Credentials::access_key("LTAI5t", secret).is_err());
        let credentials = Credentials::access_key("LTAI5t", "secret").expect("a key");
        assert!(credentials.with_security_token(secret).is_err());
    }
}

#[test]
fn settings_that_do_not_go_together_are_named_all_at_once() {
    let base = || CredentialsBuilder::default().env_with(env([]));
    let cases: [(CredentialsBuilder, &[&str]); 8] = [
        (base().ecs_role("").profile("p"), &["ecs_role, profile"]),
        (base().access_key_id_env("A"), &["`access_key_id_env` is set without"]),
        (base().access_key_secret_env("A"), &["`access_key_secret_env` is set without"]),
        (base().security_token_env("A"), &["`security_token_env` is set without"]),
        (base().oidc_token_file("/t"), &["without `oidc_provider_arn`", "without `role_arn`"]),
        (base().external_id("e").duration(Duration::from_secs(900)), &["external_id", "duration"]),
        (base().role_session_name("s"), &["`role_session_name` is set without `role_arn`"]),
        (base().policy("{}"), &["`policy` is set without `role_arn`"]),
    ];
    for (settings, faults) in cases {
        let error = settings.build().expect_err("they do not go together");
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        for fault in faults {
            assert!(error.message().contains(fault), "{fault}: {error}");
        }
    }
}

#[test]
fn what_sts_would_refuse_is_refused_here() {
    let base = || CredentialsBuilder::default().env_with(env([])).role_arn(ROLE);
    for (settings, name) in [
        (base().role_arn("reader"), "role_arn"),
        (base().role_session_name("a b"), "role_session_name"),
        (base().role_session_name("a"), "role_session_name"),
        (base().duration(Duration::from_secs(899)), "duration"),
        (base().duration(Duration::from_secs(43_201)), "duration"),
        (base().sts_endpoint("http://sts.example"), "sts_endpoint"),
        (base().metadata_endpoint("http://10.0.0.1"), "metadata_endpoint"),
    ] {
        let error = settings.build().expect_err(name);
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(error.message().contains(name), "{error}");
    }
}

#[test]
fn every_fault_of_the_provider_is_named_at_once() {
    let credentials = CredentialsBuilder::default().env_with(env([])).external_id("e");
    let error = AliyunSm::builder()
        .regions(["no region", "cn-hangzhou"])
        .endpoint("kms.example")
        .credentials(credentials)
        .build()
        .expect_err("three faults");
    for fault in ["\"no region\"", "`endpoint` is of one region", "`external_id`"] {
        assert!(error.message().contains(fault), "{fault}: {error}");
    }
    assert_eq!(error.provider(), Some("aliyun.sm"));
}
