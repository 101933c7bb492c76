//! The canary through every provider, as the facade makes it: reads, writes, and every way that
//! they fail; in errors and in what is logged at the finest level.

use std::fs;
use std::path::Path;

use omnisecret::{Config, ErrorKind, Memory, Result, Secrets, kinds};
use omnisecret_aws_testkit::{Answer, AwsServer};
use omnisecret_testkit::canary::{CANARY, leaks};
use omnisecret_testkit::logs;
use serde_json::json;

use crate::shown::plain;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");

/// The demo files and a configuration in a folder of their own.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let files = fs::read_dir(FOLDER).expect("the examples").flatten();
    for file in files.filter(|entry| entry.path().is_file()) {
        fs::copy(file.path(), folder.path().join(file.file_name())).expect("a copy");
    }
    folder
}

fn open(folder: &Path) -> Secrets {
    let config = Config::load(folder.join("omnisecret.toml")).expect("the configuration");
    Secrets::builder().config(config).provider("memory", Memory::new()).build()
}

/// The same with a server in the place of the clouds: it gives secrets that are the canary, and
/// errors that tell it.
async fn open_with_clouds(folder: &Path) -> (AwsServer, Secrets) {
    let server = AwsServer::start(|request| {
        let of_aliyun = request.header("x-acs-action");
        match (of_aliyun, request.operation.as_str()) {
            (Some("GetSecretValue"), _) => {
                Answer::json(json!({"SecretName": "a", "SecretData": CANARY}))
            }
            (Some(_), _) => {
                let error = json!({"Code": "Rejected", "Message": CANARY, "RequestId": CANARY});
                Answer::new(400, "application/json", error.to_string())
            }
            (None, "GetSecretValue") => Answer::json(json!({"Name": "a", "SecretString": CANARY})),
            (None, "GetParameter") => {
                Answer::json(json!({"Parameter": {"Name": "a", "Value": CANARY}}))
            }
            (None, _) => Answer::error_saying(400, "ValidationException", CANARY),
        }
    })
    .await;
    let mut text = fs::read_to_string(folder.join("omnisecret.toml")).expect("the configuration");
    let url = server.url();
    for (kind, settings) in [
        ("aws.ps", format!("endpoint_url = {url:?}\n")),
        ("aws.sm", format!("endpoint_url = {url:?}\n")),
        (
            "aliyun.sm",
            format!(
                "endpoint = {url:?}\naccess_key_id_env = \"KEY_ID\"\n\
                 access_key_secret_env = \"KEY_SECRET\"\n"
            ),
        ),
    ] {
        text += &format!("\n[providers.{kind:?}]\nregion = \"eu-west-1\"\n{settings}");
        text += &format!("[providers.{kind:?}.retry]\nattempts = 1\n");
    }
    let path = folder.join("clouds.toml");
    fs::write(&path, text).expect("a configuration");
    let config = Config::load(path).expect("the configuration");
    let environment = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" | "KEY_ID" => Some("AKIAIOSFODNN7EXAMPLE".into()),
        "AWS_SECRET_ACCESS_KEY" => Some(CANARY.into()),
        // Refused where it is no plain text.
        "KEY_SECRET" => Some(plain().into()),
        "AWS_EC2_METADATA_DISABLED" => Some("true".into()),
        _ => None,
    };
    let builder = Secrets::builder().config(config).environment(environment);
    (server, builder.provider("memory", Memory::new()).build())
}

