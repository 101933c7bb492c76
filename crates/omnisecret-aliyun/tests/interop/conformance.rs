//! The rules that every provider keeps, over the fake.

use std::collections::BTreeSet;
use std::sync::Mutex;

use omnisecret_aliyun::AliyunSm;
use omnisecret_core::SecretValue;
use omnisecret_testkit::{Harness, Seed};
use serde_json::json;

use crate::fake::Fake;

struct FakeHarness(Mutex<Option<Fake>>);

impl Harness for FakeHarness {
    type Provider = AliyunSm;

    const STAGES: [&'static str; 2] = ["ACSCurrent", "ACSPrevious"];
    const MAX_VALUE_BYTES: usize = 30_720;
    const ODD_NAMES: &'static [&'static str] = &[
        "app/with space",
        "app/\u{fc}",
        "app/u\u{308}",
        "app/密钥",
        "app/quotes\"'`",
        "app/100%",
        "app/%2e%2e",
        "app/a?b#c&d=e+f",
        "app/back\\slash",
        "app/*[x]{y}",
        "app/../up",
        "app/co:lon",
    ];

    async fn seeded(&self, seeds: &[Seed]) -> AliyunSm {
        let fake = Fake::start().await;
        let mut made = BTreeSet::new();
        for (name, value) in seeds {
            let kind = if value.is_text() { "text" } else { "binary" };
            let text = str::from_utf8(value.expose_bytes()).unwrap();
            if made.insert(name) {
                let secret = json!({
                    "SecretName": name, "SecretData": text, "VersionId": "v1",
                    "SecretDataType": kind,
                });
                fake.order("secret", secret).await;
            } else {
                fake.order("change", json!({ "name": name, "value": text })).await;
            }
        }
        let provider = fake.provider();
        *self.0.lock().unwrap() = Some(fake);
        provider
    }

    async fn change_outside(&self, _: &AliyunSm, path: &str, value: &SecretValue) {
        let fake = self.0.lock().unwrap().clone().unwrap();
        let order = json!({ "name": path, "value": value.expose_str().unwrap() });
        fake.order("change", order).await;
    }
}

omnisecret_testkit::conformance! {
    harness: FakeHarness(Mutex::default()),
    capabilities: [list, update, create, binary, version_id, version_stage, idempotent_update],
    with: [outside],
    skip: {
        empty_value_is_a_value: "the service keeps no empty value",
        update_to_the_empty_value_is_kept: "the service keeps no empty value",
        binary_comes_back_as_binary: "the service keeps text in UTF-8, as binary too",
        update_keeps_binary_binary: "the service keeps text in UTF-8, as binary too",
        whitespace_and_newlines_survive: "the service keeps no empty value",
    },
    ignore: "needs the Aliyun fake: cargo xtask interop",
}
