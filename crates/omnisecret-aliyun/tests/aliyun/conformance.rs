//! The rules that every provider keeps.

use omnisecret_aliyun::AliyunSm;
use omnisecret_core::SecretValue;
use omnisecret_testkit::{Harness, Seed};

use crate::server::{KEY_SECRET, Server};
use crate::setup::provider;

/// Each provider of a case has a server of its own, which lives as long as the case.
struct KmsHarness(std::sync::Mutex<Vec<Server>>);

impl KmsHarness {
    fn new() -> Self {
        Self(std::sync::Mutex::default())
    }
}

impl Harness for KmsHarness {
    type Provider = AliyunSm;

    const STAGES: [&'static str; 2] = ["ACSCurrent", "ACSPrevious"];
    const MAX_VALUE_BYTES: usize = 30_720;
    const ODD_NAMES: &'static [&'static str] = &[
        "app/with space",
        "app/ at both ends ",
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
        "app/dot.dot",
        "app/co:lon",
        "app/-dash",
        "app/null",
        "APP/password",
    ];
    const INVALID_PATHS: &'static [&'static str] =
        &["", "app/tab\tand\nnewline", "acs:kms:cn-hangzhou:1234567890123456:key/abc"];

    async fn seeded(&self, seeds: &[Seed]) -> AliyunSm {
        let server = Server::start();
        for (name, value) in seeds {
            let text = str::from_utf8(value.expose_bytes()).expect("the service keeps text");
            server.put_typed(name, text, if value.is_text() { "text" } else { "binary" });
        }
        let provider = provider(&server);
        self.0.lock().expect("no panic").push(server);
        provider
    }

    async fn change_outside(&self, _: &AliyunSm, path: &str, value: &SecretValue) {
        let servers = self.0.lock().expect("no panic");
        servers.last().expect("a server").put(path, value.expose_str().expect("text"));
    }

    fn credentials(&self) -> Vec<SecretValue> {
        vec![KEY_SECRET.into()]
    }
}

omnisecret_testkit::conformance! {
    harness: KmsHarness::new(),
    capabilities: [list, update, create, binary, version_id, version_stage, idempotent_update],
    with: [outside, grammar],
    skip: {
        empty_value_is_a_value: "the service keeps no empty value",
        update_to_the_empty_value_is_kept: "the service keeps no empty value",
        binary_comes_back_as_binary: "the service keeps text in UTF-8, as binary too",
        update_keeps_binary_binary: "the service keeps text in UTF-8, as binary too",
        whitespace_and_newlines_survive: "the service keeps no empty value",
    },
}
