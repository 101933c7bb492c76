//! The properties file of Alibaba's own clients. Each `$` in a value may be shown nowhere.

#![cfg_attr(fuzzing, no_main)]

#[path = "../marker.rs"]
mod marker;

use marker::{MARKER, planted};
use omnisecret_aliyun::{FoundFile, OriginalFile, OriginalSettings};
use omnisecret_core::{Error, ErrorKind, Result, SecretProvider};
use pollster::block_on;
use serde_json::Value;

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

const FILE: OriginalFile = OriginalFile::SecretsManager;

pub(crate) fn run(data: &[u8]) {
    // The fuzzer learns what it is compared with, and a name may be shown.
    if data.windows(MARKER.len()).any(|it| it == MARKER.as_bytes()) {
        return;
    }
    let lines: Vec<_> = data.split(|byte| *byte == b'\n').map(planted_in_value).collect();
    let bytes = lines.join(&b'\n');
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(FILE.name());
    std::fs::write(&path, &bytes).expect("a temporary file");
    let named = block_on(OriginalSettings::read(path));
    let found = block_on(OriginalSettings::find(FILE, folder.path(), FoundFile::Untrusted));

    let Ok(text) = str::from_utf8(&bytes) else {
        return [named, found].iter().for_each(|it| check(it.as_ref().expect_err("not UTF-8")));
    };
    // What is named for a variable is named in errors: it is there, so that it is in none.
    let variable = |name: &str| name.contains(MARKER).then(|| "a password".into());
    let named = named.expect("UTF-8").with_environment_of(variable);
    assert!(!format!("{named:?}").contains(MARKER), "{named:?}");
    let names: Vec<_> = value(text, "secret_names").unwrap_or_default().split(',').collect();
    let names = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty());
    assert!(named.secret_names().iter().eq(names), "{named:?}");
    let there = addresses(&named);
    match &there {
        Ok(there) => assert!(of_plain_regions(text).is_none_or(|it| it == *there), "{there}"),
        Err(error) => check(error),
    }
    match found {
        Ok(found) => says_no_more_than_which_regions(&found, there),
        Err(error) => check(&error),
    }
}

fn planted_in_value(line: &[u8]) -> Vec<u8> {
    let at = line.iter().position(|byte| *byte == b'=').unwrap_or(line.len());
    [&line[..at], &planted(&line[at..])].concat()
}

fn check(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    // A region is no secret.
    if !error.message().contains("is not a region") {
        marker::assert_quotes_nothing(error);
    }
}

/// Where the provider would ask, in its order.
fn addresses(settings: &OriginalSettings) -> Result<String> {
    Ok(settings.provider()?.build()?.info().address().to_owned())
}

fn says_no_more_than_which_regions(found: &OriginalSettings, named: Result<String>) {
    let Ok(addresses) = addresses(found) else { return assert!(named.is_err()) };
    for address in addresses.split(',') {
        let region = address
            .strip_prefix("https://kms.")
            .or_else(|| address.strip_prefix("https://kms-vpc."))
            .and_then(|rest| rest.strip_suffix(".aliyuncs.com"));
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        assert!(region.is_some_and(|region| region.bytes().all(is_plain)), "{address}");
    }
    assert_eq!(named.ok(), Some(addresses));
}

/// The last value of a name, looked for from the end.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().rev().map(str::trim).filter(|line| !line.starts_with(['#', '!']));
    let mut pairs = lines.filter_map(|line| line.split_once('='));
    pairs.find(|(found, _)| found.trim() == name).map(|(_, value)| value.trim())
}

/// The addresses of regions that are named by their ids alone, and of no KMS instance.
fn of_plain_regions(text: &str) -> Option<String> {
    let is_unset = |name| value(text, name).unwrap_or_default().is_empty();
    let regions: Vec<Value> = serde_json::from_str(value(text, "cache_client_region_id")?).ok()?;
    let address = |region: &Value| {
        let region = region.as_object().filter(|region| region.len() == 1)?;
        Some(format!("https://kms.{}.aliyuncs.com", region.get("regionId")?.as_str()?))
    };
    let addresses: Vec<_> = regions.iter().map(address).collect::<Option<_>>()?;
    is_unset("cache_client_dkms_config_info").then(|| addresses.join(","))
}
