//! An account of LocalStack, and our facade on it through a server that counts the calls.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use omnisecret::Secrets;
use omnisecret_aws_ps::ParameterStore;
use omnisecret_aws_sm::{Role, SecretsManager, Settings};
use omnisecret_aws_testkit::{Answer, AwsServer, Request};
use omnisecret_testkit::ManualClock;
use serde_json::{Map, Value};

use crate::case::{AwsCall, Case};
use crate::http;

/// The cache of ours lives so long. A case that sets another has its sleeps stretched.
const TTL: Duration = Duration::from_secs(15 * 60);

pub(crate) struct World {
    localstack: String,
    account: String,
    between: AwsServer,
    pub(crate) secrets: Secrets,
    clock: ManualClock,
    /// How much faster time goes for the case than for ours.
    pace: f64,
    saved: BTreeMap<String, String>,
}

impl World {
    /// With what is there before the case.
    pub(crate) async fn of(case: &Case, endpoint: &str) -> Self {
        let localstack = endpoint.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let address = localstack.clone();
        let between = AwsServer::start(move |request| forward(&address, request)).await;
        // LocalStack takes an access key id of twelve digits for the account.
        let account = fastrand::u64(100_000_000_000..1_000_000_000_000).to_string();
        let settings = settings(&between.url(), &account, &case.provider_kwargs);
        let clock = ManualClock::new();
        let secrets = Secrets::builder()
            .provider("aws.sm", SecretsManager::new(settings.clone()).expect("settings"))
            .provider("aws.ps", ParameterStore::new(settings).expect("settings"))
            .environment(|_| None)
            .clock(clock.clone())
            .build();
        let ttl =
            case.provider_kwargs.get("cache_args").and_then(|cache| cache["cache_ttl"].as_f64());
        let pace = ttl.map_or(1.0, |ttl| TTL.as_secs_f64() / ttl);
        let saved = BTreeMap::new();
        let mut world = Self { localstack, account, between, secrets, clock, pace, saved };
        for state in &case.state {
            let answer = world.call_aws(&state.call);
            if let (Some(name), Some(field)) = (&state.save, &state.field) {
                let value = answer[field].as_str().expect("a text to save").to_owned();
                world.saved.insert(format!("$saved.{name}"), value);
            }
        }
        world
    }

    /// A call past ours, which is not counted.
    pub(crate) fn call_aws(&self, call: &AwsCall) -> Value {
        let (service, namespace) = match call.service.as_str() {
            "secretsmanager" => ("secretsmanager", "secretsmanager"),
            "ssm" => ("ssm", "AmazonSSM"),
            service => panic!("no case speaks to {service}"),
        };
        let target = format!("{namespace}.{}", camel(&call.op));
        http::call_aws(&self.localstack, &self.account, service, &target, &plain(&call.params))
    }

    pub(crate) fn sleep(&self, seconds: f64) {
        self.clock.advance(Duration::from_secs_f64(seconds * self.pace));
    }

    /// The text itself, or what was saved under its name.
    pub(crate) fn resolve(&self, text: &str) -> String {
        self.saved.get(text).cloned().unwrap_or_else(|| text.to_owned())
    }

    /// The calls since the last time.
    pub(crate) fn take_calls(&self) -> Vec<String> {
        let calls = self.between.operations();
        self.between.forget();
        calls
    }
}

/// What the constructor of s1crets' provider takes, for ours.
fn settings(url: &str, account: &str, kwargs: &Map<String, Value>) -> Settings {
    let keys = BTreeMap::from([
        ("AWS_ACCESS_KEY_ID", account.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "made-up-secret-access-key".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
    ]);
    let mut settings = Settings::from_env_with(|name| keys.get(name).map(OsString::from))
        .region("us-east-1")
        .endpoint_url(url);
    let no_arguments = Map::new();
    let sts = kwargs.get("sts_args").and_then(Value::as_object).unwrap_or(&no_arguments);
    let text = |name: &str| sts.get(name).and_then(Value::as_str);
    if let Some(region) = text("aws_region") {
        settings = settings.region(region);
    }
    if let Some(arn) = text("RoleArn") {
        // Of the account that the secrets are in, as in the record.
        let mut role = Role::new(arn.replace("123456789012", account));
        if let Some(name) = text("RoleSessionName") {
            role = role.session_name(name);
        }
        if let Some(seconds) = sts.get("DurationSeconds").and_then(Value::as_u64) {
            role = role.duration(Duration::from_secs(seconds));
        }
        settings = settings.role(role);
    }
    settings
}

/// Passes a request on as it is, but for what belongs to the connection.
fn forward(localstack: &str, request: &Request) -> Answer {
    let own = ["host", "connection", "content-length", "transfer-encoding"];
    let headers: Vec<_> = request
        .headers
        .iter()
        .filter(|(name, _)| !own.contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let body = if request.form.is_empty() {
        request.json.to_string()
    } else {
        let fields = request.form.iter().map(|(name, value)| format!("{name}={}", escape(value)));
        fields.collect::<Vec<_>>().join("&")
    };
    let answer = http::post(localstack, &headers, body.as_bytes());
    Answer::new(answer.status, &answer.content_type, answer.body)
}

fn escape(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// `put_parameter` is `PutParameter`.
fn camel(name: &str) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    };
    name.split('_').map(capital).collect()
}

/// Bytes stand in the file as `{"$bytes": BASE64}`, and on the wire as base64.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(fields) => match fields.get("$bytes") {
            Some(bytes) => bytes.clone(),
            None => fields.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        },
        Value::Array(items) => items.iter().map(plain).collect(),
        value => value.clone(),
    }
}
