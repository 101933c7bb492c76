//! KMS instances by their own API, with a client key and a private authority.

use omnisecret_aliyun::{
    AliyunSm, ClientKeyFile, ClientKeyPassword, KmsInstance, OriginalSettings,
};
use omnisecret_core::{ErrorKind, SecretProvider};
use omnisecret_testkit::logs;
use serde_json::json;

use crate::fake::Fake;

const KEY_FILE: &str = "tests/data/clientKey_pbes2_aes256_sha256.json";
const PASSWORD: &str = "ClientKeyPassw0rd!";

async fn scene() -> Fake {
    let fake = Fake::start().await;
    fake.put("prod/db", "hunter2").await;
    let pem = include_str!("../data/client_key_pub.pem");
    fake.order("client-key", json!({ "id": "KAAP.fake-client-key", "pem": pem })).await;
    fake
}

fn instance(fake: &Fake) -> KmsInstance {
    let key = ClientKeyFile::new(KEY_FILE, ClientKeyPassword::Value(PASSWORD.into())).unwrap();
    KmsInstance::new(&*fake.https, key)
}

fn provider(instance: KmsInstance) -> AliyunSm {
    AliyunSm::builder().kms_instance(instance).unwrap().build().unwrap()
}

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn a_secret_is_read_with_a_client_key() {
    let fake = scene().await;
    let provider = provider(instance(&fake).ca_file(&fake.ca));
    let secret = provider.get("prod/db").await.unwrap();
    assert_eq!(secret.expose_str().unwrap(), "hunter2");
    assert_eq!(secret.meta().stages, ["ACSCurrent"]);
    assert_eq!(fake.calls().await[0].scheme, "dkms");
    let error = provider.get("prod/none").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    fake.order("settings", json!({ "skew": 3600 })).await;
    let error = provider.get("prod/db").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
}

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn an_unknown_authority_is_refused_unless_told_otherwise() {
    let fake = scene().await;
    for wrong in [instance(&fake), instance(&fake).ca_file("tests/data/other_ca.pem")] {
        let error = provider(wrong).get("prod/db").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    }
    assert_eq!(fake.calls().await, []);
    let open = provider(instance(&fake).ignore_certificates());
    let (answer, log) = logs::capture(|| async move { open.get("prod/db").await });
    assert!(answer.is_ok());
    assert!(log.contains("WARN") && log.contains("certificates are not checked"), "{log}");
    assert!(!log.contains("hunter2") && !log.contains(PASSWORD) && !log.contains("Bearer"));
}

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn an_instance_of_a_properties_file_takes_its_password_from_a_variable() {
    let fake = scene().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("managed_credentials_providers.properties");
    let instances = json!([{
        "regionId": "cn-hangzhou", "endpoint": fake.https, "clientKeyFile": KEY_FILE,
        "passwordFromEnvVariable": "OPS_PASSWORD", "caFilePath": fake.ca, "ignoreSslCerts": false,
        "connectTimeout": 2000, "readTimeout": 3000,
    }]);
    std::fs::write(&file, format!("cache_client_dkms_config_info={instances}\n")).unwrap();
    let settings = OriginalSettings::read(&file)
        .await
        .unwrap()
        .with_environment_of(|name| (name == "OPS_PASSWORD").then(|| PASSWORD.into()));
    let provider = settings.provider().unwrap().build().unwrap();
    assert!(provider.get("prod/db").await.is_ok());
    assert_eq!(fake.calls().await[0].scheme, "dkms");
}
