//! What cannot be built, and why.

use std::time::Duration;

use omnisecret_akeyless::{
    AkeylessCreds, Context, OldCredential, Operations, Producer, Result, Schema,
};
use omnisecret_core::ErrorKind;
use serde_json::{Value, json};

use super::vendor::{Vendor, open};

async fn make(_: Context, _: Value) -> Result<Value> {
    Ok(json!({}))
}

fn refused(operations: Operations) -> String {
    let error = open(operations).build().expect_err("a contradiction");
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    error.message().to_owned()
}

#[test]
fn operations_that_contradict_themselves_are_refused_with_the_reason() {
    let pair = || Vendor::new().operations();
    let create = || Operations::new().create_fn(make);
    for (operations, reason) in [
        (Operations::new(), "there is nothing to do"),
        (create(), "`create` without `revoke`"),
        (pair().no_revoke(), "`revoke` and `no_revoke`"),
        (pair().id_field(""), "`id_field` is empty"),
        (create().no_revoke().id_field("id"), "`id_field` without `revoke`"),
        (pair().rotate_fn(make).no_rotation(), "`rotate` and `no_rotation`"),
        (Operations::new().rotate_fn(make).no_revoke(), "`no_revoke` without `create`"),
        (Operations::new().no_rotation(), "`no_rotation` without `create`"),
        (pair().rotate_fn(make).old_credential(OldCredential::Kept), "`old_credential` without"),
        (create().no_revoke().old_credential(OldCredential::Kept), "`old_credential` without"),
        (pair().keep_payload_keys().no_rotation(), "`keep_payload_keys` and"),
        (pair().input_schema(Schema::new()), "`input_schema` without"),
        (pair().check_input_of_dry_runs(), "`check_input_of_dry_runs` without"),
    ] {
        let message = refused(operations);
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let builder = Producer::builder().create_path("a").revoke_path("a").max_body(0);
    let error = builder.build().expect_err("much is wrong");
    for fault in ["give `operations`", "give `creds`", "the same path", "a limit of nothing"] {
        assert!(error.message().contains(fault), "{error}");
    }
}

#[test]
fn a_producer_answers_nobody_in_particular_only_if_that_is_said() {
    let build = |builder: omnisecret_akeyless::ProducerBuilder| builder.build().map(drop);
    let operations = || Producer::builder().operations(Vendor::new().operations());
    build(operations()).expect_err("neither");
    build(operations().without_authentication()).expect("said");
    let creds = AkeylessCreds::of_gateways(["p-one"]);
    build(operations().creds(creds.clone())).expect("whose");
    build(operations().creds(creds.clone()).without_authentication()).expect_err("both");
    for creds in [
        AkeylessCreds::of_gateways(Vec::<String>::new()),
        AkeylessCreds::of_gateways([""]),
        creds.clone().cache_for(Duration::from_secs(60)),
        creds.clone().timeout(Duration::ZERO),
        creds.clone().item("no slash"),
        creds.clone().items_below("no slash"),
        creds.clone().validate_url("http://auth.example/validate"),
        creds.clone().validate_url("ftp://127.0.0.1/validate"),
        creds.clone().validate_url("no URL"),
    ] {
        build(operations().creds(creds.clone())).expect_err(&format!("{creds:?}"));
    }
    build(operations().creds(creds.validate_url("http://[::1]:1/validate"))).expect("here");
}
