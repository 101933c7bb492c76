//! The rules that every provider keeps, and what takes several accounts: on LocalStack alone.

use omnisecret_aws_ps::{ParameterStore, Role};
use omnisecret_core::{ErrorKind, GetOptions, SecretProvider, SecretValue, UpdateOptions};
use omnisecret_testkit::{Harness, Seed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{account, localstack, provider, session};

#[derive(Clone, Copy)]
struct Live;

impl Harness for Live {
    type Provider = ParameterStore;

    const ODD_NAMES: &'static [&'static str] =
        &["app/A.b-c_d", "app/0", "app/-dash", "APP/password"];
    const INVALID_PATHS: &'static [&'static str] = &["", "/with space", "/a:", "/a:b:c"];
    const MAX_VALUE_BYTES: usize = 4096;

    async fn seeded(&self, seeds: &[Seed]) -> ParameterStore {
        // An account of its own, so that a listing of everything shows nothing else.
        let account = account();
        let provider = provider(localstack(&account));
        let options = UpdateOptions::default().with_create_missing(true);
        let session = session(localstack(&account));
        let mut versions = std::collections::BTreeMap::<&str, i64>::new();
        for (path, value) in seeds {
            provider.update_with(path, value, &options).await.expect("a parameter is seeded");
            *versions.entry(path).or_default() += 1;
        }
        for (path, current) in versions.into_iter().filter(|(_, current)| *current > 1) {
            for (label, version) in [("current", current), ("previous", current - 1)] {
                let label = session.call(|ssm| {
                    ssm.label_parameter_version()
                        .name(path)
                        .parameter_version(version)
                        .labels(label)
                        .send()
                });
                label.await.expect("a version is labelled");
            }
        }
        provider
    }

    fn path(&self, name: &str) -> String {
        format!("/{name}")
    }

    fn credentials(&self) -> Vec<SecretValue> {
        Vec::new()
    }
}

omnisecret_testkit::conformance! {
    harness: Live,
    capabilities: [list, update, create, version_id, version_stage, without_decrypt],
    with: [grammar],
    skip: {
        empty_value_is_a_value: "Parameter Store keeps no empty value",
        update_to_the_empty_value_is_kept: "Parameter Store keeps no empty value",
        parent_of_a_secret_does_not_exist: "a path with parameters below it exists",
        reading_without_decrypting_hides_the_value: "LocalStack shows the value in what it calls sealed",
        listing_without_decrypting_hides_the_values: "LocalStack shows the value in what it calls sealed",
    },
    ignore: "needs LocalStack: cargo xtask integration",
}

#[tokio::test]
#[ignore = "needs LocalStack: cargo xtask integration"]
async fn a_role_sees_the_parameters_of_its_account_and_no_others() {
    let (own, other) = (account(), account());
    let role = format!("arn:aws:iam::{other}:role/reader");
    let here = provider(localstack(&own));
    let there = provider(localstack(&own).role(Role::new(role)));
    let options = UpdateOptions::default().with_create_missing(true);
    here.update_with("/app/a", &"here".into(), &options).await.unwrap();
    assert!(!there.path_exists("/app/a").await.unwrap());
    there.update_with("/app/a", &"there".into(), &options).await.unwrap();
    assert_eq!(here.get("/app/a").await.unwrap().expose_str().unwrap(), "here");
    assert_eq!(there.get("/app/a").await.unwrap().expose_str().unwrap(), "there");
    let direct = provider(localstack(&other)).get("/app/a").await.unwrap();
    assert_eq!(direct.expose_str().unwrap(), "there");
}

#[tokio::test]
#[ignore = "needs LocalStack: cargo xtask integration"]
async fn a_chain_of_roles_ends_in_the_last_account() {
    let accounts = [account(), account(), account()];
    let mut settings = localstack(&accounts[0]);
    for account in &accounts[1..] {
        settings = settings.role(Role::new(format!("arn:aws:iam::{account}:role/next")));
    }
    let options = UpdateOptions::default().with_create_missing(true);
    provider(settings).update_with("/a", &"v".into(), &options).await.unwrap();
    assert!(provider(localstack(&accounts[2])).path_exists("/a").await.unwrap());
    assert!(!provider(localstack(&accounts[1])).path_exists("/a").await.unwrap());
}

#[tokio::test]
#[ignore = "needs LocalStack: cargo xtask integration"]
async fn a_reference_goes_through_to_the_secret() {
    const AT: &str = "/aws/reference/secretsmanager";

    let account = account();
    let provider = provider(localstack(&account));
    create_secret(&account, "app/json", r#"{"user":"u","a":{"b":{"c":"deep"}}}"#).await;
    let name = format!("{AT}/app/json");
    for (keys, value) in [("/user", "u"), ("/a/b/c", "deep"), ("/a/b", r#"{"c":"deep"}"#)] {
        let secret = provider.get(&format!("{name}{keys}")).await.expect("the secret is there");
        assert_eq!(secret.expose_str().unwrap(), value);
    }
    let (user, none) = (format!("{name}/user"), format!("{name}/none"));
    let answers = provider.get_many(&[&name, &none, &user], &GetOptions::default()).await;
    assert!(answers[0].is_ok());
    assert_eq!(answers[1].as_ref().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(answers[2].as_ref().unwrap().expose_str().unwrap(), "u");
    let missing = provider.get(&format!("{AT}/no/such/secret/at/all")).await;
    assert_eq!(missing.unwrap_err().kind(), ErrorKind::NotFound);
}

/// Asks LocalStack itself, which looks at the account of a signature and no further: a client of
/// Secrets Manager would be much to build for one secret.
async fn create_secret(account: &str, name: &str, value: &str) {
    let endpoint = std::env::var("OMNISECRET_LOCALSTACK_ENDPOINT").expect("an endpoint");
    let host = endpoint.trim_start_matches("http://").trim_end_matches('/');
    let body = serde_json::json!({"Name": name, "SecretString": value, "ClientRequestToken":
        "00000000-0000-4000-8000-000000000001"})
    .to_string();
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n\
         content-type: application/x-amz-json-1.1\r\nx-amz-target: secretsmanager.CreateSecret\r\n\
         authorization: AWS4-HMAC-SHA256 Credential={account}/20260101/eu-central-1/\
         secretsmanager/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(host).await.expect("LocalStack is there");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
