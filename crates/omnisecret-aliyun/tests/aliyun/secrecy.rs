//! No value, key, token or signature in what is logged at the finest level, printed or told.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use omnisecret_aliyun::{AliyunSm, CredentialsBuilder, Region, Signature};
use omnisecret_core::{
    GetOptions, ListOptions, Result, SecretProvider, SecretValue, UpdateOptions,
};
use omnisecret_testkit::canary::{CANARY, leaks, leaks_of};
use omnisecret_testkit::logs;

use crate::server::{KEY_SECRET, ROLE_SECRET, ROLE_TOKEN, Reply, Server};
use crate::setup::{access_key, builder, env};

const OIDC_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.an-oidc-token-of-a-service-account.c2lnbmF0dXJl";

/// Everything that is printed, to look through when all is done.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<String>>);

impl Told {
    fn tell(&self, what: &impl Debug) {
        *self.0.lock().expect("no panic") += &format!("{what:?}\n{what:#?}\n");
    }

    fn answer<T: Debug>(&self, answer: Result<T>) {
        self.tell(&answer);
        if let Err(error) = answer {
            let mut source = std::error::Error::source(&error);
            while let Some(inner) = source {
                self.tell(&inner);
                source = inner.source();
            }
            *self.0.lock().expect("no panic") += &format!("{error}\n{}\n", error.action());
        }
    }
}

async fn everything(provider: &AliyunSm, told: &Told) {
    told.tell(provider);
    told.tell(provider.info());
    told.answer(provider.get("app/canary").await);
    told.answer(provider.get("app/none").await);
    told.answer(provider.path_exists("app/canary").await);
    told.answer(provider.list("", &ListOptions::default()).await);
    told.answer(provider.get_by_path("").await);
    for answer in provider.get_many(&["app/canary", "app/none"], &GetOptions::default()).await {
        told.answer(answer);
    }
    let create = UpdateOptions::default().with_create_missing(true);
    for path in ["app/canary", "app/new"] {
        told.answer(provider.update_with(path, &CANARY.into(), &create).await);
        told.answer(provider.update(path, &SecretValue::binary(CANARY)).await);
    }
}

fn sources(server: &Server, token_file: &std::path::Path) -> Vec<CredentialsBuilder> {
    let base = || CredentialsBuilder::default().env_with(env([])).sts_endpoint(server.url());
    let role = "acs:ram::1234567890123456:role/reader";
    vec![
        access_key(),
        access_key().role_arn(role).sts_endpoint(server.url()),
        base()
            .role_arn(role)
            .oidc_provider_arn("acs:ram::1234567890123456:oidc-provider/ack")
            .oidc_token_file(token_file),
        base().ecs_role("").metadata_endpoint(server.url()),
        base().credentials_uri(format!("{}/credentials?token={OIDC_TOKEN}", server.url())),
    ]
}

#[test]
fn no_secret_shows_in_logs_errors_or_debug_whatever_is_done() {
    let told = Told::default();
    let server = Server::start();
    server.put("app/canary", CANARY);
    {
        let mut state = server.state();
        state.oidc_token = OIDC_TOKEN.to_owned();
        state.metadata.role = "web-role".to_owned();
        state.metadata.has_v2 = true;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, OIDC_TOKEN).expect("a file");
    let ((), log) = logs::capture(|| async {
        for credentials in sources(&server, &token_file) {
            told.tell(&credentials);
            let built = credentials.clone().build().expect("settings");
            told.answer(built.credentials().await);
            told.tell(&built);
            for signature in [Signature::Version3, Signature::Version1] {
                let settings = builder(&server).credentials(credentials.clone());
                told.tell(&settings);
                let provider = settings.signature(signature).build().expect("settings");
                everything(&provider, &told).await;
            }
        }
        // And what fails, with answers that quote.
        for (status, code) in [(400, "SignatureDoesNotMatch"), (502, "x y")] {
            server.fail("*", 40, status, code);
            for credentials in sources(&server, &token_file).into_iter().take(2) {
                let provider = builder(&server).credentials(credentials).build().expect("settings");
                everything(&provider, &told).await;
            }
            server.state().faults.clear();
        }
        let quoting = format!("{{\"VersionId\": [{CANARY:?}, {KEY_SECRET:?}] }}");
        let quoting = Reply::Full { status: 200, headers: Vec::new(), body: quoting };
        server.reply("GetSecretValue", 1, quoting);
        let region = || Region::default().endpoint(server.url());
        let two = AliyunSm::builder().regions([region(), region()]).credentials(access_key());
        let provider = two.timeout(Duration::from_secs(5)).build().expect("settings");
        everything(&provider, &told).await;
    });
    assert!(log.contains("credentials are not renewed"), "nothing was logged");
    let told = told.0.lock().expect("no panic").clone();
    assert!(told.contains("[REDACTED]"), "nothing was told");
    let secrets = [KEY_SECRET, ROLE_SECRET, ROLE_TOKEN, OIDC_TOKEN];
    for (place, text) in [("a log", &log), ("what is printed", &told)] {
        assert_eq!(leaks(text), None, "{place} shows a value");
        for secret in secrets {
            assert_eq!(leaks_of(secret.as_bytes(), text), None, "{place} shows {secret:?}");
        }
        assert!(!text.contains("Signature="), "{place} shows a signature");
    }
}
