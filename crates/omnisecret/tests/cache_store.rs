//! `[providers.NAME.cache.store]`: from the file to the folder, and what is refused.

#![cfg(all(feature = "acct", feature = "securestore"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fs;
use std::path::Path;

use omnisecret::{Config, Error, ErrorKind, Secrets};

const KEY: &str = "8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92";

/// The demo vault with this section behind it, in a folder of its own.
fn folder(section: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    for name in ["vault.json", "vault.key"] {
        fs::copy(examples.join(name), folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("cache.key"), format!("{KEY}\n")).unwrap();
    let settings = "path = 'vault.json'\nkey_file = 'vault.key'";
    let text = format!("[providers.securestore]\n{settings}\n{section}");
    fs::write(folder.path().join("omnisecret.toml"), text).unwrap();
    folder
}

fn load(folder: &Path) -> Result<Config, Error> {
    Config::load(folder.join("omnisecret.toml"))
}

fn open(folder: &Path) -> Secrets {
    let secrets = Secrets::builder().config(load(folder).unwrap());
    secrets.environment(|name| (name == "CACHE_KEY").then(|| KEY.into())).build()
}

/// Why the file is refused, when it is loaded or when the provider is made.
fn refusal(section: &str) -> String {
    let folder = folder(section);
    let error = match load(folder.path()) {
        Err(error) => error,
        Ok(_) => open(folder.path()).provider("securestore").unwrap_err(),
    };
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    format!("{error}: {}", error.action())
}

#[cfg(feature = "cache-disk")]
#[tokio::test]
async fn what_one_process_has_read_is_there_for_the_next() {
    for key in ["key_file = 'cache.key'", "key_env = 'CACHE_KEY'"] {
        let section =
            format!("[providers.securestore.cache.store]\nkind = 'disk'\npath = 'cache'\n{key}\n");
        let folder = folder(&section);
        let value = open(folder.path()).get("securestore", "aws:s3:accessKey").await.unwrap();
        // The vault is another now; what stands in the folder is what was read before.
        let vault = folder.path().join("vault.json");
        let locked = fs::read_to_string(&vault).unwrap().replace("aws:s3:accessKey", "gone");
        fs::write(&vault, locked).unwrap();
        let again = open(folder.path()).get("securestore", "aws:s3:accessKey").await.unwrap();
        assert!(again.value().ct_eq(value.value()), "{key}");
    }
}

#[test]
fn a_section_that_cannot_be_honoured_is_refused_by_name() {
    let disk = "[providers.securestore.cache.store]\nkind = 'disk'\npath = 'c'\n";
    let redis = "[providers.securestore.cache.store]\nkind = 'redis'\nkey_file = 'cache.key'\n";
    for (section, reason) in [
        (disk.to_owned(), "neither key_file nor key_env"),
        (format!("{disk}key_env = 'NOT_SET'"), "NOT_SET"),
        (format!("{disk}key_file = 'vault.json'"), "32 random bytes"),
        (format!("{disk}key_file = 'cache.key'\nmax_age = '16m'"), "longer than the cache's ttl"),
        (format!("{disk}key_file = 'cache.key'\nmax_agee = '1m'"), "did you mean \"max_age\""),
        (redis.to_owned(), "needs url or url_env, and namespace"),
        (format!("{redis}url = 'redis://:hunter2@localhost'\nnamespace = 'n'"), "url_env"),
        (format!("{redis}url = 'unix:///run/r?user=a&pass=hunter2'\nnamespace = 'n'"), "url_env"),
        (format!("{redis}url = 'redis://10.0.0.1'\nnamespace = 'n'"), "rediss"),
        (redis.replace("redis", "rediss"), "did you mean \"redis\""),
    ] {
        if section.contains("kind = 'disk'") && !cfg!(feature = "cache-disk")
            || section.contains("10.0.0.1") && !cfg!(feature = "cache-redis")
        {
            continue;
        }
        let refusal = refusal(&section);
        assert!(refusal.contains(reason), "{reason}: {refusal}");
        assert!(!refusal.contains("hunter2"), "{refusal}");
    }
}

#[cfg(not(feature = "cache-redis"))]
#[test]
fn a_store_that_is_not_built_in_names_its_feature() {
    let section = "[providers.securestore.cache.store]\nkind = 'redis'\nkey_file = 'cache.key'\n\
        url = 'redis://localhost'\nnamespace = 'n'";
    assert!(refusal(section).contains("\"cache-redis\""));
}

/// Its key would be known to whoever wrote the file, and with it what the folder holds of the user's
/// own vault.
#[test]
fn a_file_that_was_found_has_no_store() {
    for store in [
        "kind = 'disk'\npath = 'cache'\nkey_file = 'cache.key'\n",
        "kind = 'redis'\nurl = 'redis://localhost'\nnamespace = 'n'\nkey_env = 'PATH'\n",
    ] {
        let folder = folder(&format!("[providers.securestore.cache.store]\n{store}"));
        let file = folder.path().join("omnisecret.toml");
        assert!(Config::load_found(&file, |_| Ok(true)).is_ok(), "it is trusted");
        let error = Config::load_found(&file, |_| Ok(false)).unwrap_err();
        let place = "providers.securestore.cache.store: not in a file that was found";
        assert!(error.message().contains(place), "{error}");
    }
}

#[test]
fn the_longest_use_of_a_value_is_that_of_the_level_that_keeps_it_longer() {
    let store = "kind = 'disk'\npath = 'c'\nkey_file = 'cache.key'\nmax_age = '5m'\n";
    for (cache, store, minutes) in [
        ("ttl = '10m'", "", 10),
        ("ttl = '10m'\nmax_stale = '2m'", store, 12),
        ("ttl = '10m'", &format!("{store}offline = '4m'\n"), 10),
        ("ttl = '10m'", &format!("{store}offline = '1h'\n"), 65),
    ] {
        let section = format!(
            "[providers.securestore.cache]\n{cache}\n[providers.securestore.cache.store]\n{store}"
        );
        let section = section.trim_end_matches("[providers.securestore.cache.store]\n");
        let folder = folder(section);
        let longest = load(folder.path()).unwrap().longest_use("securestore");
        assert_eq!(longest.as_secs(), minutes * 60, "{section}");
    }
}
