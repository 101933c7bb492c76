//! Providers by name: made once, shared, and explained where there is none.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use omnisecret::{
    Capabilities, Config, ErrorKind, ListOptions, Memory, Origin, ProviderInfo, Secret, SecretMeta,
    SecretProvider, Secrets, Stack, kinds,
};
use omnisecret_testkit::{ManualClock, Scripted};

use crate::world::{PROFILE, World, environment};

const BOTH: &str = r#"
[providers.acct]
path = "creds.fernet"
key_file = "creds.key"
[providers.one]
kind = "securestore"
path = "vault.json"
key_file = "vault.key"
[providers.two]
kind = "securestore"
path = "vault.json"
key_file = "vault.key"
"#;

#[tokio::test]
async fn a_provider_is_made_once_and_shared_by_clones() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let world = World::new();
    let vault = world.at("vault.json").into_os_string();
    let key = world.at("vault.key").into_os_string();
    let secrets = Secrets::builder()
        .environment(move |name| match name {
            "OMNISECRET_VAULT" => {
                count.fetch_add(1, Ordering::SeqCst);
                Some(vault.clone())
            }
            "OMNISECRET_VAULT_KEY_FILE" => Some(key.clone()),
            _ => None,
        })
        .build();
    assert_eq!(asked.load(Ordering::SeqCst), 0, "nothing is made before it is asked for");
    assert_eq!(secrets.get("securestore", "a").await.unwrap().origin(), Origin::Store);
    let clone = secrets.clone();
    assert_eq!(clone.get("securestore", "a").await.unwrap().origin(), Origin::Cache);
    let (first, second) =
        (secrets.provider("securestore").unwrap(), clone.provider("securestore").unwrap());
    // What is below the cache.
    let innermost = |stack: Stack| Arc::clone(stack.provider().provider());
    assert!(Arc::ptr_eq(&innermost(first), &innermost(second)));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn two_names_are_two_providers_with_two_caches() {
    let world = World::new();
    let secrets = world.secrets(BOTH, &[]).unwrap();
    for name in ["one", "two"] {
        let secret = secrets.get(name, "a").await.unwrap();
        assert_eq!((secret.expose_str().unwrap(), secret.origin()), ("value of a", Origin::Store));
    }
    assert!(secrets.get("acct", PROFILE).key_path(["username"]).await.is_ok());
}

#[tokio::test]
async fn one_that_cannot_be_made_is_tried_again() {
    let world = World::new();
    let clock = ManualClock::new();
    let config = Config::load(world.write("omnisecret.toml", BOTH)).unwrap();
    let secrets = Secrets::builder().config(config).clock(clock.clone()).build();
    let vault = world.at("vault.json");
    let away = world.at("away");
    std::fs::rename(&vault, &away).unwrap();
    let error = secrets.get("one", "a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    std::fs::rename(&away, &vault).unwrap();
    // A failure holds the next call off for less than this.
    clock.advance(Duration::from_millis(200));
    assert!(secrets.get("one", "a").await.is_ok(), "an error is not cached");
}

#[tokio::test]
async fn an_explicit_provider_comes_before_one_of_the_configuration() {
    let world = World::new();
    let config = Config::load(world.write("omnisecret.toml", BOTH)).unwrap();
    let memory = Memory::from_iter([("a", "from memory")]);
    let secrets = Secrets::builder().provider("one", memory).config(config).build();
    assert_eq!(secrets.get("one", "a").await.unwrap().expose_str().unwrap(), "from memory");
    assert_eq!(secrets.get("two", "a").await.unwrap().expose_str().unwrap(), "value of a");
}

#[tokio::test]
async fn a_local_provider_that_is_given_may_wait_for_a_person() {
    for (id, is_local) in [("securestore", true), ("vendor.secrets", false)] {
        let provider =
            Arc::new(Scripted::with_info(ProviderInfo::new(id, "script", Capabilities::NONE)));
        let held = provider.gets().hold(Ok(Secret::new("typed", SecretMeta::default())));
        let clock = ManualClock::new();
        let secrets =
            Secrets::builder().provider("given", Arc::clone(&provider)).clock(clock.clone());
        let call = tokio::spawn(secrets.build().get("given", "a").into_future());
        provider.reached(1).await;
        // The limit of an attempt, and the longest wait before the next, which has no answer.
        for _ in 0..2 {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            clock.advance(Duration::from_secs(6));
        }
        held.release();
        let answer = call.await.unwrap();
        assert_eq!(answer.is_ok(), is_local, "{id}: {answer:?}");
    }
}

#[tokio::test]
async fn a_name_that_nobody_knows_gets_a_guess() {
    let world = World::new();
    let secrets = world.secrets(BOTH, &[]).unwrap();
    for (name, guess) in [("ones", "one"), ("aws.sn", "aws.sm"), ("securstore", "securestore")] {
        let error = secrets.get(name, "a").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(error.message().ends_with(&format!("did you mean {guess:?}?")), "{error}");
    }
    let error = secrets.get("something else", "a").await.unwrap_err();
    assert!(!error.message().contains("did you mean"), "{error}");
}

#[tokio::test]
async fn a_kind_that_is_not_built_in_names_its_feature() {
    let secrets = Secrets::builder().environment(environment(&[])).build();
    let mut others = 0;
    for kind in kinds().iter().filter(|kind| !kind.is_built_in()) {
        let error = secrets.get(kind.id, "a").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert_eq!(error.action(), format!("build with the feature {:?}", kind.feature));
        others += 1;
    }
    assert!(others < kinds().len(), "some are built in");
}

#[tokio::test]
async fn what_the_environment_lacks_is_named() {
    let world = World::new();
    let vault = world.at("vault.json");
    let vault = vault.to_str().unwrap();
    for (id, set, missing) in [
        ("acct", vec![], vec!["ACCT_FILE", "key"]),
        ("securestore", vec![], vec!["OMNISECRET_VAULT"]),
        ("securestore", vec![("OMNISECRET_VAULT", vault)], vec!["OMNISECRET_VAULT_PASSWORD"]),
    ] {
        let secrets = Secrets::builder().environment(environment(&set)).build();
        let error = secrets.get(id, "a/b").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(missing.iter().all(|name| error.action().contains(name)), "{}", error.action());
    }
}

#[tokio::test]
async fn a_vault_without_a_key_can_be_listed() {
    let world = World::new();
    let vault = world.at("vault.json");
    let set = [("OMNISECRET_VAULT", vault.to_str().unwrap())];
    let secrets = Secrets::builder().environment(environment(&set)).build();
    let stack = secrets.provider("securestore").unwrap();
    assert!(!stack.list("", &ListOptions::default()).await.unwrap().is_empty());
    assert!(secrets.path_exists("securestore", "a").await.unwrap());
}
