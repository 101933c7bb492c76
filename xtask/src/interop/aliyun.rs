//! Alibaba Cloud: a fake that checks signatures by its own packages, the official clients, and ours.

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::Checks;
use crate::aliyun::{Fake, OfficialClients};
use crate::command::{CommandExt, cargo};
use crate::expect;

const DATA: &str = "crates/omnisecret-aliyun/tests/data";
const FLAVOURS: [&str; 4] =
    ["keyonly_aes", "pbes1_3des_sha1", "pbes2_aes256_sha256", "rc2_40_legacy"];

pub(super) fn check(checks: &mut Checks) -> Result<()> {
    let clients = OfficialClients::install()?;
    let fake = Fake::start()?;
    fake.order(
        "secret",
        &json!({
            "SecretName": "prod/db", "SecretData": "pässword#1 &+=", "VersionId": "v1",
        }),
    )?;
    fake.order("managed-user", &json!({ "user": "ops", "interval": "7d" }))?;
    let pem = std::fs::read_to_string(Path::new(DATA).join("client_key_pub.pem"))?;
    fake.order("client-key", &json!({ "id": "KAAP.fake-client-key", "pem": pem }))?;

    // What a real client accepts is a fake that ours may be tried on.
    let expected = json!({ "prod/db": "pässword#1 &+=" });
    let reads = |checks: &mut Checks, what: &str, scheme: &str, ask: &dyn Fn() -> Result<Value>| {
        checks.check(&format!("the official client reads {what}"), || {
            fake.order("calls", &json!({}))?;
            expect::json("values", &ask()?, &expected)?;
            let calls = fake.order("calls", &json!({}))?;
            expect::json("the way to sign", &calls[0]["scheme"], &scheme.into())
        });
    };
    let task = |more: Value| fake.task(&["prod/db"], more);
    reads(checks, "in its second generation", "acs3", &|| clients.v2(&task(json!({}))));
    reads(checks, "in its first generation", "v1", &|| {
        clients.v1(&task(json!({ "kind": "access-key" })))
    });
    for flavour in FLAVOURS {
        let key_file = format!("{DATA}/clientKey_{flavour}.json");
        let more = json!({
            "kind": "client-key", "key_file": key_file, "password": "ClientKeyPassw0rd!",
        });
        reads(checks, &format!("with a client key, {flavour}"), "v1-rsa", &|| {
            clients.v1(&task(more.clone()))
        });
    }
    reads(checks, "from a KMS instance", "dkms", &|| {
        clients.v1(&task(json!({
            "kind": "dkms",
            "endpoint": fake.https.trim_start_matches("https://"),
            "ca": fake.ca,
            "key_file": format!("{DATA}/clientKey_pbes1_3des_sha1.json"),
            "password": "ClientKeyPassw0rd!",
        })))
    });
    checks.check("the official managed credentials survive a rotation", || {
        let more = json!({ "kind": "managed", "control": fake.http });
        let answer = clients.v1(&fake.task(&["acs/ram/user/ops"], more))?;
        let user = "acs:ram::1234567890123456:user/ops";
        expect::json("callers", &answer, &json!({ "before": user, "after": user }))
    });
    checks.check("our tests pass on the same fake", || {
        cargo()
            .args(["test", "--package", "omnisecret-aliyun", "--all-features"])
            .args(["--test", "interop", "--", "--ignored"])
            .env("OMNISECRET_TEST_ALIYUN_URL", &fake.http)
            .run()
    });
    Ok(())
}
