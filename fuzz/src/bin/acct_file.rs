//! An acct file as it lies on the disk: `f` or `g` for Fernet or AES-GCM, and its bytes.

#![cfg_attr(fuzzing, no_main)]

use omnisecret_acct::{Acct, CryptoPlugin};
use omnisecret_core::{ErrorKind, ListOptions, Result, SecretProvider, SecretValue};
use pollster::block_on;

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

const FERNET_KEY: &str = "K2CQ7evdP-bUe2F8Kb6pjW3-J0pSKZJX6BudZwudtV8=";
const AESGCM_KEY: &str = "m59qNiuiWfbG0RUVsZk4toMdqI6MyYywlFsWW1wui9o=";

pub(crate) fn run(data: &[u8]) {
    match data.split_first() {
        Some((b'f', token)) => {
            let profiles = profiles(token, CryptoPlugin::Fernet, FERNET_KEY);
            a_strict_reader_reads_nothing_that_is_refused_here(token, &profiles);
            what_is_no_base64_does_no_harm(token, &profiles);
        }
        Some((b'g', sealed)) => drop(profiles(sealed, CryptoPlugin::AesGcm256, AESGCM_KEY)),
        _ => {}
    }
}

type Profiles = Vec<(String, Result<Vec<u8>, ErrorKind>)>;

/// Every profile that is listed, read, or why the file is not.
fn profiles(bytes: &[u8], plugin: CryptoPlugin, key: &str) -> Result<Profiles, ErrorKind> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("file");
    std::fs::write(&path, bytes).expect("a temporary file");
    let acct = Acct::builder(path).key(SecretValue::text(key)).crypto_plugin(plugin);
    let acct = acct.build_with(|_| None).expect("a good key");
    let listed = match block_on(acct.list("", &ListOptions::default().with_recursive(true))) {
        Ok(listed) => listed,
        Err(error) => {
            let kinds = [ErrorKind::Corrupt, ErrorKind::InvalidValue, ErrorKind::Unsupported];
            assert!(kinds.contains(&error.kind()), "{error}");
            return Err(error.kind());
        }
    };
    let read = |path: String| {
        let secret = block_on(acct.get(&path));
        let value = secret.map(|it| it.expose_bytes().to_vec()).map_err(|error| error.kind());
        assert!(!matches!(value, Err(ErrorKind::NotFound | ErrorKind::InvalidPath)), "{path:?}");
        (path, value)
    };
    Ok(listed.into_iter().take(8).map(|entry| read(entry.path)).collect())
}

fn a_strict_reader_reads_nothing_that_is_refused_here(
    token: &[u8],
    profiles: &Result<Profiles, ErrorKind>,
) {
    let strict = fernet::Fernet::new(FERNET_KEY).expect("a good key");
    // The crate also reads a token that lacks its padding, which Python refuses.
    let is_padded = token.len().is_multiple_of(4);
    let opens =
        is_padded && std::str::from_utf8(token).is_ok_and(|token| strict.decrypt(token).is_ok());
    // What is inside the tokens of the corpus is sound, and nobody seals another under this key.
    assert!(!opens || *profiles != Err(ErrorKind::Corrupt));
}

fn what_is_no_base64_does_no_harm(token: &[u8], profiles_there: &Result<Profiles, ErrorKind>) {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(byte);
    let pure: Vec<_> = token.iter().copied().filter(is_base64).collect();
    if pure != token {
        assert_eq!(&profiles(&pure, CryptoPlugin::Fernet, FERNET_KEY), profiles_there);
    }
}
