//! The settings: each has its effect on the wire.

use std::time::{Duration, Instant};

use omnisecret::{ErrorKind, Question, SecretValue};
use omnisecret_aws_testkit::Answer;

use crate::world::World;

const PLAIN: &str = "[providers.\"aws.sm\"]\nregion = \"eu-west-1\"\nendpoint_url = \"URL\"\n";

#[tokio::test]
async fn the_region_and_the_endpoint_are_where_it_is_asked() {
    let world = World::new().await;
    let secrets = world.secrets(PLAIN).unwrap();
    let secret = secrets.get("aws.sm", "prod/db").await.unwrap();
    assert_eq!(secret.expose_str().unwrap(), "AKIAIOSFODNN7EXAMPLE");
    let request = &world.server.requests_for("GetSecretValue")[0];
    assert_eq!(request.signature.as_ref().unwrap().region, "eu-west-1");
    assert_eq!(request.text("SecretId"), "prod/db");
}

#[tokio::test]
async fn every_argument_of_a_role_goes_to_sts_and_chains_follow_it() {
    let world = World::new().await;
    let config = format!(
        "{PLAIN}{}",
        r#"
        role_arn = "arn:aws:iam::111122223333:role/first"
        session_name = "nightly"
        external_id = "b7c1"
        duration = "15m"
        policy = '{"Version":"2012-10-17"}'
        policy_arns = ["arn:aws:iam::aws:policy/One", "arn:aws:iam::aws:policy/Two"]
        transitive_tags = ["team"]
        source_identity = "ops"
        mfa_serial = "arn:aws:iam::111122223333:mfa/ops"
        sts_region = "eu-north-1"
        tags = { team = "billing" }
        [[providers."aws.sm".role_chain]]
        role_arn = "arn:aws:iam::222233334444:role/second"
        session_name = "inner"
        "#
    );
    let builder = world.builder(&config).unwrap();
    let secrets = builder
        .prompt(|question| {
            assert_eq!(question, Question::MfaToken("arn:aws:iam::111122223333:mfa/ops"));
            Ok(SecretValue::text("123456"))
        })
        .build();
    let secret = secrets.get("aws.sm", "prod/db").await.unwrap();
    assert!(secret.expose_str().unwrap().contains("222233334444"), "the last role reads");

    let [first, second] = <[_; 2]>::try_from(world.server.requests_for("AssumeRole")).unwrap();
    for (field, value) in [
        ("RoleArn", "arn:aws:iam::111122223333:role/first"),
        ("RoleSessionName", "nightly"),
        ("ExternalId", "b7c1"),
        ("DurationSeconds", "900"),
        ("Policy", r#"{"Version":"2012-10-17"}"#),
        ("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/One"),
        ("PolicyArns.member.2.arn", "arn:aws:iam::aws:policy/Two"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "billing"),
        ("TransitiveTagKeys.member.1", "team"),
        ("SourceIdentity", "ops"),
        ("SerialNumber", "arn:aws:iam::111122223333:mfa/ops"),
        ("TokenCode", "123456"),
    ] {
        assert_eq!(first.form.get(field).map(String::as_str), Some(value), "{field}");
    }
    assert_eq!(first.signature.unwrap().region, "eu-north-1");
    assert_eq!(second.form["RoleArn"], "arn:aws:iam::222233334444:role/second");
    assert!(second.signature.unwrap().access_key_id.contains("111122223333"), "by the first");
}

#[tokio::test]
async fn two_names_are_two_accounts() {
    let world = World::new().await;
    let of = |name: &str, account: &str| {
        format!(
            "[providers.{name}]\nkind = \"aws.sm\"\nregion = \"eu-west-1\"\n\
             endpoint_url = \"URL\"\nrole_arn = \"arn:aws:iam::{account}:role/reader\"\n"
        )
    };
    let accounts = [("billing", "111122223333"), ("audit", "222233334444")];
    let config = accounts.map(|(name, account)| of(name, account)).concat();
    let secrets = world.secrets(&config).unwrap();
    let reads = (0..20).flat_map(|_| accounts).map(|(name, account)| {
        let secrets = secrets.clone();
        tokio::spawn(async move {
            let secret = secrets.get(name, "prod/db").fresh().await.unwrap();
            assert!(secret.expose_str().unwrap().contains(account), "{name}");
        })
    });
    for read in reads.collect::<Vec<_>>() {
        read.await.unwrap();
    }
    assert_eq!(world.server.count("AssumeRole"), 2);
}

#[tokio::test]
async fn an_argument_without_its_role_is_a_fault() {
    let world = World::new().await;
    let config = format!(
        "{PLAIN}session_name = \"x\"\n[[providers.\"aws.sm\".role_chain]]\nexternal_id = \"y\"\n"
    );
    let error = world.secrets(&config).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    for named in ["providers.aws.sm.session_name", "providers.aws.sm.role_chain[0]"] {
        assert!(error.message().contains(named), "{error}");
    }
    for (wrong, named) in [
        ("policy_arns = \"one\"", "policy_arns is not a list of strings"),
        ("tags = [\"team\"]", "tags is not a table of strings"),
        ("role_chain = [\"arn\"]", "role_chain is not a list of tables"),
        ("describe = \"yes\"", "describe is not true or false"),
        ("rolearn = \"x\"", "did you mean \"role_arn\"?"),
    ] {
        let role = "role_arn = \"arn:aws:iam::111122223333:role/reader\"\n";
        let role = if wrong.starts_with("rolearn") { "" } else { role };
        let error = world.secrets(&format!("{PLAIN}{role}{wrong}\n")).unwrap_err();
        assert!(error.message().contains(named), "{error}");
    }
}

#[tokio::test]
async fn the_next_rotation_is_known_where_it_may_be_asked_for() {
    let world = World::new().await;
    let plain = world.secrets(PLAIN).unwrap();
    assert!(plain.get("aws.sm", "a").await.unwrap().meta().next_rotation.is_none());
    assert_eq!(world.server.count("DescribeSecret"), 0);
    let described = world.secrets(&format!("{PLAIN}describe = true\n")).unwrap();
    assert!(described.get("aws.sm", "a").await.unwrap().meta().next_rotation.is_some());
    assert_eq!(world.server.count("DescribeSecret"), 1);
}

#[tokio::test]
async fn the_limit_of_an_attempt_is_that_of_each_request() {
    let world = World::new().await;
    let slow = Answer::json(serde_json::json!({"SecretList": []})).after(Duration::from_secs(9));
    world.server.script("ListSecrets", slow);
    let config = format!(
        "{PLAIN}[providers.\"aws.sm\".timeout]\nattempt = \"200ms\"\n\
         [providers.\"aws.sm\".retry]\nattempts = 1\n"
    );
    let secrets = world.secrets(&config).unwrap();
    let start = Instant::now();
    let error = secrets.get_by_path("aws.sm", "prod").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(start.elapsed() < Duration::from_secs(8));
}

#[tokio::test]
async fn roots_that_are_not_there_are_a_fault_of_the_configuration() {
    let world = World::new().await;
    let secrets = world.secrets(&format!("{PLAIN}ca_file = \"none.pem\"\n")).unwrap();
    let error = secrets.get("aws.sm", "a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    assert!(error.message().contains("none.pem"), "{error}");
}
