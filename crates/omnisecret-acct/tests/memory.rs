//! What a secret leaves in the memory of the process, in a process of its own.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fs;

use omnisecret_acct::{Acct, CryptoPlugin};
use omnisecret_core::{SecretProvider, SecretValue, UpdateOptions};
use omnisecret_testkit::memory::{canary, copies};

#[tokio::test]
async fn no_copy_outlives_the_last_handle() {
    let create = UpdateOptions::default().with_create_missing(true);
    for plugin in CryptoPlugin::ALL {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("own");
        let empty =
            format!("{}/tests/data/enc/empty_map.yml.862.{plugin}", env!("CARGO_MANIFEST_DIR"));
        fs::copy(empty, &file).unwrap();
        let key = match plugin {
            CryptoPlugin::Fernet => "K2CQ7evdP-bUe2F8Kb6pjW3-J0pSKZJX6BudZwudtV8=",
            _ => "m59qNiuiWfbG0RUVsZk4toMdqI6MyYywlFsWW1wui9o=",
        };
        let builder = Acct::builder(file).key(SecretValue::text(key)).crypto_plugin(*plugin);
        let acct = builder.build().unwrap();

        let text = canary();
        let json = SecretValue::text(format!(r#"{{"list":["{}"]}}"#, text.expose_str().unwrap()));
        assert!(copies().unwrap() >= 2, "the scan sees what is there");
        acct.update_with("p/text", &text, &create).await.unwrap();
        acct.update_with("p/json", &json, &create).await.unwrap();
        drop((text, json));
        assert_eq!(copies().unwrap(), 0, "{plugin}: after update");

        let all = acct.get_by_path("").await.unwrap();
        let one = acct.get("p/json").await.unwrap();
        assert!(copies().unwrap() >= 3);
        drop((all, one));
        assert_eq!(copies().unwrap(), 0, "{plugin}: after get");
    }
}
