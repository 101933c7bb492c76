//! Secrets under keys: named ones, and all below a prefix.

use std::collections::BTreeMap;

use config::Config;
use figment::Figment;
use figment::providers::Serialized;
use omnisecret::{ErrorKind, Memory, Result, SecretValue, Secrets};
use omnisecret_config::{Loaded, Loader};
use omnisecret_testkit::Operation;
use serde_json::{Value, json};

use crate::secrets;

const SECRETS: &[(&str, &str)] = &[
    ("prod/app/db/password", "hunter2"),
    ("prod/app/db/user", "app"),
    ("prod/app/key", "k1"),
    ("prod/apple", "none of ours"),
    ("prod/mail", r#"{"key":"m1"}"#),
];

async fn loaded(loader: Loader) -> Result<Loaded> {
    loader.load(&secrets(SECRETS).0).await
}

fn texts(loaded: &Loaded) -> BTreeMap<&str, &str> {
    let text = |key| (key, loaded.get(key).unwrap().expose_str().unwrap());
    loaded.keys().map(text).collect()
}

#[tokio::test]
async fn both_libraries_have_the_same_settings_of_it() {
    let loader = Loader::new()
        .below("p", "prod/app")
        .secret("mail.key", "p:prod/mail#key")
        .optional("mail.user", "p:prod/mail#user");
    let loaded = loaded(loader).await.unwrap();
    let expected = json!({
        "db": { "password": "hunter2", "user": "app", "host": "db.internal" },
        "key": "k1",
        "mail": { "key": "m1", "user": "from elsewhere" },
    });
    let others = json!({ "db": { "host": "db.internal", "user": "nobody" },
        "mail": { "user": "from elsewhere" } });
    let builder = Config::builder().add_source(Config::try_from(&others).unwrap());
    let config = builder.add_source(loaded.clone()).build().unwrap();
    assert_eq!(config.try_deserialize::<Value>().unwrap(), expected);
    let figment = Figment::from(Serialized::defaults(&others)).merge(&loaded);
    assert_eq!(figment.extract::<Value>().unwrap(), expected);
    assert_eq!(figment.find_metadata("key").unwrap().name, "omnisecret");
}

#[tokio::test]
async fn named_ones_are_one_call_and_come_before_the_listed() {
    let (secrets, provider) = secrets(SECRETS);
    let loader = Loader::new()
        .secret("key", "p:prod/mail#key")
        .below("p", "prod/app/")
        .secret("db.user", "p:prod/apple");
    let loaded = loader.load(&secrets).await.unwrap();
    let expected = [("db.password", "hunter2"), ("db.user", "none of ours"), ("key", "m1")];
    assert_eq!(texts(&loaded), expected.into());
    assert_eq!(provider.count(Operation::GetByPath), 1);
    assert_eq!((provider.count(Operation::GetMany), provider.calls().len()), (1, 2));
}

#[tokio::test]
async fn keys_that_cannot_stand_beside_each_other_are_refused() {
    for (loader, fault) in [
        (Loader::new().secret("a", "p:prod/apple").secret("a", "p:prod/mail"), "of two secrets"),
        (Loader::new().secret("a", "p:prod/apple").secret("a.b.c", "p:prod/mail"), "of a table"),
        (Loader::new().below("p", "prod/app/").secret("db", "p:prod/mail"), "of a table"),
        (Loader::new().below("p", "prod/app").below("p", "prod/app"), "of two secrets"),
        (Loader::new().secret("", "p:prod/apple"), "empty part"),
        (Loader::new().secret("a..b", "p:prod/apple"), "empty part"),
    ] {
        let error = loaded(loader).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        assert!(error.message().contains(fault), "{error}");
    }
    // Different keys for one secret stand in nobody's way.
    assert!(loaded(Loader::new().below("p", "prod/app").below("p", "prod/app/db")).await.is_ok());
}

#[tokio::test]
async fn what_a_configuration_cannot_hold_or_nobody_has_is_an_error() {
    let memory = Memory::from_iter([("a/b", SecretValue::binary([0xff]))]);
    let secrets = Secrets::builder().provider("p", memory).build();
    let error = Loader::new().below("p", "a").load(&secrets).await.unwrap_err();
    assert_eq!(error.to_string(), r#"p load "a/b": the value is binary, not text (invalid_value)"#);
    let both = Loader::new().secret("x", "p:a/b").secret("y", "p:none").optional("z", "hunter2");
    let error = both.load(&secrets).await.unwrap_err();
    assert_eq!(error.message(), "cannot bind z: not a reference: there is no ':'");
    let both = Loader::new().optional("x", "p:a/b").secret("y", "p:none");
    let error = both.load(&secrets).await.unwrap_err();
    assert_eq!(
        error.message(),
        "cannot bind x \"p:a/b\": the value is binary, not text (invalid_value); \
         y \"p:none\": no such secret (not_found)"
    );
    let error = Loader::new().below("nobody", "").load(&secrets).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
}
