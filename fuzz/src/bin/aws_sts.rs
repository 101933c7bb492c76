//! What STS answers to AssumeRole, read as `src/wire.rs` says. The letter means nothing.

#![cfg_attr(fuzzing, no_main)]

#[path = "../aws.rs"]
mod aws;
#[path = "../marker.rs"]
mod marker;
#[path = "../wire.rs"]
mod wire;

use std::sync::LazyLock;

use omnisecret_aws_ps::{ParameterStore, Role};
use omnisecret_core::SecretProvider;
use wire::{Answer, Service};

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

const CA: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/omnisecret-aliyun/tests/data/ca.pem");

static SERVICE: LazyLock<Service> = LazyLock::new(|| Service::new(aws::HEADERS));

pub(crate) fn run(data: &[u8]) {
    let Some((_, answer)) = wire::parse(data) else { return };
    // A new one each time: the credentials of a role are kept, and so is that there are none.
    // The system's authorities take longer to read than all the rest.
    let role = Role::new("arn:aws:iam::123456789012:role/reader");
    let settings = aws::settings(SERVICE.url()).role(role).ca_file(CA);
    let store = ParameterStore::new(settings).expect("good settings");
    let parameter = Answer {
        status: 200,
        body: br#"{"Parameter":{"Name":"/a","Value":"b"}}"#.to_vec(),
        ..Answer::default()
    };
    let (secret, requests) =
        SERVICE.ask([answer.clone(), parameter], async { store.get("/a").await });
    match secret {
        Ok(_) => {
            assert_eq!(answer.status, 200);
            signed_with_what_was_answered(&requests[1], &answer.body);
        }
        Err(error) => aws::check(&error, &answer),
    }
}

fn signed_with_what_was_answered(request: &str, body: &[u8]) {
    let body = String::from_utf8_lossy(body);
    // Text with entities in it is not what it looks like.
    if body.contains('&') {
        return;
    }
    let (_, rest) = request.split_once("Credential=").expect("it is signed");
    let (key_id, _) = rest.split_once('/').expect("a scope behind the key");
    assert!(!key_id.is_empty() && body.contains(key_id), "{request}");
}
