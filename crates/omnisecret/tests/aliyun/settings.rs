//! Each setting has its effect on the wire, and a file that was found has the region alone.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use omnisecret::{Config, ErrorKind, Result, Secret, Secrets};
use tempfile::TempDir;

use crate::server::Server;

const PLAIN: &str = "[providers.\"aliyun.sm\"]\nregion = \"cn-hangzhou\"\nendpoint = \"URL\"\n";

const KEYS: &str =
    "access_key_id_env = \"BILLING_ID\"\naccess_key_secret_env = \"BILLING_SECRET\"\n";

struct World {
    server: Server,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        Self { server: Server::start().await, folder: tempfile::tempdir().expect("a folder") }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    }

    fn secrets(&self, settings: &str) -> Result<Secrets> {
        let text = format!("{PLAIN}{settings}").replace("URL", self.server.url());
        let config = Config::load(self.write("omnisecret.toml", &text))?;
        Ok(Secrets::builder().config(config).environment(environment).build())
    }

    async fn get(&self, settings: &str) -> Result<Secret> {
        self.secrets(settings)?.get("aliyun.sm", "prod/db").await
    }
}

fn environment(name: &str) -> Option<OsString> {
    let value = match name {
        "ALIBABA_CLOUD_ACCESS_KEY_ID" => "LTAIenvironment",
        "BILLING_ID" => "LTAIbilling",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET" | "BILLING_SECRET" => "secret",
        "BILLING_TOKEN" => "a-token",
        _ => return None,
    };
    Some(value.into())
}

fn text(secret: Result<Secret>) -> String {
    secret.expect("an answer").expose_str().expect("text").to_owned()
}

#[tokio::test]
async fn keys_come_from_the_variables_that_the_file_names() {
    let world = World::new().await;
    assert!(text(world.get("").await).contains("LTAIenvironment"));
    assert!(text(world.get(KEYS).await).contains("LTAIbilling"));
    let with_token = format!("{KEYS}security_token_env = \"BILLING_TOKEN\"\n");
    world.get(&with_token).await.expect("an answer");
    let last = world.server.requests_for("GetSecretValue").pop().expect("a request");
    assert_eq!(last["x-acs-security-token"], "a-token");
    assert_eq!(last["SecretName"], "prod/db");
}

#[tokio::test]
async fn every_argument_of_a_role_goes_to_sts() {
    let world = World::new().await;
    let role = format!(
        "{KEYS}{}",
        r#"
        role_arn = "acs:ram::1111222233334444:role/reader"
        role_session_name = "nightly"
        external_id = "b7c1"
        policy = '{"Version":"1"}'
        duration = "15m"
        sts_endpoint = "URL"
        "#
    );
    assert!(text(world.get(&role).await).contains("STS.fromtherole"));
    let asked = &world.server.requests_for("AssumeRole")[0];
    for (name, value) in [
        ("RoleArn", "acs:ram::1111222233334444:role/reader"),
        ("RoleSessionName", "nightly"),
        ("ExternalId", "b7c1"),
        ("Policy", r#"{"Version":"1"}"#),
        ("DurationSeconds", "900"),
    ] {
        assert_eq!(asked.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(asked["authorization"].contains("LTAIbilling"));
}

#[tokio::test]
async fn an_oidc_token_is_read_from_its_file() {
    let world = World::new().await;
    world.write("token", "a.b.c");
    let role = r#"
        role_arn = "acs:ram::1111222233334444:role/reader"
        oidc_provider_arn = "acs:ram::1111222233334444:oidc-provider/ack"
        oidc_token_file = "token"
        sts_endpoint = "URL"
    "#;
    assert!(text(world.get(role).await).contains("STS.fromtherole"));
    let asked = &world.server.requests_for("AssumeRoleWithOIDC")[0];
    assert_eq!(asked["OIDCToken"], "a.b.c");
    assert_eq!(asked["OIDCProviderArn"], "acs:ram::1111222233334444:oidc-provider/ack");
}

#[tokio::test]
async fn what_does_not_go_together_is_a_fault() {
    let world = World::new().await;
    for (settings, named) in [
        ("client_key_file = \"key.json\"\n", "no password"),
        ("client_key_password_env = \"BILLING_SECRET\"\n", "client_key_file"),
        ("access_key_id_env = \"BILLING_ID\"\n", "access_key_secret_env"),
        ("regions = [\"cn-beijing\"]\n", "endpoint"),
        ("vpc = \"yes\"\n", "vpc is not true or false"),
        ("ecs_rol = \"x\"\n", "did you mean \"ecs_role\"?"),
    ] {
        let error = world.get(settings).await.expect_err(settings);
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        assert!(error.message().contains(named), "{error}");
    }
}

/// Every setting but the region.
const FORBIDDEN: &[&str] = &[
    "endpoint = \"URL\"",
    "vpc = true",
    "ca_file = \"roots.pem\"",
    "account_id = \"1\"",
    "principal = \"x\"",
    "access_key_id_env = \"HOME\"",
    "access_key_secret_env = \"HOME\"",
    "security_token_env = \"HOME\"",
    "role_arn = \"acs:ram::1:role/theirs\"",
    "role_session_name = \"x\"",
    "external_id = \"x\"",
    "policy = \"{}\"",
    "duration = \"1h\"",
    "oidc_provider_arn = \"x\"",
    "oidc_token_file = \"token\"",
    "ecs_role = \"x\"",
    "credentials_uri = \"URL\"",
    "profile = \"x\"",
    "client_key_file = \"key.json\"",
    "client_key_password_env = \"HOME\"",
    "client_key_password_file = \"password\"",
    "sts_endpoint = \"URL\"",
];

#[tokio::test]
async fn a_found_file_may_set_the_regions_alone() {
    let world = World::new().await;
    let load = |setting: &str| {
        let text = format!(
            "[providers.\"aliyun.sm\"]\nregion = \"cn-hangzhou\"\nregions = [\"cn-beijing\"]\n{}\n",
            setting.replace("URL", world.server.url())
        );
        Config::load_found(world.write("omnisecret.toml", &text), |_| Ok(false))
    };
    load("").expect("regions may be set");
    for setting in FORBIDDEN {
        let error = load(setting).expect_err(setting);
        let key = setting.split(' ').next().expect("a key");
        assert!(error.message().contains(&format!("providers.aliyun.sm.{key}")), "{error}");
    }
}
