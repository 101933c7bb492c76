//! An account of LocalStack, and our facade on it through a server that counts the calls.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use omnisecret::{Config, Secrets};
use omnisecret_aws_testkit::{Answer, AwsServer, Request};
use omnisecret_core::Result;
use omnisecret_testkit::ManualClock;
use serde_json::{Map, Value};

use crate::case::{AwsCall, Case};
use crate::http;

pub(crate) struct World {
    localstack: String,
    account: String,
    between: AwsServer,
    /// The facade, or why there is none.
    pub(crate) secrets: Result<Secrets>,
    clock: ManualClock,
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
        let clock = ManualClock::new();
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(&file, configuration(&between.url(), &account, &case.provider_kwargs))
            .expect("a file is written");
        let keys = BTreeMap::from([
            ("AWS_ACCESS_KEY_ID", account.clone()),
            ("AWS_SECRET_ACCESS_KEY", "made-up-secret-access-key".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]);
        let secrets = Config::load(file.path()).map(|config| {
            let builder = Secrets::builder().config(config).clock(clock.clone());
            builder.environment(move |name| keys.get(name).map(OsString::from)).build()
        });
        let saved = BTreeMap::new();
        let mut world = Self { localstack, account, between, secrets, clock, saved };
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
        let mut params = plain(&call.params);
        if call.op == "create_secret" {
            // As boto3 does by itself.
            params["ClientRequestToken"] = format!("{:032x}", fastrand::u128(..)).into();
        }
        http::call_aws(&self.localstack, &self.account, service, &target, &params)
    }

    pub(crate) fn sleep(&self, seconds: f64) {
        self.clock.advance(Duration::from_secs_f64(seconds));
    }

    /// The text itself, or what was saved under its name.
    pub(crate) fn resolve(&self, text: &str) -> String {
        self.saved.get(text).cloned().unwrap_or_else(|| text.to_owned())
    }

    /// The calls of AWS since the last time.
    pub(crate) fn take_calls(&self) -> Vec<Request> {
        let calls = self.between.requests();
        self.between.forget();
        calls
    }
}

/// What the constructor of s1crets' provider takes, as ours has it in its file.
fn configuration(url: &str, account: &str, kwargs: &Map<String, Value>) -> String {
    let mut settings = BTreeMap::from([("endpoint_url", format!("{url:?}"))]);
    settings.insert("region", "\"us-east-1\"".to_owned());
    let mut cache = BTreeMap::new();
    let of = |arguments: &Value| arguments.as_object().cloned().unwrap_or_default();
    for (name, arguments) in kwargs {
        assert!(["cache_args", "sts_args"].contains(&name.as_str()), "the argument {name} is new");
        for (name, value) in of(arguments) {
            match name.as_str() {
                "cache_size" => drop(cache.insert("max_entries", value.to_string())),
                "cache_ttl" => drop(cache.insert("ttl", format!("\"{value}s\""))),
                "aws_region" => drop(settings.insert("region", value.to_string())),
                "RoleArn" => {
                    // Of the account that the secrets are in, as in the record.
                    let arn = value.to_string().replace("123456789012", account);
                    settings.insert("role_arn", arn);
                }
                "RoleSessionName" => drop(settings.insert("session_name", value.to_string())),
                "DurationSeconds" => drop(settings.insert("duration", format!("\"{value}s\""))),
                // To no avail there, and unknown here.
                "boto_config" => drop(settings.insert("boto_config", "\"\"".to_owned())),
                name => panic!("the argument {name} is new"),
            }
        }
    }
    let mut text = String::new();
    for provider in ["aws.sm", "aws.ps"] {
        for (table, settings) in [("", &settings), (".cache", &cache)] {
            text += &format!("[providers.{provider:?}{table}]\n");
            settings.iter().for_each(|(name, value)| text += &format!("{name} = {value}\n"));
        }
    }
    text
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
