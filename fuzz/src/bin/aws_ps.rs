//! What Parameter Store answers, read as `src/wire.rs` says. The letter is what is asked for.

#![cfg_attr(fuzzing, no_main)]

#[path = "../aws.rs"]
mod aws;
#[path = "../marker.rs"]
mod marker;
#[path = "../wire.rs"]
mod wire;

use std::sync::LazyLock;

use omnisecret_aws_ps::ParameterStore;
use omnisecret_core::{GetOptions, ListOptions, Secret, SecretProvider, UpdateOptions};
use serde_json::Value;
use wire::Service;

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

static STORE: LazyLock<(Service, ParameterStore)> = LazyLock::new(|| {
    let service = Service::new(aws::HEADERS);
    let store = ParameterStore::new(aws::settings(service.url())).expect("good settings");
    (service, store)
});

pub(crate) fn run(data: &[u8]) {
    let Some((operation, answer)) = wire::parse(data) else { return };
    let (service, store) = &*STORE;
    let body = answer.json();
    let agrees = |is_so: &dyn Fn(&Value) -> bool| body.as_ref().is_none_or(is_so);
    let call = async {
        let below = ListOptions::default().with_recursive(true);
        match operation {
            b'g' => {
                let got = store.get("/f/a").await?;
                assert!(agrees(&|body| body["Parameter"]["Value"] == text(&got)));
            }
            b'm' => {
                let names = ["/f/a", "/f/b", "/f/a"];
                let got = store.get_many(&names, &GetOptions::default()).await;
                for (name, secret) in names.into_iter().zip(got) {
                    let secret = secret?;
                    // What the batch does not have is asked for alone.
                    let is_there = |body: &Value| {
                        body["Parameter"]["Value"] == text(&secret)
                            || values(body, name).any(|value| value == text(&secret))
                    };
                    assert!(agrees(&is_there), "{name:?}");
                }
            }
            b'b' => {
                for (name, secret) in store.get_by_path_with("/f", &below).await? {
                    assert!(name.starts_with("/f/"), "{name:?}");
                    let is_there =
                        |body: &Value| values(body, &name).any(|value| value == text(&secret));
                    assert!(agrees(&is_there), "{name:?}");
                }
            }
            b'l' => {
                let entries = store.list("/f", &below).await?;
                assert!(entries.is_sorted_by(|one, other| one.path < other.path));
                for entry in entries {
                    assert!(entry.path.starts_with("/f/"), "{entry:?}");
                    let is_there =
                        |body: &Value| parameters(body).any(|it| it["Name"] == entry.path);
                    assert!(agrees(&is_there), "{entry:?}");
                }
            }
            b'e' => {
                let is_there = store.path_exists("/f/a").await?;
                let has_one = |body: &Value| {
                    body["Parameter"].is_object() || parameters(body).next().is_some()
                };
                assert!(agrees(&|body| has_one(body) == is_there));
            }
            b'u' => {
                let options = UpdateOptions::default().with_create_missing(true);
                store.update_with("/f/a", &"new".into(), &options).await?;
            }
            _ => {}
        }
        Ok(())
    };
    let (result, _) = service.ask([answer.clone()], call);
    match result {
        Ok(()) => assert!(answer.status == 200 || !b"gmblu".contains(&operation)),
        Err(error) => aws::check(&error, &answer),
    }
}

fn text(secret: &Secret) -> &str {
    secret.value().expose_str().expect("all are text")
}

fn parameters(body: &Value) -> impl Iterator<Item = &Value> {
    body["Parameters"].as_array().into_iter().flatten().filter(|it| !it.is_null())
}

/// The values of this name, or of this ARN: a body may have several.
fn values<'a>(body: &'a Value, name: &'a str) -> impl Iterator<Item = &'a str> {
    let is_it = move |it: &&Value| it["Name"] == name || it["ARN"] == name;
    parameters(body).filter(is_it).filter_map(|it| it["Value"].as_str())
}
