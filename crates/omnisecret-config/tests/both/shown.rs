//! What shows a value, and what does not.

use std::collections::BTreeMap;

use config::Config;
use figment::Figment;
use omnisecret::SecretValue;
use omnisecret_config::{
    Loader, optional_secret_value, resolve_config, resolve_figment, secret_value,
};
use omnisecret_testkit::canary::{CANARY, leaks};
use serde::Deserialize;
use serde_json::json;

use crate::secrets;

#[derive(Debug, Deserialize)]
struct Safe {
    #[serde(deserialize_with = "secret_value")]
    password: SecretValue,
    #[serde(default, deserialize_with = "optional_secret_value")]
    key: Option<SecretValue>,
}

#[derive(Debug, Deserialize)]
struct Unsafe {
    #[serde(rename = "password")]
    _password: u16,
}

/// The danger that the README tells of. Where this fails, the libraries have become better.
#[tokio::test]
async fn the_libraries_themselves_show_values() {
    let (secrets, _) = secrets(&[("a", CANARY)]);
    let loaded = Loader::new().secret("password", "p:a").load(&secrets).await.unwrap();
    let config = Config::builder().add_source(loaded.clone()).build().unwrap();
    let figment = Figment::from(loaded);
    assert!(leaks(&format!("{config:?}")).is_some());
    assert!(leaks(&format!("{figment:?}")).is_some());
    let error = config.try_deserialize::<Unsafe>().unwrap_err();
    assert!(leaks(&error.to_string()).is_some(), "{error}");
    let error = figment.extract::<Unsafe>().unwrap_err();
    assert!(leaks(&error.to_string()).is_some(), "{error}");
}

#[tokio::test]
async fn a_secret_value_comes_out_of_both_without_showing() {
    let (secrets, _) = secrets(&[("a", CANARY)]);
    let settings = json!({ "password": "omnisecret:p:a", "key": "omnisecret:p:a" });
    let config = Config::try_from(&settings).unwrap();
    let config = resolve_config(config, &secrets).await.unwrap();
    let figment = Figment::from(figment::providers::Serialized::defaults(&settings));
    let figment = resolve_figment(figment, &secrets).await.unwrap();
    for safe in [config.try_deserialize::<Safe>().unwrap(), figment.extract().unwrap()] {
        assert!(safe.password.ct_eq(&SecretValue::text(CANARY)));
        assert!(safe.key.as_ref().unwrap().ct_eq(&SecretValue::text(CANARY)));
        assert_eq!(leaks(&format!("{safe:?} {safe:#?}")), None);
    }
}

#[test]
fn what_is_no_text_is_refused_without_being_quoted() {
    for wrong in [json!(48_151_623), json!(-48_151_623), json!(48_151_623.5), json!(true)] {
        for wrong in [json!({ "password": wrong }), json!({ "password": "x", "key": wrong })] {
            let error = Safe::deserialize(&wrong).unwrap_err().to_string();
            assert!(error.contains("a secret has to be text"), "{error}");
            assert!(!error.contains("4815162"), "{error}");
            let error = Figment::from(figment::providers::Serialized::defaults(&wrong));
            let error = error.extract::<Safe>().unwrap_err().to_string();
            assert!(!error.contains("4815162") && !error.contains("true"), "{error}");
        }
    }
    let nested = json!({ "password": { "a": "48151623" } });
    assert!(!Safe::deserialize(&nested).unwrap_err().to_string().contains("48151623"));
    let safe = Safe::deserialize(json!({ "password": "x", "key": null })).unwrap();
    assert!(safe.key.is_none() && Safe::deserialize(json!({ "password": "x" })).is_ok());
}

#[tokio::test]
async fn errors_and_snapshots_of_ours_show_no_value() {
    let json = serde_json::json!({ "password": CANARY }).to_string();
    let (secrets, _) = secrets(&[("a", CANARY), ("b", &json)]);
    let loader = Loader::new().secret("x", "p:a").secret("y", "p:b").below("p", "");
    let loaded = loader.load(&secrets).await.unwrap();
    // A value where a reference belongs, with the mark and in the loader.
    let mistaken = Loader::new().secret("x", CANARY);
    let refused = mistaken.load(&secrets).await.unwrap_err();
    let marked = BTreeMap::from([("x", format!("omnisecret:{CANARY}"))]);
    let config = Config::try_from(&marked).unwrap();
    let config = resolve_config(config, &secrets).await.unwrap_err();
    let deeper = Loader::new().secret("x", "p:b#password.none").secret("y", "p:a#none");
    let deeper = deeper.load(&secrets).await.unwrap_err();
    let shown = format!(
        "{loader:?} {loaded:?} {loaded:#?} {mistaken:?} {refused} {refused:?} {config} {config:?} \
         {deeper} {deeper:?} {}",
        deeper.action()
    );
    assert!(shown.contains("[REDACTED]"));
    assert_eq!(leaks(&shown), None, "{shown}");
}
