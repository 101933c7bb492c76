//! Dry runs are answered by the framework.

use omnisecret_akeyless::{
    Context, DryRun, FailureKind, Operations, ProducerError, Result, Schema,
};
use serde_json::{Value, json};

use super::vendor::{Payload, Vendor, admin, gateway, settled};

#[tokio::test]
async fn a_dry_run_creates_nothing_and_its_id_is_revoked_without_a_call() {
    let vendor = Vendor::new().never_revoking();
    let (producer, gateway) = gateway(vendor.operations());
    let answer = gateway.dry_run(&admin()).await;
    assert_eq!((answer.status.as_u16(), vendor.made()), (200, 0));
    assert_eq!(answer.body["response"], json!({}));
    let id = answer.body["id"].as_str().expect("an id");
    let revoked = gateway.revoke(&admin(), &[id]).await;
    assert_eq!(revoked.body, json!({"revoked": [id], "message": ""}));
    settled(&producer).await;
    assert_eq!(vendor.good(), ["key-0"]);
}

#[tokio::test]
async fn a_dry_run_of_a_payload_that_does_not_fit_says_so() {
    let (_, gateway) = gateway(Vendor::new().operations());
    let answer = gateway.dry_run(&json!({"ID": "key-0"})).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.body["error"], "'payload' has no key 'id'");
}

#[tokio::test]
async fn a_dry_run_needs_no_input() {
    #[derive(serde::Deserialize)]
    struct Input {
        scope: String,
    }
    let create = |_: Context, _: Value, input: Input| async move {
        Result::Ok(json!({"scope": input.scope}))
    };
    let operations = || {
        let schema = Schema::new().required("scope");
        Operations::new().create_with_input_fn(create).no_revoke().input_schema(schema)
    };
    let (_, lenient) = gateway(operations());
    assert_eq!(lenient.dry_run(&admin()).await.status, 200);
    assert_eq!(lenient.create(&admin()).await.status, 400);
    let input = json!({"scope": "read"});
    assert_eq!(lenient.create_with_input(&admin(), &input).await.status, 200);

    let (_, as_theirs) = gateway(operations().check_input_of_dry_runs());
    assert_eq!(as_theirs.dry_run(&admin()).await.status, 400);
}

#[tokio::test]
async fn the_hook_can_probe_and_can_have_it_executed() {
    let with = |verdict: Result<DryRun>| {
        let vendor = Vendor::new();
        let operations = vendor.operations().dry_run_fn(move |context: Context, _: Payload| {
            assert!(context.is_dry_run());
            let verdict = verdict.clone();
            async move { verdict }
        });
        (vendor, gateway(operations))
    };
    let (vendor, (_, gateway)) = with(Ok(DryRun::Answer));
    assert_eq!((gateway.dry_run(&admin()).await.status.as_u16(), vendor.made()), (200, 0));

    let (vendor, (_, gateway)) = with(Ok(DryRun::Execute));
    let answer = gateway.dry_run(&admin()).await;
    assert_eq!((&answer.body["id"], vendor.made()), (&json!("key-1"), 1));
    gateway.revoke(&admin(), &["key-1"]).await;
    assert_eq!(vendor.good(), ["key-0"]);

    let refused = ProducerError::new(FailureKind::Unauthenticated, "the vendor knows no such key");
    let (vendor, (_, gateway)) = with(Err(refused));
    let answer = gateway.dry_run(&admin()).await;
    assert_eq!((answer.status.as_u16(), vendor.made()), (401, 0));
    assert_eq!(answer.body["error"], "the vendor knows no such key");
}

#[tokio::test]
async fn a_real_id_that_looks_like_one_of_a_dry_run_is_refused_and_taken_back() {
    let revoked = std::sync::Arc::<std::sync::Mutex<Vec<String>>>::default();
    let noted = std::sync::Arc::clone(&revoked);
    let id = "omnisecret.dry-run.but-real";
    let operations = Operations::new()
        .create_fn(move |_: Context, _: Value| async move { Result::Ok(json!({"id": id})) })
        .revoke_fn(move |_: Context, _: Value, id: omnisecret_akeyless::Id| {
            noted.lock().expect("a list").push(id.as_str().to_owned());
            async { Result::Ok(()) }
        })
        .id_field("id");
    let (producer, gateway) = gateway(operations);
    let answer = gateway.create(&admin()).await;
    assert_eq!(answer.status, 500, "{answer:?}");
    settled(&producer).await;
    assert_eq!(*revoked.lock().expect("a list"), [id]);
}
