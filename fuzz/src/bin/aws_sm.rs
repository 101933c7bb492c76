//! What Secrets Manager answers, read as `src/wire.rs` says. The letter is what is asked for.

#![cfg_attr(fuzzing, no_main)]

#[path = "../aws.rs"]
mod aws;
#[path = "../marker.rs"]
mod marker;
#[path = "../wire.rs"]
mod wire;

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use omnisecret_aws_sm::SecretsManager;
use omnisecret_core::{GetOptions, ListOptions, Secret, SecretProvider, UpdateOptions};
use serde_json::Value;
use wire::Service;

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

static MANAGER: LazyLock<(Service, SecretsManager)> = LazyLock::new(|| {
    let service = Service::new(aws::HEADERS);
    let manager = SecretsManager::new(aws::settings(service.url())).expect("good settings");
    (service, manager)
});

pub(crate) fn run(data: &[u8]) {
    let Some((operation, answer)) = wire::parse(data) else { return };
    let (service, manager) = &*MANAGER;
    let body = answer.json();
    let agrees = |is_so: &dyn Fn(&Value) -> bool| body.as_ref().is_none_or(is_so);
    let call = async {
        let below = ListOptions::default().with_recursive(true);
        match operation {
            b'g' => {
                let secret = manager.get("a").await?;
                assert!(agrees(&|body| has_value(body, &secret)));
            }
            // The same with a description, which is read from the same body.
            b'd' => {
                let secret = manager.clone().with_describe(true).get("a").await?;
                assert!(agrees(&|body| has_value(body, &secret)));
            }
            b'm' => {
                let names = ["a", "b", "a"];
                let got = manager.get_many(&names, &GetOptions::default()).await;
                for (name, secret) in names.into_iter().zip(got) {
                    let secret = secret?;
                    let is_it = |it: &&Value| it["Name"] == name || it["ARN"] == name;
                    // What the batch does not have is asked for alone.
                    let is_there = |body: &Value| {
                        let mut entries = list(body, "SecretValues").filter(is_it);
                        has_value(body, &secret) || entries.any(|it| has_value(it, &secret))
                    };
                    assert!(agrees(&is_there), "{name}");
                }
            }
            b'l' => {
                let entries = manager.list("f", &below).await?;
                assert!(entries.is_sorted_by(|one, other| one.path < other.path));
                for entry in entries {
                    let is_it =
                        |it: &Value| it["Name"] == entry.path && it["DeletedDate"].is_null();
                    assert!(agrees(&|body| list(body, "SecretList").any(is_it)), "{entry:?}");
                    assert!(entry.path.starts_with("f/"), "{entry:?}");
                }
            }
            b'e' => drop(manager.path_exists("a").await?),
            b'u' => {
                let options = UpdateOptions::default().with_create_missing(true);
                manager.update_with("a", &"new".into(), &options).await?;
            }
            _ => {}
        }
        Ok(())
    };
    let (result, _) = service.ask([answer.clone()], call);
    match result {
        Ok(()) => assert!(answer.status == 200 || !b"gdmlu".contains(&operation)),
        Err(error) => aws::check(&error, &answer),
    }
}

fn list<'a>(body: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    body[name].as_array().into_iter().flatten()
}

/// Whether this is what the JSON has for a value, a text before bytes.
fn has_value(json: &Value, secret: &Secret) -> bool {
    let value = secret.value();
    match json["SecretString"].as_str() {
        Some(text) => value.is_text() && value.expose_bytes() == text.as_bytes(),
        None => {
            let bytes = json["SecretBinary"].as_str().map(|text| BASE64_STANDARD.decode(text));
            !value.is_text() && bytes == Some(Ok(value.expose_bytes().to_vec()))
        }
    }
}
