//! The OpenAPI document.

use omnisecret_akeyless::testkit::FakeAkeyless;
use omnisecret_akeyless::{AkeylessCreds, App, Producer};
use schemars::JsonSchema;
use tower::ServiceExt;

use super::vendor::Vendor;

#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its shape is of interest")]
struct Payload {
    /// The vendor's address.
    api_url: String,
}

#[tokio::test]
async fn the_document_has_the_paths_and_the_shape_of_the_payload() {
    let akeyless = FakeAkeyless::start().await;
    let producer = Producer::builder()
        .operations(Vendor::new().operations())
        .creds(AkeylessCreds::of_gateways(["p-one"]).validate_url(akeyless.url()))
        .base_path("vendor")
        .describe_payload::<Payload>()
        .build()
        .expect("a producer");
    let request = axum::http::Request::get("/openapi.json").body(axum::body::Body::empty());
    let app = App::new().producer(producer.clone()).router();
    let response = app.oneshot(request.expect("a request")).await.expect("an answer");
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    let document: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(document, producer.openapi());
    let create = &document["paths"]["/vendor/sync/create"]["post"];
    let schema = &create["requestBody"]["content"]["application/json"]["schema"];
    let payload = &schema["properties"]["payload"];
    assert_eq!(payload["type"], "string");
    let described = &payload["contentSchema"]["properties"]["api_url"];
    assert_eq!(described["description"], "The vendor's address.");
    assert!(create["security"][0]["AkeylessCreds"].is_array());
    assert!(document["paths"]["/vendor/sync/rotate"]["post"].is_object());
}
