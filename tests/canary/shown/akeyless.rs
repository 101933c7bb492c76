//! Producers for Akeyless: what is set, what a callable gets, and what a gateway is told.

use std::sync::{Arc, Mutex};

use omnisecret_akeyless::testkit::{FakeAkeyless, FakeGateway};
use omnisecret_akeyless::{
    AkeylessCreds, App, Context, DryRun, Egress, ErrorFormat, FailureKind, Id, JsonObject, NoInput,
    OldCredential, Operations, Producer, ProducerError, Result, Revoked, Schema, ServeOptions,
    lambda,
};
use omnisecret_testkit::canary::CANARY;
use serde_json::{Value, json};

use super::{Shown, debug, display, plain, runtime};

/// What the callables have seen, as `Debug` shows it.
type Seen = Arc<Mutex<Vec<Shown>>>;

pub(super) fn all() -> Vec<Shown> {
    [settings(), runtime().block_on(requests())].into_iter().flatten().collect()
}

/// A producer that keeps what is given to it, and gives the canary.
fn operations(seen: &Seen) -> Operations {
    let (seen, ids) = (Arc::clone(seen), Arc::clone(seen));
    let create = move |context: Context, payload: Value, input: Value| {
        assert_eq!((&payload["key"], &input["key"]), (&json!(CANARY), &json!(CANARY)));
        let objects = [context.payload(), context.input()];
        let mut seen = seen.lock().expect("no panic");
        seen.push(debug("omnisecret_akeyless::json::object::JsonObject", &objects));
        seen.push(debug("omnisecret_akeyless::context::Context", &context));
        async { Result::Ok(json!({ "id": CANARY, "key": CANARY })) }
    };
    let revoke = move |_: Context, _: Value, id: Id| {
        assert_eq!(id.as_str(), CANARY);
        ids.lock().expect("no panic").push(debug("omnisecret_akeyless::id::Id", &id));
        async { Result::Ok(()) }
    };
    Operations::new().create_with_input_fn(create).revoke_fn(revoke).id_field("id")
}

/// What comes of a request with the canary in its payload, its input, its id and its token.
async fn requests() -> Vec<Shown> {
    let akeyless = FakeAkeyless::start().await;
    let creds = AkeylessCreds::of_gateways(["p-one"]).validate_url(akeyless.url());
    let seen = Seen::default();
    let builder = Producer::builder().operations(operations(&seen)).creds(creds.clone());
    let producer = builder.clone().build().expect("the settings are complete");
    let token = akeyless.token_of(&json!({ "access_id": "p-one", "jti": CANARY }));
    let gateway = FakeGateway::new(producer.router(), token);
    let payload = json!({ "key": CANARY });
    let created = gateway.create_with_input(&payload, &payload).await;
    assert_eq!(created.body["response"]["key"], CANARY, "status {}", created.status);
    assert_eq!(gateway.revoke(&payload, &[CANARY]).await.status, 200);
    // An answer is for a test to look at, and shows its body: that of an error has no secret in it.
    let answer = gateway.send("create", json!({ "payload": CANARY }).to_string()).await;
    assert_eq!(answer.status, 400);
    let app = App::new().producer(producer.clone());
    let service = lambda::service(app.router());
    let mut shown = std::mem::take(&mut *seen.lock().expect("no panic"));
    shown.extend([
        debug("omnisecret_akeyless::auth::AkeylessCreds", &creds),
        debug("omnisecret_akeyless::hosting::App", &app),
        debug("omnisecret_akeyless::lambda::LambdaService", &service),
        debug("omnisecret_akeyless::operations::Operations", &operations(&seen)),
        debug("omnisecret_akeyless::producer::Producer", &producer),
        debug("omnisecret_akeyless::producer::builder::ProducerBuilder", &builder),
        debug("omnisecret_akeyless::testkit::akeyless::FakeAkeyless", &akeyless),
        debug("omnisecret_akeyless::testkit::gateway::Answer", &answer),
        debug("omnisecret_akeyless::testkit::gateway::FakeGateway", &gateway),
    ]);
    shown
}

fn settings() -> Vec<Shown> {
    let egress = Egress::to_hosts(["vendor.example"]);
    let address = format!("https://user:{0}@other.example/{0}", plain());
    let post = "POST".parse().expect("a method");
    let request = runtime().block_on(egress.request(post, &address)).map(drop);
    assert!(request.is_err(), "another host is not to be reached");
    let tls = ServeOptions::new().tls(CANARY.as_bytes(), CANARY.as_bytes());
    assert!(tls.is_err(), "it is no certificate");
    let no_object = JsonObject::from_serialize(&CANARY).expect_err("a text is no object");
    let of_provider = ProducerError::from(super::error());
    vec![
        debug("omnisecret_akeyless::callables::DryRun", &DryRun::Answer),
        debug("omnisecret_akeyless::callables::NoInput", &NoInput::default()),
        debug("omnisecret_akeyless::callables::Revoked", &Revoked::Done),
        debug("omnisecret_akeyless::egress::Egress", &(egress, request)),
        debug("omnisecret_akeyless::error::FailureKind", &FailureKind::Internal),
        display("omnisecret_akeyless::error::ProducerError", &of_provider),
        display("omnisecret_akeyless::error::ProducerError", &no_object),
        debug("omnisecret_akeyless::format::ErrorFormat", &ErrorFormat::Plain),
        debug("omnisecret_akeyless::hosting::serve::ServeOptions", &(ServeOptions::new(), tls)),
        debug("omnisecret_akeyless::operations::OldCredential", &OldCredential::default()),
        debug("omnisecret_akeyless::schema::Schema", &Schema::new().required("key")),
    ]
}
