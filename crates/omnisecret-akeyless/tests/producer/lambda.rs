//! The recorded events of API Gateway and of a load balancer, through the same router.

use std::path::Path;

use lambda_http::request::LambdaRequest;
use lambda_http::{IntoResponse, RequestExt, Service};
use omnisecret_akeyless::{Context, Id, Operations, ProducerError, Result, lambda};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::vendor::open;

#[derive(Deserialize, Serialize)]
struct Payload {
    key: String,
    secret: String,
}

fn operations() -> Operations {
    Operations::new()
        .create_fn(|_: Context, payload: Payload| async move {
            let new = |text: String| format!("new-{text}");
            Ok::<_, ProducerError>(Payload { key: new(payload.key), secret: new(payload.secret) })
        })
        .revoke_fn(|_: Context, _: Payload, _: Id| async { Result::Ok(()) })
        .id_field("key")
        .old_credential(omnisecret_akeyless::OldCredential::RevokedBeforeTheAnswer)
}

/// Status and body that an event is answered with.
async fn answer(event: &Value, base_path: &str) -> (u16, Value) {
    let producer = open(operations()).base_path(base_path).build().expect("a producer");
    let mut event = event.clone();
    if event["resource"].is_string() {
        // API Gateway always gives it; those who recorded the events had no use for it.
        event["requestContext"]["httpMethod"] = event["httpMethod"].clone();
    }
    let request: LambdaRequest = serde_json::from_value(event).expect("an event");
    let request = lambda_http::Request::from(request);
    assert!(request.request_context_ref().is_some());
    let mut service = lambda::service(producer.router());
    let response = service.call(request).await.expect("an answer").into_response().await;
    let status = response.status().as_u16();
    (status, serde_json::from_slice(response.body().as_ref()).unwrap_or_default())
}

#[tokio::test]
async fn the_recorded_events_are_answered_as_over_http() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/transcripts.json");
    let json = std::fs::read(path).expect("the recorded events");
    let recorded: Value = serde_json::from_slice(&json).expect("JSON");
    let events = recorded["lambda"].as_array().expect("events");
    assert_eq!(events.len(), 16);
    for recorded in events {
        let name = recorded["name"].as_str().expect("a name");
        let base_path = recorded["config"]["url"].as_str().unwrap_or_default();
        let (status, body) = answer(&recorded["event"], base_path).await;
        let theirs = &recorded["response"];
        match name {
            // A named stage in the path is taken away; theirs is 404.
            "v2/named_stage_in_path" => assert_eq!((status, &body["id"]), (200, &json!("new-K0"))),
            // Theirs runs the callable whatever the method is.
            "v2/get" => assert_eq!(status, 405),
            // Theirs is plain text, or empty in its envelope.
            "v2/bad_json" | "v2/no_body" => {
                assert_eq!((status, &body["error"]), (400, &theirs["body"]), "{name}");
            }
            "v2/unknown_path" => assert_eq!(status, 404),
            _ => {
                let theirs_body = theirs["body"].as_str().expect("a body");
                let theirs_body: Value = serde_json::from_str(theirs_body).expect("JSON");
                assert_eq!(
                    (json!(status), &body),
                    (theirs["statusCode"].clone(), &theirs_body),
                    "{name}"
                );
            }
        }
    }
}

#[tokio::test]
async fn the_credentials_are_found_whatever_the_gateway_makes_of_the_header() {
    use omnisecret_akeyless::testkit::FakeAkeyless;
    use omnisecret_akeyless::{AkeylessCreds, Producer};

    let akeyless = FakeAkeyless::start().await;
    let token = akeyless.token("p-one");
    let body = r#"{"payload": "{\"key\": \"K0\", \"secret\": \"S0\"}"}"#;
    let rest = json!({
        "resource": "/{proxy+}", "path": "/sync/create", "httpMethod": "POST",
        "headers": {"AkeylessCreds": token}, "multiValueHeaders": {"AkeylessCreds": [token]},
        "queryStringParameters": null, "multiValueQueryStringParameters": null,
        "requestContext": {"stage": "prod", "requestId": "r", "httpMethod": "POST",
            "identity": {"sourceIp": "::1"}},
        "body": body, "isBase64Encoded": false,
    });
    let http = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": "/sync/create", "rawQueryString": "",
        "headers": {"akeylesscreds": token},
        "requestContext": {"accountId": "1", "apiId": "a", "stage": "$default", "requestId": "r",
            "http": {"method": "POST", "path": "/sync/create", "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1", "userAgent": "x"}},
        "body": body, "isBase64Encoded": false,
    });
    let producer = Producer::builder()
        .operations(operations())
        .creds(AkeylessCreds::of_gateways(["p-one"]).validate_url(akeyless.url()))
        .build()
        .expect("a producer");
    for event in [rest, http] {
        let request: LambdaRequest = serde_json::from_value(event).expect("an event");
        let request = lambda_http::Request::from(request);
        let response = lambda::service(producer.router()).call(request).await.expect("an answer");
        assert_eq!(response.status(), 200);
    }
}
