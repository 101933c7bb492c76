//! What KMS of Alibaba Cloud answers, read as `src/wire.rs` says. The letter is what is asked for,
//! `k` of a KMS instance, which answers in protobuf.

#![cfg_attr(fuzzing, no_main)]

#[path = "../marker.rs"]
mod marker;
#[path = "../wire.rs"]
mod wire;

use std::sync::LazyLock;

use omnisecret_aliyun::{
    AliyunSm, ClientKeyFile, ClientKeyPassword, CredentialsBuilder, KmsInstance, ServiceError,
};
use omnisecret_core::{
    Error, ErrorKind, GetOptions, ListOptions, Secret, SecretProvider, UpdateOptions,
};
use serde_json::Value;
use wire::{Answer, Service};

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

const KEY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../crates/omnisecret-aliyun/tests/data/clientKey_keyonly_aes.json"
);

struct Kms {
    service: Service,
    region: AliyunSm,
    instance: AliyunSm,
}

static KMS: LazyLock<Kms> = LazyLock::new(|| {
    let headers = &["x-acs-request-id", "x-acs-retry-after", "retry-after"];
    let service = Service::new(headers);
    let variable = |name: &str| match name {
        "ALIBABA_CLOUD_ACCESS_KEY_ID" => Some("LTAI5tExample".into()),
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET" => Some("made-up".into()),
        _ => None,
    };
    let credentials = CredentialsBuilder::default().env_with(variable);
    let region = AliyunSm::builder().endpoint(service.url()).credentials(credentials.clone());
    let password = ClientKeyPassword::Value("ClientKeyPassw0rd!".into());
    let key = ClientKeyFile::new(KEY, password).expect("a password");
    let instance = AliyunSm::builder()
        .kms_instance(KmsInstance::new(service.url(), key))
        .expect("an endpoint")
        .credentials(credentials);
    let built = "good settings";
    Kms { region: region.build().expect(built), instance: instance.build().expect(built), service }
});

pub(crate) fn run(data: &[u8]) {
    let Some((operation, answer)) = wire::parse(data) else { return };
    let Kms { service, region, instance } = &*KMS;
    let body = answer.json();
    let agrees = |is_so: &dyn Fn(&Value) -> bool| body.as_ref().is_none_or(is_so);
    let call = async {
        let below = ListOptions::default().with_recursive(true);
        match operation {
            b'g' => {
                let secret = region.get("a").await?;
                assert!(agrees(&|body| has_value(body, &secret)));
            }
            b'k' => {
                let secret = instance.get("a").await?;
                // A text in protobuf lies there as it is.
                let value = secret.expose_bytes();
                assert!(value.is_empty() || answer.body.windows(value.len()).any(|it| it == value));
            }
            b'm' => {
                let names = ["a", "b", "a"];
                let got = region.get_many(&names, &GetOptions::default()).await;
                for (name, secret) in names.into_iter().zip(got) {
                    let secret = secret?;
                    let is_it = |it: &&Value| it["SecretName"] == name;
                    // What the batch does not have is asked for alone.
                    let is_there = |body: &Value| {
                        let mut entries = list(&body["SecretValues"]).filter(is_it);
                        has_value(body, &secret) || entries.any(|it| has_value(it, &secret))
                    };
                    assert!(agrees(&is_there), "{name}");
                }
            }
            b'l' => {
                let entries = region.list("f", &below).await?;
                assert!(entries.is_sorted_by(|one, other| one.path < other.path));
                for entry in entries {
                    assert!(entry.path.starts_with("f/"), "{entry:?}");
                    let is_it = |it: &Value| it["SecretName"] == entry.path;
                    let is_there = |body: &Value| list(&body["SecretList"]["Secret"]).any(is_it);
                    assert!(agrees(&is_there), "{entry:?}");
                }
            }
            b'e' => drop(region.path_exists("a").await?),
            b'u' => {
                let options = UpdateOptions::default().with_create_missing(true);
                region.update_with("a", &"new".into(), &options).await?;
            }
            _ => {}
        }
        Ok(())
    };
    let (result, _) = service.ask([answer.clone()], call);
    match result {
        Ok(()) => assert!(answer.status == 200 || !b"gkmlu".contains(&operation)),
        Err(error) => check(&error, &answer, operation),
    }
}

fn check(error: &Error, answer: &Answer, operation: u8) {
    marker::assert_quotes_nothing(error);
    if answer.status == 200 {
        // A batch has an error for each secret, and a listing does not go on for ever.
        let kinds = [ErrorKind::Unexpected, ErrorKind::NotFound];
        let is_told = matches!(operation, b'm' | b'l');
        return assert!(is_told || kinds.contains(&error.kind()), "{error}");
    }
    let service = ServiceError::of(error).expect("an answer of a service");
    assert_eq!(service.status(), answer.status);
    let first = answer.body.trim_ascii_start().first();
    if operation != b'k' && !matches!(first, Some(b'{' | b'[')) {
        let by_status = match answer.status {
            401 => ErrorKind::Unauthenticated,
            403 => ErrorKind::PermissionDenied,
            429 => ErrorKind::Throttled,
            500 => ErrorKind::Unavailable,
            _ => ErrorKind::Unexpected,
        };
        assert_eq!(error.kind(), by_status, "{error}");
    }
}

fn list(json: &Value) -> impl Iterator<Item = &Value> {
    json.as_array().into_iter().flatten()
}

fn has_value(json: &Value, secret: &Secret) -> bool {
    let is_text = json["SecretDataType"] != "binary";
    let value = secret.value();
    value.is_text() == is_text
        && json["SecretData"].as_str().map(str::as_bytes) == Some(value.expose_bytes())
}
