//! Profiles of Alibaba Cloud: `j` and the JSON of the CLI, or `i` and the file of the SDKs. Each `$`
//! may be shown nowhere.
//!
//! No runtime runs here, so no source that a profile names is ever asked: no service, and above all
//! no program.

#![cfg_attr(fuzzing, no_main)]

#[path = "../marker.rs"]
mod marker;

use std::fs;

use marker::{MARKER, planted};
use omnisecret_aliyun::{Credentials, CredentialsBuilder};
use omnisecret_core::{ErrorKind, Result, SecretValue};
use pollster::block_on;
use serde_json::Value;

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

pub(crate) fn run(data: &[u8]) {
    let Some((kind, file)) = data.split_first() else { return };
    let file = planted(file);
    match kind {
        b'j' => of_the_cli(&file),
        b'i' => of_the_sdks(&file),
        _ => {}
    }
}

fn of_the_cli(file: &[u8]) {
    let (named, current) = both(".aliyun/config.json", file);
    // What is not looked at may be no UTF-8.
    let Ok(json) = serde_json::from_slice::<Value>(file) else {
        checked(&named);
        checked(&current);
        return;
    };
    agrees(&named, &json, "p");
    // The name of the profile is in errors, and the file has it.
    let name = json["current"].as_str().unwrap_or_default();
    if !name.contains(MARKER) {
        agrees(&current, &json, name);
    }
}

fn agrees(got: &Result<Credentials>, json: &Value, name: &str) {
    let Some(credentials) = checked(got) else { return };
    let profiles = json["profiles"].as_array().expect("a list");
    let is_it = |profile: &&Value| profile["name"].as_str().unwrap_or_default() == name;
    let profile = profiles.iter().find(is_it).expect("the profile");
    let mode = profile["mode"].as_str();
    assert!(matches!(mode, Some("AK" | "StsToken")), "{mode:?}");
    let text = |field: &str| profile[field].as_str().map(|it| it.trim().to_owned());
    let token = text("sts_token").filter(|token| !token.is_empty());
    let expected = (text("access_key_id"), text("access_key_secret"), token);
    let (id, secret, token) = parts(credentials);
    assert_eq!((Some(id), secret, token), expected);
}

fn of_the_sdks(file: &[u8]) {
    let path = ".alibabacloud/credentials.ini";
    let (named, default) = both(path, file);
    for got in [&named, &default] {
        let Some(credentials) = checked(got) else { continue };
        let text = str::from_utf8(file).expect("it was read");
        let mut pairs = text.lines().filter_map(|line| line.split_once(['=', ':']));
        let is_id = |(key, value): (&str, &str)| {
            key.trim().eq_ignore_ascii_case("access_key_id")
                && value.split('#').next().unwrap_or_default().trim() == credentials.key_id()
        };
        assert!(pairs.any(is_id), "{credentials:?}");
    }
    let Ok(text) = str::from_utf8(file) else { return };
    let (with_crlf, _) = both(path, text.replace('\n', "\r\n").as_bytes());
    assert_eq!(outcome(&with_crlf), outcome(&named));
    let last = "\n[p]\ntype=access_key\naccess_key_id=last\naccess_key_secret=secret\n";
    let (last, _) = both(path, format!("{text}{last}").as_bytes());
    assert_eq!(outcome(&last), Ok(("last".to_owned(), Some("secret".to_owned()), None)));
}

/// What the profile `p` gives, and what is found where none is named.
fn both(path: &str, file: &[u8]) -> (Result<Credentials>, Result<Credentials>) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let path = home.path().join(path);
    fs::create_dir(path.parent().expect("a folder")).expect("a temporary folder");
    fs::write(path, file).expect("a temporary file");
    let folder = home.path().to_owned();
    let builder = CredentialsBuilder::default().env_with(move |name| match name {
        "HOME" => Some(folder.clone().into()),
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED" => Some("true".into()),
        _ => None,
    });
    let credentials =
        |builder: CredentialsBuilder| block_on(builder.build().expect("a source").credentials());
    (credentials(builder.clone().profile("p")), credentials(builder))
}

fn checked(got: &Result<Credentials>) -> Option<&Credentials> {
    let error = match got {
        Ok(credentials) => return Some(credentials),
        Err(error) => error,
    };
    let kinds = [ErrorKind::InvalidConfig, ErrorKind::Unauthenticated];
    assert!(kinds.contains(&error.kind()), "{error}");
    // A region is no secret.
    if !error.message().contains("is not a region") {
        marker::assert_quotes_nothing(error);
    }
    None
}

type Parts = (String, Option<String>, Option<String>);

fn parts(credentials: &Credentials) -> Parts {
    let exposed = |value: Option<&SecretValue>| {
        value.map(|value| value.expose_str().expect("text").to_owned())
    };
    let key_id = credentials.key_id().to_owned();
    (key_id, exposed(credentials.secret()), exposed(credentials.security_token()))
}

fn outcome(got: &Result<Credentials>) -> Result<Parts, ErrorKind> {
    got.as_ref().map(parts).map_err(|error| error.kind())
}
