//! Where file and key come from, and what is said when they do not.

use std::ffi::OsString;
use std::fs;

use crate::files::{FERNET_KEY, data};
use omnisecret_acct::{Acct, AcctBuilder, CryptoPlugin, KeySource};
use omnisecret_core::{ErrorKind, SecretProvider, SecretValue};

const FILE: &str = "enc/readme.yml.862.fernet";

/// An environment in which these variables are set.
fn environment(variables: &[(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
    move |name| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
    }
}

async fn reads(acct: Acct) -> bool {
    acct.path_exists("provider/profile_name").await.unwrap()
}

#[tokio::test]
async fn the_environment_is_enough() {
    let file = data(FILE);
    let variables = [("ACCT_FILE", file.to_str().unwrap()), ("ACCT_KEY", FERNET_KEY)];
    let acct = AcctBuilder::from_env_with(environment(&variables)).build().unwrap();
    assert_eq!(acct.info().address(), file.to_str().unwrap());
    assert!(reads(acct).await);
}

#[tokio::test]
async fn what_is_set_goes_before_the_environment() {
    let variables = [("ACCT_FILE", "/not/there"), ("ACCT_KEY", "not a key")];
    let builder = AcctBuilder::from_env_with(environment(&variables)).path(data(FILE));
    assert!(reads(builder.key(SecretValue::text(FERNET_KEY)).build().unwrap()).await);
}

#[tokio::test]
async fn a_key_may_come_from_a_variable_of_any_name() {
    let variables = [("MY_KEY", FERNET_KEY)];
    let builder = Acct::builder(data(FILE)).key(KeySource::Env("MY_KEY".into()));
    let error = builder.clone().build_with(environment(&[])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.message().contains("MY_KEY"), "{error}");
    assert!(reads(builder.build_with(environment(&variables)).unwrap()).await);
}

#[tokio::test]
async fn a_key_file_is_read_for_every_operation() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    let acct = Acct::builder(data(FILE)).key(KeySource::File(key.clone())).build().unwrap();
    let kind = async || acct.path_exists("provider/profile_name").await.err().map(|e| e.kind());
    assert_eq!(kind().await, Some(ErrorKind::InvalidConfig));
    for end in ["", "\n", "\r\n"] {
        fs::write(&key, format!("{FERNET_KEY}{end}")).unwrap();
        assert_eq!(kind().await, None, "{end:?}");
    }
    fs::write(&key, "hunter2").unwrap();
    assert_eq!(kind().await, Some(ErrorKind::InvalidConfig));
}

#[test]
fn every_fault_is_named_at_once() {
    let error = AcctBuilder::from_env_with(environment(&[("ACCT_KEY", "")])).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert_eq!(error.message(), "no file is named; no key is given");
    let error = AcctBuilder::default().key(SecretValue::text("hunter2")).build().unwrap_err();
    assert!(error.message().starts_with("no file is named; the key is not one of fernet"));
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn a_malformed_key_is_told_what_a_key_is() {
    for plugin in CryptoPlugin::ALL {
        for key in ["", "hunter2", "aGVsbG8=", &FERNET_KEY[..43], "é", "\u{feff}"] {
            let builder = Acct::builder("file").crypto_plugin(*plugin);
            let error = builder.key(SecretValue::text(key)).build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            assert!(error.message().contains("32 bytes"), "{error}");
        }
    }
}

#[test]
fn debug_shows_no_key() {
    let builder = Acct::builder("file").key(SecretValue::text(FERNET_KEY));
    let debug = format!("{builder:?} {:?}", builder.clone().build().unwrap());
    assert!(!debug.contains(&FERNET_KEY[..6]), "{debug}");
    assert!(debug.contains("fernet([REDACTED])"), "{debug}");
}
