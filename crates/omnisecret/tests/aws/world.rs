//! A server, and providers that are configured by a file.

use std::ffi::OsString;
use std::time::Duration;

use omnisecret::{Config, Result, Secrets, SecretsBuilder};
use omnisecret_aws_testkit::{Answer, AssumedRoles, AwsServer, Request};
use serde_json::json;
use tempfile::TempDir;

pub(crate) const KEYS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "a-secret-key")];

pub(crate) struct World {
    pub(crate) server: AwsServer,
    folder: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        let roles = AssumedRoles::lasting(Duration::from_secs(3600));
        let server = AwsServer::start(move |request| answer(request, &roles)).await;
        Self { server, folder: tempfile::tempdir().expect("a folder") }
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> std::path::PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }

    /// What this configuration gives, with `URL` standing for the server.
    pub(crate) fn builder(&self, config: &str) -> Result<SecretsBuilder> {
        let config = config.replace("URL", &self.server.url());
        let config = Config::load(self.write("omnisecret.toml", &config))?;
        Ok(Secrets::builder().config(config).environment(environment(&KEYS)))
    }

    pub(crate) fn secrets(&self, config: &str) -> Result<Secrets> {
        Ok(self.builder(config)?.build())
    }
}

/// An environment of these variables alone.
pub(crate) fn environment(
    variables: &[(&str, &str)],
) -> impl Fn(&str) -> Option<OsString> + Send + Sync + 'static {
    let variables: Vec<_> =
        variables.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    move |name| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.into())
}

/// Secrets that tell who was asked how.
fn answer(request: &Request, roles: &AssumedRoles) -> Answer {
    match request.operation.as_str() {
        "AssumeRole" => roles.answer(request),
        "GetSecretValue" => Answer::json(json!({
            "ARN": format!("arn:aws:secretsmanager:eu-west-1:1:secret:{}-AbCdEf", request.text("SecretId")),
            "Name": request.text("SecretId"),
            "SecretString": request.signature.as_ref().map(|it| it.access_key_id.clone()),
            "VersionId": "00000000-0000-0000-0000-000000000001",
            "VersionStages": ["AWSCURRENT"],
        })),
        "DescribeSecret" => Answer::json(json!({
            "Name": request.text("SecretId"),
            "NextRotationDate": 1_900_000_000.0,
        })),
        "PutSecretValue" => Answer::json(json!({
            "Name": request.text("SecretId"),
            "VersionId": request.text("ClientRequestToken"),
            "VersionStages": ["AWSCURRENT"],
        })),
        "GetParameter" => Answer::json(json!({"Parameter": parameter(request)})),
        "GetParametersByPath" => Answer::json(json!({"Parameters": []})),
        _ => Answer::error(400, "UnknownOperationException"),
    }
}

fn parameter(request: &Request) -> serde_json::Value {
    json!({
        "Name": request.text("Name"),
        "Type": "SecureString",
        "Value": request.json["WithDecryption"].to_string(),
        "Version": 1,
    })
}
