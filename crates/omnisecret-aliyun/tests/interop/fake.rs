//! A region of the fake for each test: made, set up and asked over HTTP.

use std::env;
use std::path::PathBuf;

use omnisecret_aliyun::{AliyunSm, AliyunSmBuilder, Credentials, CredentialsBuilder};
use omnisecret_aliyun::{FixedCredentials, ProvideCredentials};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const REGION: &str = "cn-hangzhou";

/// A region, and an account of its own unless it is another's second region.
#[derive(Clone, Debug)]
pub(crate) struct Fake {
    pub(crate) http: String,
    #[cfg_attr(not(feature = "dkms"), allow(dead_code, reason = "for KMS instances"))]
    pub(crate) https: String,
    pub(crate) ca: PathBuf,
    key_id: String,
    secret: String,
}

impl Fake {
    pub(crate) async fn start() -> Self {
        Self::at(&first(), json!({})).await
    }

    /// Another region of the same account.
    pub(crate) async fn second_region(&self) -> Self {
        Self::at(&self.http, json!({ "region_of": self.http })).await
    }

    async fn at(address: &str, order: Value) -> Self {
        let made = post(address, "world", &order).await;
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        Self {
            http: text("http"),
            https: text("https"),
            ca: text("ca").into(),
            key_id: text("key_id"),
            secret: text("secret"),
        }
    }

    pub(crate) async fn order(&self, command: &str, order: Value) -> Value {
        post(&self.http, command, &order).await
    }

    pub(crate) async fn put(&self, name: &str, value: &str) {
        let secret = json!({ "SecretName": name, "SecretData": value, "VersionId": "v1" });
        self.order("secret", secret).await;
    }

    /// A RAM user whose key is a managed secret; gives the secret's name.
    pub(crate) async fn managed_user(&self, user: &str) -> String {
        let made = self.order("managed-user", json!({ "user": user, "interval": "7d" })).await;
        made["SecretName"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn rotate(&self, name: &str) {
        self.order("rotate", json!({ "name": name })).await;
    }

    /// What was asked since the last time: action, how it was signed, and the answer's code.
    pub(crate) async fn calls(&self) -> Vec<Seen> {
        let calls = self.order("calls", json!({})).await;
        let text = |call: &Value, name: &str| call[name].as_str().unwrap_or_default().to_owned();
        let seen = |call: &Value| Seen {
            action: text(call, "action"),
            scheme: text(call, "scheme"),
            code: text(call, "code"),
            key: text(call, "key"),
        };
        calls.as_array().unwrap().iter().map(seen).collect()
    }

    pub(crate) fn root(&self) -> Credentials {
        Credentials::access_key(&self.key_id, self.secret.as_str()).unwrap()
    }

    pub(crate) fn fixed(&self) -> Arc<dyn ProvideCredentials> {
        Arc::new(FixedCredentials::new(self.root()))
    }

    /// Credentials that know nothing of this machine, and have their STS and metadata here.
    pub(crate) fn credentials(&self) -> CredentialsBuilder {
        CredentialsBuilder::default()
            .env_with(|_| None)
            .sts_endpoint(&*self.http)
            .metadata_endpoint(&*self.http)
    }

    pub(crate) fn builder(&self) -> AliyunSmBuilder {
        let region = omnisecret_aliyun::Region::new(REGION).endpoint(&*self.http);
        AliyunSm::builder().region(region).credentials(self.credentials().provider(self.fixed()))
    }

    pub(crate) fn provider(&self) -> AliyunSm {
        self.builder().build().unwrap()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) action: String,
    pub(crate) scheme: String,
    pub(crate) code: String,
    pub(crate) key: String,
}

pub(crate) fn count(calls: &[Seen], action: &str) -> usize {
    calls.iter().filter(|call| call.action == action).count()
}

fn first() -> String {
    env::var("OMNISECRET_TEST_ALIYUN_URL").expect("run as `cargo xtask interop aliyun`")
}

async fn post(address: &str, command: &str, order: &Value) -> Value {
    let host = address.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let (body, mut answer) = (order.to_string(), Vec::new());
    let request = format!(
        "POST /fake/{command} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{command}: {answer}");
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}
