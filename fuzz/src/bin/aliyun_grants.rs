//! Temporary credentials as services of Alibaba Cloud hand them out, read as `src/wire.rs` says.
//! The letter is who is asked.

#![cfg_attr(fuzzing, no_main)]

#[path = "../marker.rs"]
mod marker;
#[path = "../wire.rs"]
mod wire;

use std::sync::{Arc, LazyLock};

use omnisecret_aliyun::{Credentials, CredentialsBuilder, FixedCredentials, ProvideCredentials};
use omnisecret_core::ErrorKind;
use serde_json::Value;
use wire::{Answer, Service};

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

const ROLES: &str = "/latest/meta-data/ram/security-credentials/";

struct Sources {
    service: Service,
    uri: Arc<dyn ProvideCredentials>,
    role: Arc<dyn ProvideCredentials>,
    instance: Arc<dyn ProvideCredentials>,
    attached: Arc<dyn ProvideCredentials>,
}

static SOURCES: LazyLock<Sources> = LazyLock::new(|| {
    let service = Service::new(&["x-acs-request-id", "retry-after"]);
    let builder = || {
        let builder = CredentialsBuilder::default().env_with(|_| None);
        builder.sts_endpoint(service.url()).metadata_endpoint(service.url())
    };
    let key = Credentials::access_key("LTAI5tExample", "made-up").expect("a key");
    let role = builder().provider(Arc::new(FixedCredentials::new(key)));
    let role = role.role_arn("acs:ram::1234567890123456:role/reader");
    let built = "good settings";
    Sources {
        uri: builder().credentials_uri(service.url()).build().expect(built),
        role: role.build().expect(built),
        instance: builder().ecs_role("app").build().expect(built),
        attached: builder().ecs_role("").build().expect(built),
        service,
    }
});

pub(crate) fn run(data: &[u8]) {
    let Some((who, answer)) = wire::parse(data) else { return };
    let token = Answer { status: 200, body: b"a token".to_vec(), ..Answer::default() };
    let json = answer.json();
    match who {
        b'u' => {
            asked(&SOURCES.uri, [answer], json.as_ref());
        }
        b's' => {
            asked(&SOURCES.role, [answer], json.as_ref().map(|json| &json["Credentials"]));
        }
        b'i' => {
            asked(&SOURCES.instance, [token, answer], json.as_ref());
        }
        // The same for a token: there may be none, and it is asked without.
        b't' => {
            asked(&SOURCES.instance, [answer], json.as_ref());
        }
        b'a' => names_a_role(&token, answer),
        _ => {}
    }
}

/// The name of the role is asked for, and then what is below it.
fn names_a_role(token: &Answer, named: Answer) {
    let granted = r#"{"AccessKeyId":"STS.x","AccessKeySecret":"x","SecurityToken":"x",
        "Expiration":"2100-01-01T00:00:00Z","Code":"Success"}"#;
    let grant = Answer { status: 200, body: granted.into(), ..Answer::default() };
    let name = String::from_utf8_lossy(&named.body).trim().lines().next().map(str::to_owned);
    let requests = asked(&SOURCES.attached, [token.clone(), named, grant], None);
    if let (Some(requests), Some(name)) = (requests, name) {
        let asked = requests.last().expect("a request");
        assert!(asked.starts_with(&format!("GET {ROLES}{} ", name.trim())), "{name:?}: {asked}");
    }
}

/// What was asked, if there are credentials: they are those of the JSON.
fn asked(
    source: &Arc<dyn ProvideCredentials>,
    answers: impl IntoIterator<Item = Answer>,
    json: Option<&Value>,
) -> Option<Vec<String>> {
    let (answer, requests) = SOURCES.service.ask(answers, source.credentials());
    let credentials = match answer {
        Ok(credentials) => credentials,
        Err(error) => {
            marker::assert_quotes_nothing(&error);
            // No secret is missing for that, and no path is wrong.
            let kinds = [ErrorKind::NotFound, ErrorKind::InvalidPath, ErrorKind::InvalidValue];
            assert!(!kinds.contains(&error.kind()), "{error}");
            return None;
        }
    };
    // Else they are kept, and nobody is asked the next time.
    source.refused(&credentials);
    let Some(json) = json else { return Some(requests) };
    let text = |name: &str| json[name].as_str().map(str::trim);
    let exposed = |value: Option<&omnisecret_core::SecretValue>| {
        value.map(|value| value.expose_str().expect("text").to_owned())
    };
    assert_eq!(Some(credentials.key_id()), text("AccessKeyId"));
    assert_eq!(exposed(credentials.secret()).as_deref(), text("AccessKeySecret"));
    assert_eq!(exposed(credentials.security_token()).as_deref(), text("SecurityToken"));
    assert!(credentials.expires().is_some() && json["Expiration"].is_string());
    Some(requests)
}
