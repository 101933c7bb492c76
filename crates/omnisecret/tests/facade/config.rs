//! The configuration file: where it is, and what its settings do.

use std::fs;
use std::path::Path;

use omnisecret::{Config, ErrorKind, Origin, SecretProvider, Secrets, find_config};

use crate::world::{World, environment};

#[test]
fn the_named_file_goes_before_the_users_own() {
    let world = World::new();
    let find = |variables: &[(&str, &str)]| find_config(environment(variables));
    let (xdg, home) = (world.at("xdg"), world.at("home"));
    let (in_xdg, in_home) =
        (xdg.join("omnisecret/omnisecret.toml"), home.join(".config/omnisecret/omnisecret.toml"));
    let (xdg, home) = (xdg.to_str().unwrap(), home.to_str().unwrap());
    let all = [("OMNISECRET_CONFIG", "named.toml"), ("XDG_CONFIG_HOME", xdg), ("HOME", home)];
    // A file that is named counts, whether it is there or not.
    assert_eq!(find(&all), Some("named.toml".into()));
    assert_eq!(find(&all[1..]), None);
    for path in [&in_xdg, &in_home] {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    assert_eq!(find(&all[1..]), Some(in_xdg.clone()));
    assert_eq!(find(&[("OMNISECRET_CONFIG", ""), all[1], all[2]]), Some(in_xdg));
    assert_eq!(find(&all[2..]), Some(in_home.clone()));
    for not_absolute in ["", "relative"] {
        assert_eq!(find(&[("XDG_CONFIG_HOME", not_absolute), all[2]]), Some(in_home.clone()));
    }
    assert_eq!(find(&[]), None);
}

const VAULT: &str = "[providers.securestore]\npath = \"vault.json\"\nkey_file = \"vault.key\"\n";

/// Where the second of two answers comes from, with these settings of the cache.
async fn second_answer(world: &World, cache: &str) -> Origin {
    let config = format!("{VAULT}{cache}");
    let secrets = world.secrets(&config, &[]).unwrap();
    secrets.get("securestore", "a").await.unwrap();
    secrets.get("securestore", "a").await.unwrap().origin()
}

#[tokio::test]
async fn a_file_that_changes_is_seen_as_the_ttl_says() {
    for (cache, expected) in [
        ("[providers.securestore.cache]\nttl = \"0s\"\n", "changed"),
        ("[providers.securestore.cache]\nttl = \"1h\"\n", "value of a"),
        ("", "value of a"),
    ] {
        let world = World::new();
        let secrets = world.secrets(&format!("{VAULT}{cache}"), &[]).unwrap();
        let get = async || {
            let secret = secrets.get("securestore", "a").await.unwrap();
            secret.expose_str().unwrap().to_owned()
        };
        assert_eq!(get().await, "value of a");
        // By somebody else.
        let other = world.secrets(VAULT, &[]).unwrap();
        other.update("securestore", "a", "changed").await.unwrap();
        assert_eq!(get().await, expected, "{cache}");
        let fresh = secrets.get("securestore", "a").fresh().await.unwrap();
        assert_eq!(fresh.expose_str().unwrap(), "changed");
    }
}

#[tokio::test]
async fn a_cache_has_as_many_entries_as_it_may() {
    let world = World::new();
    let none = "[providers.securestore.cache]\nmax_entries = 0\n";
    assert_eq!(second_answer(&world, none).await, Origin::Store);
    let one = "[providers.securestore.cache]\nmax_entries = 1\n";
    assert_eq!(second_answer(&world, one).await, Origin::Cache);
}

#[test]
fn references_are_read_and_names_are_sorted() {
    let world = World::new();
    let path = world.write(
        "omnisecret.toml",
        "[providers.z]\nkind = \"acct\"\n[providers.acct]\n[references]\nKEY = \"z:a/b?stage=x#c.d\"\n",
    );
    let config = Config::load(&path).unwrap();
    assert_eq!(config.path(), Some(&*path));
    assert_eq!(config.names().collect::<Vec<_>>(), ["acct", "z"]);
    assert_eq!(config.kind_of("z").unwrap().id, "acct");
    assert!(config.kind_of("none").is_none());
    assert_eq!(config.references()["KEY"].to_string(), "z:a/b?stage=x#c.d");
}

#[test]
fn a_file_that_was_found_may_say_less() {
    let world = World::new();
    let load = |text: &str| Config::load_found(world.write("omnisecret.toml", text), |_| Ok(false));
    assert!(load(VAULT).is_ok());
    for (bad, named) in [
        ("[references]\nA = \"acct:a/b\"\n", "references"),
        ("[providers.acct]\nkey_env = \"HOME\"\n", "providers.acct.key_env"),
        ("[providers.acct]\npath = \"/etc/passwd\"\n", "providers.acct.path"),
        ("[providers.\"aws.sm\"]\nendpoint_url = \"x\"\n", "providers.aws.sm.endpoint_url"),
    ] {
        let error = load(bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(error.message().contains(named), "{error}");
        assert!(Config::load(world.at("omnisecret.toml")).is_ok(), "{bad}");
    }
}

#[test]
fn who_leaves_the_working_folder_reads_the_same_files() {
    // Relative to the folder of the package, where tests run.
    let secrets = Secrets::from_file("../../examples/omnisecret.toml").unwrap();
    let provider = secrets.provider("securestore").unwrap();
    let address = provider.info().address();
    assert!(Path::new(address).is_absolute() && Path::new(address).exists(), "{address}");
}

#[test]
fn a_file_that_is_not_there_or_is_none_is_an_error() {
    let world = World::new();
    let error = Secrets::from_file(world.at("none.toml")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    let error = Secrets::from_file(world.write("bad.toml", "canary")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(!format!("{error} {error:?}").contains("canary"));
}
