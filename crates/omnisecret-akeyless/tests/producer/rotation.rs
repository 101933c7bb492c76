//! Rotation checks before it revokes.

use omnisecret_akeyless::{Context, Id, OldCredential, Operations, Result};
use serde_json::{Value, json};

use super::vendor::{Vendor, admin, gateway, settled};

fn new_payload(answer: &omnisecret_akeyless::testkit::Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    let text = answer.body["payload"].as_str().expect("a text");
    serde_json::from_str(text).expect("JSON in it")
}

#[tokio::test]
async fn the_new_credential_works_and_the_old_one_is_gone() {
    for fate in [OldCredential::RevokedAfterTheAnswer, OldCredential::RevokedBeforeTheAnswer] {
        let vendor = Vendor::new();
        let (producer, gateway) = gateway(vendor.operations().old_credential(fate));
        let new = new_payload(&gateway.rotate(&admin()).await);
        settled(&producer).await;
        assert_eq!(vendor.good(), ["key-1"], "{fate:?}");
        assert_eq!(gateway.create(&new).await.status, 200);
        assert_eq!(gateway.create(&admin()).await.status, 400);
    }
}

#[tokio::test]
async fn the_old_credential_can_be_kept() {
    let vendor = Vendor::new();
    let operations = vendor.operations().old_credential(OldCredential::Kept);
    let (producer, gateway) = gateway(operations);
    new_payload(&gateway.rotate(&admin()).await);
    settled(&producer).await;
    assert_eq!(vendor.good(), ["key-0", "key-1"]);
}

#[tokio::test]
async fn a_failed_revocation_does_not_lose_the_new_credential() {
    for fate in [OldCredential::RevokedAfterTheAnswer, OldCredential::RevokedBeforeTheAnswer] {
        let vendor = Vendor::new().never_revoking();
        let (producer, gateway) = gateway(vendor.operations().old_credential(fate));
        let new = new_payload(&gateway.rotate(&admin()).await);
        settled(&producer).await;
        assert_eq!(new["id"], "key-1");
        assert_eq!(vendor.good(), ["key-0", "key-1"]);
    }
}

#[tokio::test]
async fn unknown_keys_of_the_payload_are_kept_by_choice() {
    let payload = json!({"base_url": "https://x", "id": "key-0", "secret": "old", "n": 1.50});
    let (_, gateway_of_new_alone) = gateway(Vendor::new().operations());
    let new = new_payload(&gateway_of_new_alone.rotate(&payload).await);
    assert_eq!(new, json!({"id": "key-1", "secret": "from the vendor"}));

    let (_, gateway) = gateway(Vendor::new().operations().keep_payload_keys());
    let text = gateway.rotate(&payload).await.body["payload"].as_str().expect("text").to_owned();
    let kept = r#"{"id": "key-1", "secret": "from the vendor", "base_url": "https://x", "n": 1.5}"#;
    assert_eq!(text, kept);
}

/// Operations whose create gives this, and whose revoke notes what it is told in the log of calls.
fn giving(new: Value, revoked: &std::sync::Arc<std::sync::Mutex<Vec<String>>>) -> Operations {
    #[derive(serde::Deserialize)]
    struct Payload {
        #[serde(rename = "id")]
        _id: String,
    }
    let revoked = std::sync::Arc::clone(revoked);
    Operations::new()
        .create_fn(move |_: Context, _: Payload| {
            let new = new.clone();
            async move { Result::Ok(new) }
        })
        .revoke_fn(move |_: Context, _: Payload, id: Id| {
            revoked.lock().expect("a list").push(id.as_str().to_owned());
            async { Result::Ok(()) }
        })
        .id_field("id")
}

#[tokio::test]
async fn what_is_no_payload_is_taken_back_and_the_old_credential_stays() {
    for (new, taken_back) in [
        (json!({"secret": "no id"}), vec![]),
        (json!({"id": 7, "secret": "not a text, which the payload has"}), vec!["7"]),
        (json!("no object"), vec![]),
    ] {
        let revoked = std::sync::Arc::default();
        let (producer, gateway) = gateway(giving(new.clone(), &revoked));
        let answer = gateway.rotate(&json!({"id": "old"})).await;
        assert_eq!(answer.status, 500, "{new}: {answer:?}");
        settled(&producer).await;
        assert_eq!(*revoked.lock().expect("a list"), taken_back, "{new}");
    }
}

#[tokio::test]
async fn a_new_credential_with_the_old_id_is_not_revoked() {
    let revoked = std::sync::Arc::default();
    let (producer, gateway) = gateway(giving(json!({"id": "old", "secret": "new"}), &revoked));
    let payload = json!({"id": "old"});
    assert_eq!(new_payload(&gateway.rotate(&payload).await)["secret"], "new");
    // Nor if nobody waits for it.
    gateway.turn_away("rotate", &payload).await;
    settled(&producer).await;
    assert!(revoked.lock().expect("a list").is_empty());
}

#[tokio::test]
async fn nothing_is_created_where_the_old_credential_could_not_be_revoked() {
    for id in [json!(null), json!(""), json!(true), json!([1])] {
        let vendor = Vendor::new();
        let (_, gateway) = gateway(vendor.operations());
        let answer = gateway.rotate(&json!({"id": id})).await;
        assert_eq!((answer.status.as_u16(), vendor.made()), (400, 0), "{id}: {answer:?}");
    }
}

#[tokio::test]
async fn one_payload_is_rotated_by_one_request_at_a_time() {
    let vendor = Vendor::new().slow(std::time::Duration::from_millis(100));
    let (producer, gateway) = gateway(vendor.operations());
    let payload = admin();
    let (a, b) = tokio::join!(gateway.rotate(&payload), gateway.rotate(&payload));
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    settled(&producer).await;
    assert_eq!(vendor.good(), ["key-1"]);
}

#[tokio::test]
async fn a_rotation_of_its_own_gives_what_it_returns() {
    let operations = Operations::new().rotate_fn(|_: Context, payload: Value| async move {
        Result::Ok(json!({"id": payload["id"], "secret": "rotated é"}))
    });
    let (_, gateway) = gateway(operations);
    let answer = gateway.rotate(&admin()).await;
    // As Python's json.dumps writes it.
    assert_eq!(answer.body["payload"], r#"{"id": "key-0", "secret": "rotated \u00e9"}"#);
    assert_eq!(gateway.create(&admin()).await.status, 400);
    assert_eq!(gateway.revoke(&admin(), &["a"]).await.body["revoked"], json!(["a"]));
}

#[tokio::test]
async fn no_rotation_leaves_nothing_at_that_path() {
    let (_, gateway) = gateway(Vendor::new().operations().no_rotation());
    assert_eq!(gateway.rotate(&admin()).await.status, 404);
}
