//! Who answers behind the proxy.

use std::net::SocketAddr;

use omnisecret_aws_testkit::{Answer, AwsServer, Request};
use omnisecret_testkit::canary::CANARY;
use serde_json::json;

use crate::akeyless;
use crate::subjects::Subject::{self, *};
use crate::subjects::TOKEN;

/// What is behind the proxy, or asked by those whose credentials are.
pub(crate) struct Fake {
    pub(crate) cloud: AwsServer,
    pub(crate) akeyless: akeyless::Fake,
}

impl Fake {
    pub(crate) async fn start() -> Self {
        Self { cloud: AwsServer::start(answer).await, akeyless: akeyless::Fake::start().await }
    }

    /// Where the requests of this one are meant to go.
    pub(crate) fn address(&self, subject: Subject) -> SocketAddr {
        let url = if subject == Akeyless { self.akeyless.url() } else { self.cloud.url() };
        let authority = url.trim_start_matches("http://").split('/').next();
        authority.and_then(|authority| authority.parse().ok()).expect("an address in the URL")
    }
}

fn answer(request: &Request) -> Answer {
    let of = |subject: Subject| Answer::new(200, "application/json", subject.body());
    match (request.header("x-acs-action"), request.operation.as_str(), request.path.as_str()) {
        (Some("GetSecretValue"), ..) => of(AliyunSm),
        (Some("AssumeRole"), ..) => of(AliyunSts),
        (_, "GetSecretValue", _) => of(AwsSm),
        (_, "GetParameter", _) => of(AwsPs),
        (_, "AssumeRole", _) => of(AwsSts),
        (.., "/latest/api/token") => Answer::new(200, "text/plain", "metadata-token"),
        (.., "/latest/meta-data/ram/security-credentials/r") => of(AliyunMetadata),
        (.., "/credentials") => of(AliyunUri),
        _ => Answer::error(400, "UnknownOperationException"),
    }
}

impl Subject {
    /// What is answered to what goes through the proxy, at the end.
    pub(crate) fn body(self) -> String {
        match self {
            AwsPs => json!({"Parameter": {"Name": "a", "Value": CANARY}}).to_string(),
            AwsSm => json!({"Name": "a", "SecretString": CANARY}).to_string(),
            AwsSts => format!(
                "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                 <AssumeRoleResult><Credentials><AccessKeyId>ASIATEST</AccessKeyId>\
                 <SecretAccessKey>{TOKEN}</SecretAccessKey><SessionToken>{TOKEN}</SessionToken>\
                 <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>\
                 </AssumeRoleResponse>"
            ),
            AliyunSm => json!({"SecretName": "a", "SecretData": CANARY}).to_string(),
            AliyunSts => json!({"Credentials": credentials()}).to_string(),
            AliyunMetadata | AliyunUri => credentials().to_string(),
            Akeyless => json!({"access_id": akeyless::ACCESS_ID, "sub_claims": {}}).to_string(),
        }
    }
}

fn credentials() -> serde_json::Value {
    json!({
        "Code": "Success", "AccessKeyId": "STS.Test", "AccessKeySecret": TOKEN,
        "SecurityToken": TOKEN, "Expiration": "2099-01-01T00:00:00Z",
    })
}
