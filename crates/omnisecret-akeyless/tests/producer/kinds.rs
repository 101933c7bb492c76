//! Several kinds of credential behind one path, chosen by the payload.

use omnisecret_akeyless::testkit::FakeGateway;
use omnisecret_akeyless::{Context, Operations, Producer, Result};
use serde_json::{Value, json};

fn token(text: &'static str) -> Operations {
    let make = move |_: Context, _: Value| async move { Result::Ok(json!({"token": text})) };
    Operations::new().create_fn(make).no_revoke()
}

#[tokio::test]
async fn the_payload_chooses_among_kinds() {
    let kinds = [("a", token("of a")), ("b", token("of b").no_rotation())];
    let producer = Producer::builder()
        .operations_by("type", kinds)
        .without_authentication()
        .build()
        .expect("a producer");
    let gateway = FakeGateway::new(producer.router(), "");
    for kind in ["a", "b"] {
        let answer = gateway.create(&json!({"type": kind})).await;
        assert_eq!(answer.body["response"]["token"], format!("of {kind}"));
    }
    for payload in [json!({"type": "hunter2"}), json!({}), json!({"type": 5})] {
        let answer = gateway.create(&payload).await;
        assert_eq!(answer.status, 400);
        assert!(!answer.body.to_string().contains("hunter2"), "{answer:?}");
    }
    assert_eq!(gateway.rotate(&json!({"type": "a"})).await.status, 200);
    assert_eq!(gateway.rotate(&json!({"type": "b"})).await.status, 404);
}

#[test]
fn kinds_have_names_of_their_own_and_sound_operations() {
    let builder = |kinds: Vec<(&'static str, Operations)>| {
        Producer::builder().operations_by("type", kinds).without_authentication().build()
    };
    builder(vec![]).expect_err("no kind");
    let twice = builder(vec![("a", token("1")), ("a", token("2"))]).expect_err("twice");
    assert!(twice.message().contains("a: two kinds"), "{twice}");
    let empty = builder(vec![("b", Operations::new())]).expect_err("nothing to do");
    assert!(empty.message().contains("b: there is nothing to do"), "{empty}");
}
