//! Requests of any form: an answer of the known form, and never a value in it.

use axum::body::Body;
use axum::http::Request;
use omnisecret_akeyless::testkit::FakeGateway;
use omnisecret_akeyless::{Context, Id, Operations, Producer, Result, Revoked};
use proptest::prelude::*;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::vendor::{Vendor, admin, gateway, open};

#[tokio::test]
async fn ids_that_are_gone_already_count_as_revoked() {
    let (_, gateway) = gateway(Vendor::new().operations());
    let answer = gateway.revoke(&admin(), &["never was", "key-9"]).await;
    assert_eq!(answer.body, json!({"revoked": ["never was", "key-9"], "message": ""}));
}

#[tokio::test]
async fn an_error_of_the_plain_form_is_one_key() {
    let (_, gateway) = gateway(Vendor::new().operations());
    let answer = gateway.send("create", "{").await;
    assert_eq!(answer.body, json!({"error": "Request body was not valid JSON"}));
}

#[tokio::test]
async fn a_request_id_comes_back_if_it_is_fit_for_a_log() {
    let producer = open(Vendor::new().operations()).build().expect("a producer");
    for (given, kept) in [("abc-1.2_3", true), ("a b", false), ("", false), ("é", false)] {
        let request = Request::post("/sync/create").header("x-request-id", given.as_bytes());
        let request = request.body(Body::empty()).expect("a request");
        let response = producer.router().oneshot(request).await.expect("an answer");
        let id = response.headers()["x-request-id"].to_str().expect("text");
        assert_eq!(id == given, kept, "{given:?}: {id:?}");
        assert_eq!(response.headers()["cache-control"], "no-store");
    }
}

fn any_producer() -> Producer {
    let create = |_: Context, payload: Value, input: Value| async move {
        Result::Ok(json!({"id": "a", "payload": payload, "input": input}))
    };
    let revoke = |_: Context, _: Value, _: Id| async { Result::Ok(Revoked::Done) };
    let operations =
        Operations::new().create_with_input_fn(create).revoke_fn(revoke).id_field("id");
    open(operations).build().expect("a producer")
}

/// Bodies that are nearly right, and some that are nothing like it.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let value = || {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
            Just(json!(r#"{"id": "a"}"#)),
            Just(json!(r#"{"id": 5, "id": [1]}"#)),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(".{0,4}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    };
    let shaped = (value(), value(), value(), value()).prop_map(|(payload, ids, input, client)| {
        json!({"payload": payload, "ids": ids, "input": input, "client_info": client})
            .to_string()
            .into_bytes()
    });
    let good = value().prop_map(|ids| {
        json!({"payload": r#"{"id": "a"}"#, "ids": [ids]}).to_string().into_bytes()
    });
    let cut = shaped.clone().prop_flat_map(|body| {
        let length = body.len();
        (Just(body), 0..length).prop_map(|(body, at)| body[..at].to_vec())
    });
    prop_oneof![shaped, good, cut, prop::collection::vec(any::<u8>(), 0..200)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_is_answered_in_the_known_form(body in bodies()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let gateway = FakeGateway::new(any_producer().router(), "");
            for operation in ["create", "revoke", "rotate"] {
                let answer = gateway.send(operation, body.clone()).await;
                match answer.status.as_u16() {
                    200 => assert!(answer.body.is_object(), "{answer:?}"),
                    400 => assert!(answer.body["error"].is_string(), "{answer:?}"),
                    // What a callable returns may be no payload.
                    500 if operation == "rotate" => {}
                    status => panic!("{operation}: {status} {answer:?}"),
                }
            }
        });
    }
}
