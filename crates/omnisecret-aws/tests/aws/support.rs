//! A session of Parameter Store, the smallest provider that there can be.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::Builder;
use omnisecret_aws::{Connection, Quiet, Session, Settings};
use omnisecret_aws_testkit::{Answer, AssumedRoles, AwsServer, Request};
use omnisecret_core::Result;
use serde_json::json;

pub(crate) const KEY_ID: &str = "AKIATESTTESTTESTTEST";

pub(crate) type Ssm = Session<Client>;

/// Settings with nothing of this machine in them.
pub(crate) fn settings_with(variables: &[(&str, &str)]) -> Settings {
    let variables: BTreeMap<_, _> = variables.iter().copied().collect();
    Settings::from_env_with(|name| variables.get(name).map(OsString::from))
}

/// Settings with keys, for a server.
pub(crate) fn settings(server: &AwsServer) -> Settings {
    settings_with(&[
        ("AWS_ACCESS_KEY_ID", KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", "made-up-secret-access-key"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ])
    .region("eu-central-1")
    .endpoint_url(server.url())
}

pub(crate) fn session(settings: Settings) -> Ssm {
    settings.check("ssm").expect("the settings are right");
    Session::new(settings, client)
}

fn client(connection: Connection) -> Client {
    let builder = Builder::from(&connection.config).interceptor(Quiet::default());
    let builder = match connection.endpoint_url {
        Some(url) => builder.endpoint_url(url),
        None => builder,
    };
    Client::from_conf(builder.build())
}

/// The access key id that the server has seen, as the parameter's value.
pub(crate) async fn get(session: &Ssm) -> Result<String> {
    let request = |client: Client| async move { client.get_parameter().name("/who").send().await };
    let answer = session.call(request).await?;
    Ok(answer.parameter.and_then(|parameter| parameter.value).unwrap_or_default())
}

/// A server whose every parameter is the access key id of who asks, with an STS beside it.
pub(crate) async fn server() -> AwsServer {
    let sts = AssumedRoles::lasting(Duration::from_secs(3600));
    AwsServer::start(move |request| match request.operation.as_str() {
        "AssumeRole" | "AssumeRoleWithWebIdentity" => sts.answer(request),
        "GetParameter" => who(request),
        _ => Answer::error(400, "UnknownOperationException"),
    })
    .await
}

pub(crate) fn who(request: &Request) -> Answer {
    let signature = request.signature.as_ref().expect("the server refuses what is not signed");
    Answer::json(json!({
        "Parameter": {"Name": request.text("Name"), "Value": signature.access_key_id, "Version": 1}
    }))
}
