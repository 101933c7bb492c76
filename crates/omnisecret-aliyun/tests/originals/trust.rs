//! A file that was found and not named may say little.

use std::fs;
use std::path::Path;

use omnisecret_aliyun::{FoundFile, OriginalFile, OriginalSettings};
use omnisecret_core::{Error, ErrorKind};

async fn found(text: &str, trust: FoundFile) -> Result<OriginalSettings, Error> {
    let folder = tempfile::tempdir().unwrap();
    let file = OriginalFile::ManagedCredentials;
    fs::write(folder.path().join(file.name()), text).unwrap();
    OriginalSettings::find(file, folder.path(), trust).await
}

#[tokio::test]
async fn each_key_that_takes_trust_is_refused_until_it_is_given() {
    for line in [
        "credentials_type=ecs_ram_role",
        "credentials_access_key_id=x",
        "credentials_sts_endpoint=https://evil.example",
        "client_key_private_key_path=/x",
        "client_key_password_from_env_variable=HOME",
        "cache_client_dkms_config_info=[]",
        r#"cache_client_region_id=[{"regionId":"a","endpoint":"evil.example"}]"#,
        r#"cache_client_region_id=[{"regionId":"a","caFilePath":"ca.pem"}]"#,
        "anything=else",
    ] {
        let error = found(line, FoundFile::Untrusted).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{line}");
        let name = line.split('=').next().unwrap();
        assert!(error.message().contains(name), "{line}: {error}");
        assert!(!error.message().contains("evil"), "{error}");
        assert!(found(line, FoundFile::Trusted).await.is_ok(), "{line}");
    }
}

#[tokio::test]
async fn regions_and_names_take_no_trust() {
    let text = "secret_names=a\nmonitor_period_milliseconds=1\n\
        cache_client_region_id=[{\"regionId\":\"cn-hangzhou\",\"vpc\":true}]\n";
    let settings = found(text, FoundFile::Untrusted).await.unwrap();
    assert_eq!(settings.secret_names(), ["a"]);
}

#[tokio::test]
async fn one_file_has_to_be_there_and_the_other_need_not() {
    let nowhere = Path::new("/nonexistent");
    let trusted = FoundFile::Trusted;
    let error = OriginalSettings::find(OriginalFile::ManagedCredentials, nowhere, trusted).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidConfig);
    assert!(OriginalSettings::find(OriginalFile::SecretsManager, nowhere, trusted).await.is_ok());
    let error = OriginalSettings::read("/nonexistent/my.properties").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
}

#[tokio::test]
async fn a_file_that_is_no_text_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("binary.properties");
    fs::write(&file, b"a=\xff\n").unwrap();
    assert_eq!(OriginalSettings::read(&file).await.unwrap_err().kind(), ErrorKind::InvalidConfig);
}
