//! Key files: of SecureStore vaults, of the cache's second level, of acct.

#![cfg_attr(fuzzing, no_main)]

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use omnisecret_acct::{AcctBuilder, CryptoPlugin};
use omnisecret_core::seal::Keyring;
use omnisecret_core::{ErrorKind, SecretValue};
use omnisecret_securestore::{KeySource, Vault};

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

pub(crate) fn run(data: &[u8]) {
    of_a_vault(data);
    of_the_cache(data);
    of_acct(data);
}

fn of_a_vault(data: &[u8]) {
    let in_text = exported(&KeySource::key_text(SecretValue::from_bytes(data)));
    if let Some(armoured) = &in_text {
        assert_eq!(exported(&KeySource::key_text(armoured.as_str())).as_ref(), Some(armoured));
        // The key is what stands in the file, less its blanks.
        let base64 = armoured.lines().nth(1).expect("three lines");
        assert_eq!(BASE64_STANDARD.decode(base64).map(|key| key.len()), Ok(32));
        let given: Vec<_> =
            data.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        assert!(given.windows(base64.len()).any(|window| window == base64.as_bytes()));
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("key");
    std::fs::write(&path, data).expect("a temporary file");
    let in_file = exported(&KeySource::key_file(path));
    if data.len() == 32 {
        let base64 = BASE64_STANDARD.encode(data);
        assert!(in_file.is_some_and(|armoured| armoured.lines().nth(1) == Some(&base64)));
    } else {
        assert_eq!(in_file, in_text);
    }
}

/// The key of a new vault under this one, in the form of a key file.
fn exported(key: &KeySource) -> Option<String> {
    match Vault::new(key) {
        Ok(vault) => Some(vault.export_key().expose_str().expect("armour is text").to_owned()),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            None
        }
    }
}

fn of_the_cache(data: &[u8]) {
    let is_passphrase = data.len() == 32 && data.iter().all(|byte| (b' '..=b'~').contains(byte));
    let is_hex = |line: &str| line.len() == 64 && line.bytes().all(|it| it.is_ascii_hexdigit());
    let is_lines = std::str::from_utf8(data).is_ok_and(|text| {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
        lines.peek().is_some() && lines.all(is_hex)
    });
    let is_key = data.len() == 32 && !is_passphrase || is_lines;
    assert_eq!(Keyring::parse(data).is_ok(), is_key);
}

fn of_acct(data: &[u8]) {
    for plugin in CryptoPlugin::ALL {
        let acct = AcctBuilder::default()
            .path("file")
            .key(SecretValue::from_bytes(data))
            .crypto_plugin(*plugin)
            .build_with(|_| None);
        // White space around a key does no harm.
        let spaced = SecretValue::from_bytes([b"\n ", data, b" \n"].concat());
        let other = AcctBuilder::default()
            .path("file")
            .key(spaced)
            .crypto_plugin(*plugin)
            .build_with(|_| None);
        assert_eq!(acct.is_ok(), other.is_ok());
        if let Err(error) = acct {
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        }
    }
}
