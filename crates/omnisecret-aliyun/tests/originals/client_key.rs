//! Client key files, in all flavours that the official client takes.

use std::fs;

use omnisecret_aliyun::{ClientKeyFile, ClientKeyPassword, ProvideCredentials};
use omnisecret_core::{ErrorKind, SecretValue};

const PASSWORD: &str = "ClientKeyPassw0rd!";
const FLAVOURS: [&str; 4] =
    ["keyonly_aes", "pbes1_3des_sha1", "pbes2_aes256_sha256", "rc2_40_legacy"];

fn path(flavour: &str) -> String {
    format!("tests/data/clientKey_{flavour}.json")
}

#[tokio::test]
async fn all_flavours_are_opened() {
    for flavour in FLAVOURS {
        let password = ClientKeyPassword::Value(SecretValue::text(PASSWORD));
        let file = ClientKeyFile::new(path(flavour), password).unwrap();
        let credentials = file.credentials().await.unwrap();
        assert_eq!(credentials.key_id(), "KAAP.fake-client-key", "{flavour}");
        assert!(credentials.secret().is_none());
        let shown = format!("{file:?} {credentials:?}");
        assert!(!shown.contains(PASSWORD), "{shown}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_corrupt_and_not_shown() {
    for flavour in FLAVOURS {
        let password = ClientKeyPassword::Value("hunter2hunter2".into());
        let file = ClientKeyFile::new(path(flavour), password).unwrap();
        let error = file.credentials().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{flavour}");
        assert!(error.message().contains("password"), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn the_password_comes_from_a_file_or_a_variable() {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    for text in [PASSWORD.to_owned(), format!("{PASSWORD}\n"), format!(" {PASSWORD}\r\n")] {
        fs::write(&password, text).unwrap();
        let from_file = ClientKeyPassword::File(password.clone());
        let file = ClientKeyFile::new(path(FLAVOURS[0]), from_file).unwrap();
        assert!(file.credentials().await.is_ok());
    }
    let variable = || ClientKeyPassword::Env("OPS_PASSWORD".into());
    let set = |name: &str| (name == "OPS_PASSWORD").then(|| PASSWORD.into());
    let file = ClientKeyFile::new_with(path(FLAVOURS[0]), variable(), set).unwrap();
    assert!(file.credentials().await.is_ok());
    let error = ClientKeyFile::new_with(path(FLAVOURS[0]), variable(), |_| None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
}

#[tokio::test]
async fn damaged_files_are_told_apart_and_a_mended_one_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("key.json");
    let password = ClientKeyPassword::Value(PASSWORD.into());
    let file = ClientKeyFile::new(&at, password).unwrap();
    assert_eq!(file.credentials().await.unwrap_err().kind(), ErrorKind::InvalidConfig);
    let good = fs::read_to_string(path(FLAVOURS[0])).unwrap();
    let short = good.replace("MIIFygIBAz", "MIIFygIBBz");
    for (text, kind) in [
        ("hunter2", ErrorKind::InvalidConfig),
        (r#"{"KeyId":"KAAP.x"}"#, ErrorKind::InvalidConfig),
        (r#"{"KeyId":"KAAP.x","PrivateKeyData":"?hunter2"}"#, ErrorKind::Corrupt),
        (r#"{"KeyId":"KAAP.x","PrivateKeyData":"aHVudGVyMg=="}"#, ErrorKind::Corrupt),
        (short.as_str(), ErrorKind::Corrupt),
    ] {
        fs::write(&at, text).unwrap();
        let error = file.credentials().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{text}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
    fs::write(&at, good).unwrap();
    assert!(file.credentials().await.is_ok());
}
