//! Every way to sign, and every source of credentials, accepted by the official signers.

use omnisecret_aliyun::{Region, Signature};
use omnisecret_core::{ErrorKind, SecretProvider};
use serde_json::json;

use crate::fake::{Fake, REGION, count};

const NAME: &str = "prod/db: ä+b&c=d";

async fn scene() -> Fake {
    let fake = Fake::start().await;
    fake.put(NAME, "hunter2").await;
    fake
}

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn versions_one_and_three_are_accepted() {
    let fake = scene().await;
    for (signature, scheme) in [(Signature::Version3, "acs3"), (Signature::Version1, "v1")] {
        let provider = fake.builder().signature(signature).build().unwrap();
        assert_eq!(provider.get(NAME).await.unwrap().expose_str().unwrap(), "hunter2");
        assert_eq!(fake.calls().await.last().unwrap().scheme, scheme);
    }
}

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn roles_are_assumed_and_renewed_when_their_token_is_refused() {
    let fake = scene().await;
    let credentials = fake
        .credentials()
        .provider(fake.fixed())
        .role_arn("acs:ram::1234567890123456:role/reader")
        .role_session_name("interop");
    let provider = fake.builder().credentials(credentials).build().unwrap();
    assert!(provider.get(NAME).await.is_ok());
    // Refused, though here it seems to be valid yet.
    fake.order("expire", json!({})).await;
    assert!(provider.get(NAME).await.is_ok());
    let calls = fake.calls().await;
    assert_eq!(count(&calls, "AssumeRole"), 2);
    assert!(calls.last().unwrap().key.starts_with("STS."));
}

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn a_token_of_oidc_is_exchanged_without_a_signature() {
    let fake = scene().await;
    fake.order("oidc-token", json!({ "token": "header.claims.signature" })).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "header.claims.signature\n").unwrap();
    let credentials = fake
        .credentials()
        .role_arn("acs:ram::1234567890123456:role/pod")
        .oidc_provider_arn("acs:ram::1234567890123456:oidc-provider/ack-rrsa")
        .oidc_token_file(&file);
    let provider = fake.builder().credentials(credentials).build().unwrap();
    assert!(provider.get(NAME).await.is_ok());
    assert_eq!(count(&fake.calls().await, "AssumeRoleWithOIDC"), 1);
}

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn the_role_of_an_instance_is_asked_for_with_a_token() {
    let fake = scene().await;
    let metadata = json!({ "roles": { "app": {} }, "metadata_token_required": true });
    fake.order("settings", metadata).await;
    let provider = fake.builder().credentials(fake.credentials().ecs_role("")).build().unwrap();
    assert!(provider.get(NAME).await.is_ok());
    assert!(fake.calls().await.last().unwrap().key.starts_with("STS."));
}

#[cfg(feature = "client-key")]
#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn client_keys_of_all_flavours_sign_for_the_shared_gateway() {
    use omnisecret_aliyun::{ClientKeyFile, ClientKeyPassword};
    use std::sync::Arc;

    let fake = scene().await;
    let pem = include_str!("../data/client_key_pub.pem");
    fake.order("client-key", json!({ "id": "KAAP.fake-client-key", "pem": pem })).await;
    for flavour in ["keyonly_aes", "pbes1_3des_sha1", "pbes2_aes256_sha256", "rc2_40_legacy"] {
        let password = ClientKeyPassword::Value("ClientKeyPassw0rd!".into());
        let file = format!("tests/data/clientKey_{flavour}.json");
        let key = Arc::new(ClientKeyFile::new(file, password).unwrap());
        let credentials = fake.credentials().provider(key);
        let provider = fake.builder().credentials(credentials).build().unwrap();
        assert!(provider.get(NAME).await.is_ok(), "{flavour}");
        assert_eq!(fake.calls().await.last().unwrap().scheme, "v1-rsa");
    }
}

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn tls_is_verified_against_the_authority_that_is_named() {
    let fake = scene().await;
    let builder = |ca: Option<&std::path::Path>| {
        let mut region = Region::new(REGION).endpoint(&*fake.https);
        if let Some(ca) = ca {
            region = region.ca_file(ca);
        }
        omnisecret_aliyun::AliyunSm::builder()
            .region(region)
            .credentials(fake.credentials().provider(fake.fixed()))
            .build()
            .unwrap()
    };
    assert!(builder(Some(&fake.ca)).get(NAME).await.is_ok());
    let error = builder(None).get(NAME).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    let error = builder(Some("tests/data/other_ca.pem".as_ref())).get(NAME).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert_eq!(count(&fake.calls().await, "GetSecretValue"), 1);
}
