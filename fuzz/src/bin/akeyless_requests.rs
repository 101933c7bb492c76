//! The bodies of the three requests of Akeyless' gateway. The first byte chooses the operation.

#![cfg_attr(fuzzing, no_main)]

use omnisecret_akeyless::testkit::FakeGateway;
use omnisecret_akeyless::{Context, Id, Operations, Producer, Result, Revoked, Schema};
use serde_json::{Value, json};

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

/// What is in no body, and may be in no answer.
const SECRET: &str = "of the producer";

pub(crate) fn run(data: &[u8]) {
    let Some((first, body)) = data.split_first() else { return };
    let operation = ["create", "revoke", "rotate"][usize::from(first % 3)];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let gateway = FakeGateway::new(producer().router(), "");
    let answer = runtime
        .expect("a runtime")
        .block_on(async { gateway.send(operation, body.to_vec()).await });
    let error = answer.body["error"].as_str();
    match answer.status.as_u16() {
        200 => assert!(answer.body.is_object()),
        400 => assert!(error.is_some_and(|text| !text.contains(SECRET))),
        // A payload without an id is found out when there is a new one.
        500 if operation == "rotate" => assert!(error.is_some()),
        status => panic!("{operation}: {status}"),
    }
}

fn producer() -> Producer {
    let operations = Operations::new()
        .create_with_input_fn(|_: Context, payload: Value, input: Value| async move {
            Result::Ok(json!({"id": "a", "secret": SECRET, "payload": payload, "input": input}))
        })
        .revoke_fn(|_: Context, _: Value, _: Id| async { Result::Ok(Revoked::Done) })
        .id_field("id")
        .input_schema(Schema::new().optional("scope"));
    let producer = Producer::builder().operations(operations).without_authentication();
    producer.build().expect("a producer")
}