/// Everything that a caller sees of a provider but the values it asks for.
async fn exercise(secrets: &Secrets, provider: &str) -> String {
    let mut seen = String::new();
    let mut see = |result: Result<String>| match result {
        Ok(text) => seen.push_str(&text),
        Err(error) => seen.push_str(&format!("{error} {error:?} {:#?} {}", error, error.action())),
    };
    let object = serde_json::json!({ "password": CANARY, "list": [CANARY] }).to_string();
    for path in ["canary/text", "canary/object", "", "canary", "\u{1b}[31m/x"] {
        let value = if path.ends_with("object") { object.as_str() } else { CANARY };
        let update = secrets.update(provider, path, value);
        see(update.clone().await.map(|meta| format!("{meta:?}")));
        see(update.create_missing().await.map(|meta| format!("{meta:?}")));
        see(secrets.get(provider, path).await.map(|secret| format!("{secret:?}")));
        for keys in [&["password"][..], &["list", "0"], &["list", "9"], &["nope", "nope"]] {
            let field = secrets.get(provider, path).fresh().key_path(keys.iter().copied()).await;
            see(field.map(|secret| format!("{secret:?}")));
        }
        see(secrets.path_exists(provider, path).await.map(|exists| format!("{exists}")));
    }
    let binary = secrets.update(provider, "canary/binary", CANARY.as_bytes().to_vec());
    see(binary.create_missing().await.map(|meta| format!("{meta:?}")));
    // A text in an object's place, and an object that breaks off where the canary is.
    for broken in [CANARY, &object[..object.len() / 2]] {
        let update = secrets.update(provider, "canary/object", broken).await;
        see(update.map(|meta| format!("{meta:?}")));
    }
    see(secrets.get_by_path(provider, "").await.map(|all| format!("{all:?}")));
    seen
}

/// Damages every file of secrets, a byte in its middle and then its end.
fn damage(folder: &Path, round: usize) {
    for name in ["vault.json", "creds.yml.fernet"] {
        let path = folder.join(name);
        let mut bytes = fs::read(&path).expect("a file of secrets");
        match round {
            0 => {
                let middle = bytes.len() / 2;
                bytes[middle] = if bytes[middle] == b'A' { b'B' } else { b'A' };
            }
            _ => bytes.truncate(bytes.len() - 7),
        }
        fs::write(&path, bytes).expect("a damaged file");
    }
}

#[test]
fn no_provider_shows_a_value_in_errors_or_logs() {
    let mut providers: Vec<_> =
        kinds().iter().filter(|kind| kind.is_built_in()).map(|kind| kind.id).collect();
    providers.push("memory");
    for provider in providers {
        // Of its own: what is damaged for one would be for the next from the start.
        let folder = folder();
        for round in 0..3 {
            let path = folder.path();
            let (seen, log) = logs::capture(|| async move {
                let (_server, secrets) = open_with_clouds(path).await;
                exercise(&secrets, provider).await
            });
            assert_eq!(leaks(&seen), None, "{provider}, round {round}: {seen}");
            assert_eq!(leaks(&log), None, "{provider}, round {round}: {log}");
            assert!(seen.len() > 1000, "{provider}: it was exercised");
            let is_read = seen.contains("[REDACTED]");
            assert!(is_read || round > 0, "{provider}: no value was there to be shown: {seen}");
            damage(path, round.min(1));
        }
    }
}

#[test]
fn a_key_that_is_wrong_or_malformed_is_not_shown() {
    let folder = folder();
    for name in ["vault.key", "creds.key"] {
        fs::write(folder.path().join(name), CANARY).expect("a key file");
    }
    for provider in ["securestore", "acct"] {
        let path = folder.path();
        let (error, log) = logs::capture(|| async move {
            open(path).get(provider, "aws/default").await.expect_err("the key is none")
        });
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        assert_eq!(
            leaks(&format!("{error} {error:?} {} {log}", error.action())),
            None,
            "{error:?}"
        );
    }
}

#[test]
fn a_configuration_that_is_broken_is_not_quoted() {
    let folder = folder();
    let path = folder.path().join("omnisecret.toml");
    for broken in [
        format!("[providers.acct]\nkey_file = {CANARY}\n"),
        format!("[providers.acct]\nkey_file = ['''{CANARY}''']\n"),
        format!("[providers.acct.cache]\nttl = '''{CANARY}'''\n"),
        format!("[references]\nX = '''{CANARY}'''\n"),
        format!("[providers.acct]\ncrypto_plugin = '''{CANARY}'''\n"),
    ] {
        fs::write(&path, &broken).expect("a configuration");
        let error = Config::load(&path).expect_err("it is broken");
        assert_eq!(leaks(&format!("{error} {error:?} {}", error.action())), None, "{error:?}");
    }
}
