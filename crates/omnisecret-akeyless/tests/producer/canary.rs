//! A made-up secret in payload, input, the vendor's answer and the token shows in no error, no log
//! and no `Debug`.

use omnisecret_akeyless::testkit::{Answer, FakeAkeyless, FakeGateway};
use omnisecret_akeyless::{
    AkeylessCreds, Context, Id, Operations, Producer, ProducerError, Result, Schema,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::log::Log;

const CANARY: &str = "canary-4f1c7a90be";

#[derive(Deserialize)]
#[allow(dead_code, reason = "what matters is how reading it fails")]
struct Payload {
    id: String,
    port: u16,
    mode: Mode,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Good,
    Bad,
}

fn operations() -> Operations {
    Operations::new()
        .create_with_input_fn(|context: Context, payload: Payload, input: Value| async move {
            // All of it goes through whatever a callable may print.
            tracing::info!(?context, payload = ?context.payload(), input = ?context.input());
            let _ = input;
            match payload.mode {
                Mode::Good if context.is_for_rotation() => {
                    Ok(json!({"id": format!("{CANARY}-new"), "secret": CANARY}))
                }
                Mode::Good => Ok(json!({"id": CANARY, "secret": CANARY})),
                Mode::Bad => Err(ProducerError::internal("the vendor's answer is not understood")),
            }
        })
        .revoke_fn(|_: Context, _: Payload, id: Id| async move {
            tracing::info!(?id);
            if id.as_str() == "no" { Err(ProducerError::refused("no")) } else { Result::Ok(()) }
        })
        .id_field("id")
        .keep_payload_keys()
        .input_schema(Schema::new().optional("scope"))
}

#[tokio::test]
async fn no_error_no_log_and_no_debug_shows_a_secret() {
    let log = Log::default();
    let _guard = log.capture();
    let akeyless = FakeAkeyless::start().await;
    let producer = Producer::builder()
        .operations(operations())
        .creds(AkeylessCreds::of_gateways(["p-one"]).validate_url(akeyless.url()))
        .build()
        .expect("a producer");
    let token = akeyless.token_of(&json!({"access_id": "p-one", "jti": CANARY}));
    let forged = akeyless.forged_token("p-one") + CANARY;
    let gateway = FakeGateway::new(producer.router(), &*token);
    let good = json!({"id": CANARY, "port": 1, "mode": "good"});
    let mut errors: Vec<Answer> = Vec::new();
    for payload in [
        json!({"id": CANARY, "port": CANARY, "mode": "good"}),
        json!({"id": CANARY, "port": 1, "mode": CANARY}),
        json!({"id": CANARY, "port": 1}),
        json!({"id": [CANARY], "port": 1, "mode": "good"}),
        json!({"id": CANARY, "port": 1, "mode": "bad"}),
        json!([CANARY]),
        json!(CANARY),
    ] {
        errors.push(gateway.create(&payload).await);
        errors.push(gateway.rotate(&payload).await);
    }
    errors.push(gateway.create_with_input(&good, &json!(CANARY)).await);
    errors.push(gateway.create_with_input(&good, &json!({CANARY: 1})).await);
    errors.push(gateway.create_with_input(&good, &json!({"scope": [CANARY]})).await);
    errors.push(gateway.revoke(&good, &["no"]).await);
    errors.push(gateway.send("create", format!("{{{CANARY}")).await);
    errors.push(gateway.send("create", json!({"payload": CANARY}).to_string()).await);
    errors.push(gateway.with_token(&*forged).create(&good).await);
    for error in &errors {
        assert!(error.status.is_client_error() || error.status == 500, "{error:?}");
        assert!(!error.body.to_string().contains(CANARY), "{error:?}");
    }
    // What is asked for is answered, and is still not in the log.
    assert_eq!(gateway.create(&good).await.body["id"], CANARY);
    assert_eq!(gateway.revoke(&good, &[CANARY]).await.status, 200);
    assert_eq!(gateway.rotate(&good).await.status, 200);
    assert!(producer.is_idle_within(std::time::Duration::from_secs(10)).await);
    drop(_guard);
    let log = log.text();
    assert!(log.contains("created") && log.contains("request_id"), "{log}");
    assert!(!log.contains(CANARY), "{log}");
    for part in token.split('.').filter(|part| part.len() > 8) {
        assert!(!log.contains(part), "a part of the token: {log}");
    }
    assert!(!format!("{producer:?} {gateway:?}").contains(CANARY));
}

#[tokio::test]
async fn what_is_left_over_is_named_by_its_fingerprint() {
    let log = Log::default();
    let _guard = log.capture();
    let operations = Operations::new()
        .create_fn(|_: Context, _: Value| async {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            Result::Ok(json!({"id": "a"}))
        })
        .revoke_fn(|_: Context, _: Value, _: Id| async {
            Err::<(), _>(ProducerError::refused("not now"))
        })
        .id_field("id");
    let (producer, gateway) = super::vendor::gateway(operations);
    let soon = std::time::Duration::from_millis(10);
    gateway.hang_up("create", &json!({"id": "b"}), soon).await;
    super::vendor::settled(&producer).await;
    drop(_guard);
    let log = log.text();
    // The first 16 digits of the SHA-256 of "a".
    let left = log.lines().find(|line| line.contains("a credential is left over"));
    assert!(left.is_some_and(|line| line.contains("ca978112ca1bbdca")), "{log}");
}
