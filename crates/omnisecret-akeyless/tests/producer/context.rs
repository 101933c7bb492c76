//! What a callable learns.

use std::time::Duration;

use axum::{Extension, Router};
use omnisecret_akeyless::testkit::{FakeAkeyless, FakeGateway};
use omnisecret_akeyless::{AkeylessCreds, Context, Create, Operations, Producer, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::vendor::{admin, open};

#[derive(Clone)]
struct Pool(&'static str);

/// A callable that is a type, with everything that it learns as its answer.
struct Tell;

#[derive(Deserialize)]
struct Input {
    scope: Option<String>,
}

impl Create for Tell {
    type Payload = Value;
    type Input = Input;
    type Output = Value;

    async fn create(&self, context: Context, payload: Value, input: Input) -> Result<Value> {
        assert!(context.remaining() <= Duration::from_secs(25));
        Ok(json!({
            "payload": payload,
            "whole": serde_json::from_str::<Value>(&context.payload().to_json()).ok(),
            "scope": input.scope,
            "whole_input": context.input().names().collect::<Vec<_>>(),
            "access_id": context.access_id(),
            "email": context.sub_claims().get("email"),
            "gateway": context.gateway_access_id(),
            "item": context.item_name(),
            "dry_run": context.is_dry_run(),
            "for_rotation": context.is_for_rotation(),
            "request_id": context.request_id().len(),
            "pool": context.extension::<Pool>().map(|pool| pool.0),
        }))
    }
}

#[tokio::test]
async fn a_callable_learns_who_asks_and_what_the_application_has() {
    let akeyless = FakeAkeyless::start().await;
    let producer = Producer::builder()
        .operations(Operations::new().create_with_input(Tell).no_revoke())
        .creds(AkeylessCreds::of_gateways(["p-one"]).validate_url(akeyless.url()))
        .build()
        .expect("a producer");
    let attaches = json!({"item_name": "/prod/db"}).to_string();
    let token = akeyless.token_of(&json!({"access_id": "p-one", "attaches": attaches}));
    let by_state = producer.router_for_state::<Pool>().with_state(Pool("a pool"));
    let by_layer = producer.router().layer(Extension(Pool("a pool")));
    for router in [by_state, by_layer] {
        let gateway = FakeGateway::new(router, &*token);
        let input = json!({"scope": "read", "id": "the user's", "more": 1});
        let answer = gateway.create_with_input(&admin(), &input).await;
        assert_eq!(
            answer.body["response"],
            json!({
                "payload": {"id": "key-0"},
                "whole": {"id": "key-0"},
                "scope": "read",
                "whole_input": ["id", "more", "scope"],
                "access_id": "p-user",
                "email": ["user@example.com"],
                "gateway": "p-one",
                "item": "/prod/db",
                "dry_run": false,
                "for_rotation": false,
                "request_id": 32,
                "pool": "a pool",
            })
        );
    }
}

#[tokio::test]
async fn a_producer_is_merged_and_nested_as_any_router() {
    let producer = |token: &'static str| {
        let make = move |_: Context, _: Value| async move { Result::Ok(json!({"token": token})) };
        open(Operations::new().create_fn(make).no_revoke()).build().expect("a producer")
    };
    let nested = Router::new().nest("/a/b", producer("nested").router());
    let app = nested.merge(producer("merged").router());
    for (path, token) in [("/a/b", "nested"), ("", "merged")] {
        let gateway = FakeGateway::new(app.clone(), "").base_path(path);
        assert_eq!(gateway.create(&admin()).await.body["response"], json!({"token": token}));
    }
}
