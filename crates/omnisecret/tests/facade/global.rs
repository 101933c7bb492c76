//! The functions of the crate, which the environment of the process configures.

use std::env;
use std::process::Command;

use omnisecret::ErrorKind;

use crate::world::{PROFILE, World, recorded_text};

/// Set in a process that this test has started with an environment to try.
const STARTED: &str = "OMNISECRET_TEST_STARTED";

#[tokio::test]
async fn the_environment_of_the_process_is_enough() {
    if env::var_os(STARTED).is_some() {
        return as_started().await;
    }
    let world = World::new();
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", "global::the_environment_of_the_process_is_enough"])
        .env_clear()
        .env(STARTED, "1")
        .env("HOME", world.at("home"))
        .env("ACCT_FILE", world.at("creds.fernet"))
        .env("ACCT_KEY", recorded_text("creds.key"))
        .env("OMNISECRET_VAULT", world.at("vault.json"))
        .env("OMNISECRET_VAULT_KEY_FILE", world.at("vault.key"))
        .output()
        .unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
    // It has done its part and left the rest to nobody.
    let vault = omnisecret::Secrets::builder()
        .environment(crate::world::environment(&[
            ("OMNISECRET_VAULT", world.at("vault.json").to_str().unwrap()),
            ("OMNISECRET_VAULT_KEY", &recorded_text("vault.key")),
        ]))
        .build();
    assert_eq!(vault.get("securestore", "a").await.unwrap().expose_str().unwrap(), "written");
}

async fn as_started() {
    let user = omnisecret::get("acct", PROFILE).key_path(["username"]).await.unwrap();
    assert_eq!(user.expose_str().unwrap(), "XXXXXXXXXXXX");
    assert_eq!(omnisecret::get_by_path("securestore", "").await.unwrap().len(), 2);
    assert!(omnisecret::path_exists("securestore", "a").await.unwrap());
    omnisecret::update("securestore", "a", "written").await.unwrap();
    let written = omnisecret::get("securestore", "a").await.unwrap();
    assert_eq!(written.expose_str().unwrap(), "written");
    let blocking = omnisecret::blocking::Secrets::from_env().unwrap();
    assert_eq!(blocking.get("securestore", "a").unwrap().expose_str().unwrap(), "written");
    let error = omnisecret::get("aws.sm", "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
}
