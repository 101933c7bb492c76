//! Settings that are references become what they refer to, and nothing else changes.

use config::Config;
use figment::providers::Serialized;
use figment::{Figment, Profile};
use omnisecret::ErrorKind;
use omnisecret_config::{MARK, resolve_config, resolve_figment};
use omnisecret_testkit::Operation;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::secrets;

const SECRETS: &[(&str, &str)] =
    &[("a", "hunter2"), ("b", r#"{"user":"app","port":5432}"#), ("c", "omnisecret:p:a")];

/// Settings with references at the top, in tables, in lists, and in tables in lists.
fn settings() -> Value {
    json!({
        "top": "omnisecret:p:a",
        "plain": "p:a",
        "late": "see omnisecret:p:a",
        "number": 7,
        "table": { "user": "omnisecret:p:b#user", "kept": [1, 2] },
        "list": ["omnisecret:p:a", "kept", { "port": "omnisecret:p:b#port", "kept": true }],
        "again": "omnisecret:p:c",
    })
}

fn resolved() -> Value {
    json!({
        "top": "hunter2",
        "plain": "p:a",
        "late": "see omnisecret:p:a",
        "number": 7,
        "table": { "user": "app", "kept": [1, 2] },
        "list": ["hunter2", "kept", { "port": "5432", "kept": true }],
        "again": "omnisecret:p:a",
    })
}

fn figment(settings: &Value) -> Figment {
    Figment::from(Serialized::defaults(settings))
}

#[tokio::test]
async fn config_has_the_secrets_where_the_references_were() {
    let (secrets, provider) = secrets(SECRETS);
    let config = Config::try_from(&settings()).unwrap();
    let config = resolve_config(config, &secrets).await.unwrap();
    assert_eq!(config.try_deserialize::<Value>().unwrap(), resolved());
    assert_eq!((provider.count(Operation::GetMany), provider.calls().len()), (1, 1));
}

#[tokio::test]
async fn figment_has_the_secrets_where_the_references_were() {
    let (secrets, provider) = secrets(SECRETS);
    let figment = resolve_figment(figment(&settings()), &secrets).await.unwrap();
    assert_eq!(figment.extract::<Value>().unwrap(), resolved());
    assert_eq!((provider.count(Operation::GetMany), provider.calls().len()), (1, 1));
    assert_eq!(figment.find_metadata("table.user").unwrap().name, "omnisecret");
    assert_ne!(figment.find_metadata("table.kept").unwrap().name, "omnisecret");
}

#[tokio::test]
async fn only_the_selected_profile_of_a_figment_is_asked_for() {
    let (secrets, provider) = secrets(SECRETS);
    let profile =
        |profile: &str, reference: &str| Serialized::from(json!({ "x": reference }), profile);
    let figment = Figment::new()
        .merge(profile("production", "omnisecret:p:none"))
        .merge(profile("test", "omnisecret:p:a"))
        .select(Profile::new("test"));
    let figment = resolve_figment(figment, &secrets).await.unwrap();
    assert_eq!(figment.extract_inner::<String>("x").unwrap(), "hunter2");
    assert_eq!(provider.calls()[0].paths, ["a"]);
}

#[tokio::test]
async fn what_has_no_reference_costs_no_call_and_comes_back_as_it_was() {
    let (secrets, provider) = secrets(SECRETS);
    let plain = json!({ "a": "p:a", "b": ["omnisecret"], "c": null });
    let config = Config::try_from(&plain).unwrap();
    assert_eq!(resolve_config(config.clone(), &secrets).await.unwrap().cache, config.cache);
    let resolved = resolve_figment(figment(&plain), &secrets).await.unwrap();
    assert_eq!(resolved.metadata().count(), 1);
    assert_eq!(provider.calls(), []);
}

#[tokio::test]
async fn a_figment_with_an_error_keeps_it() {
    let (secrets, provider) = secrets(SECRETS);
    let broken = Figment::from(Serialized::defaults("no table")).merge(("x", "omnisecret:p:a"));
    let error = broken.extract::<Value>().unwrap_err().to_string();
    let after = resolve_figment(broken, &secrets).await.unwrap();
    assert_eq!(after.extract::<Value>().unwrap_err().to_string(), error);
    assert_eq!(provider.calls(), []);
}

#[tokio::test]
async fn every_setting_without_its_secret_is_named_and_no_text_that_is_no_reference() {
    let (secrets, _) = secrets(SECRETS);
    let settings = json!({
        "b": { "c": ["omnisecret:p:none"] },
        "a": "omnisecret:p:b#none",
        "d": "omnisecret:hunter3",
    });
    let before = "cannot bind d: not a reference: there is no ':'";
    let config = Config::try_from(&settings).unwrap();
    let error = resolve_config(config, &secrets).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::InvalidPath, before));
    let error = resolve_figment(figment(&settings), &secrets).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::InvalidPath, before));

    let settings = json!({ "b": { "c": ["omnisecret:p:none"] }, "a": "omnisecret:p:b#none" });
    let missing = "cannot bind a \"p:b#none\": no such key: \"none\"; \
        b.c.0 \"p:none\": no such secret";
    let config = Config::try_from(&settings).unwrap();
    let error = resolve_config(config, &secrets).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::NotFound, missing));
    let error = resolve_figment(figment(&settings), &secrets).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::NotFound, missing));
}

/// Settings of any shape, with references and other texts in them.
fn any_settings() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!("omnisecret:p:a")),
        Just(json!("omnisecret:p:b#user")),
        "[a-z:]{0,6}".prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{1,3}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    proptest::collection::btree_map("[a-z]{1,3}", value, 0..4)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

/// What should become of them, said in another way: by their text.
fn expected(settings: &Value) -> Value {
    let text = settings.to_string();
    let text = text.replace(&format!("\"{MARK}p:a\""), "\"hunter2\"");
    serde_json::from_str(&text.replace(&format!("\"{MARK}p:b#user\""), "\"app\"")).unwrap()
}

proptest! {
    #[test]
    fn settings_of_any_shape_keep_it(settings in any_settings()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (secrets, _) = secrets(SECRETS);
        let expected = expected(&settings);
        // As each library has them: one drops an empty list.
        let config = |settings| Config::try_from(settings).unwrap();
        let found = runtime.block_on(resolve_config(config(&settings), &secrets)).unwrap();
        prop_assert_eq!(found.cache, config(&expected).cache);
        let found = runtime.block_on(resolve_figment(figment(&settings), &secrets)).unwrap();
        let value = |figment: Figment| figment.extract::<Value>().unwrap();
        prop_assert_eq!(value(found), value(figment(&expected)));
    }
}
