//! A client key of Alibaba Cloud: `j` and the file, or `p` and the PKCS#12 archive in it.
//!
//! The archives of the corpus take one round to derive their keys, and their password is `password`.

#![cfg_attr(fuzzing, no_main)]

#[path = "../marker.rs"]
mod marker;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use omnisecret_aliyun::{ClientKeyFile, ClientKeyPassword, ProvideCredentials};
use omnisecret_core::{ErrorKind, Result};
use pollster::block_on;
use serde_json::Value;

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

pub(crate) fn run(data: &[u8]) {
    match data.split_first() {
        Some((b'j', file)) => {
            let file = marker::planted(file);
            let key_id = opened(&file);
            // What is not looked at may be no UTF-8.
            let json = serde_json::from_slice::<Value>(&file);
            if let (Ok(key_id), Ok(json)) = (key_id, json) {
                assert_eq!(Some(key_id.as_str()), json["KeyId"].as_str().map(str::trim));
            }
        }
        Some((b'p', archive)) => {
            let base64 = BASE64_STANDARD.encode(archive);
            let got = opened(&file_of(&base64));
            assert!(got.as_ref().map_or(true, |key_id| key_id == "KAAP.x"));
            // White space in base64 does no harm.
            let (start, end) = base64.split_at(base64.len() / 2);
            assert_eq!(opened(&file_of(&format!("\\n {start}\\r\\n{end} "))), got);
        }
        _ => {}
    }
}

fn file_of(base64: &str) -> Vec<u8> {
    format!(r#"{{"KeyId":"KAAP.x","PrivateKeyData":"{base64}"}}"#).into_bytes()
}

/// The id of the key in the file, or why it is not opened.
fn opened(file: &[u8]) -> Result<String, ErrorKind> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("clientKey.json");
    std::fs::write(&path, file).expect("a temporary file");
    let password = ClientKeyPassword::Value("password".into());
    let key = ClientKeyFile::new(path, password).expect("a password");
    match block_on(key.credentials()) {
        Ok(credentials) => {
            assert!(credentials.secret().is_none());
            Ok(credentials.key_id().to_owned())
        }
        Err(error) => {
            marker::assert_quotes_nothing(&error);
            let kinds = [ErrorKind::Corrupt, ErrorKind::InvalidConfig];
            assert!(kinds.contains(&error.kind()), "{error}");
            Err(error.kind())
        }
    }
}
