//! What is inside an acct file, sealed here so that it opens: read, and written back.

#![cfg_attr(fuzzing, no_main)]

use aes_gcm::aead::{Aead, Nonce};
use aes_gcm::{Aes256Gcm, KeyInit};
use omnisecret_acct::{Acct, CryptoPlugin};
use omnisecret_core::{ErrorKind, ListOptions, Result, SecretProvider, SecretValue, UpdateOptions};
use pollster::block_on;

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

pub(crate) fn run(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("file");
    std::fs::write(&path, sealed(data)).expect("a temporary file");
    // 32 bytes of zero.
    let key = SecretValue::text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let acct = Acct::builder(path).key(key).crypto_plugin(CryptoPlugin::AesGcm256);
    let acct = acct.build_with(|_| None).expect("a good key");

    let before = match profiles(&acct) {
        Ok(profiles) => profiles,
        Err(error) => {
            let kinds = [ErrorKind::Corrupt, ErrorKind::InvalidValue, ErrorKind::Unsupported];
            return assert!(kinds.contains(&error.kind()), "{error}");
        }
    };
    for (path, value) in before.iter().take(2) {
        let Ok(value) = value else { continue };
        what_was_read_can_be_written(&acct, path, value);
        assert_eq!(profiles(&acct).expect("our own file"), before, "{path:?}");
    }
    if let Some((path, _)) = before.first() {
        a_new_value_changes_one_profile(&acct, path, &before);
    }
}

fn sealed(content: &[u8]) -> Vec<u8> {
    let nonce = [0; 12];
    let cipher = Aes256Gcm::new(&[0; 32].into());
    let sealed = cipher.encrypt(&Nonce::<Aes256Gcm>::from(nonce), content).expect("a short text");
    [&nonce[..], &sealed].concat()
}

type Profiles = Vec<(String, Result<Vec<u8>, ErrorKind>)>;

fn profiles(acct: &Acct) -> Result<Profiles> {
    let listed = block_on(acct.list("", &ListOptions::default().with_recursive(true)))?;
    let paths: Vec<_> = listed.iter().map(|entry| entry.path.as_str()).collect();
    let values = block_on(acct.get_many(&paths, &Default::default())).into_iter().map(|secret| {
        let value = secret.map(|it| it.expose_bytes().to_vec()).map_err(|error| error.kind());
        // It is listed, so there is nothing else that can be wrong with it.
        assert!(matches!(value, Ok(_) | Err(ErrorKind::InvalidValue)), "{value:?}");
        value
    });
    Ok(paths.iter().map(|path| (*path).to_owned()).zip(values).collect())
}

fn what_was_read_can_be_written(acct: &Acct, path: &str, value: &[u8]) {
    let value = SecretValue::from_bytes(value);
    block_on(acct.update(path, &value)).expect("what was read can be written");
}

fn a_new_value_changes_one_profile(acct: &Acct, path: &str, before: &Profiles) {
    // A text to a profile that is a text, JSON to any other.
    let new = br#"{"a":[1,"b"]}"#;
    let options = UpdateOptions::default();
    let update = block_on(acct.update_with(path, &SecretValue::from_bytes(new), &options));
    update.expect("a new value");
    let mut expected = before.clone();
    expected[0].1 = Ok(new.to_vec());
    assert_eq!(profiles(acct).expect("our own file"), expected);
}
