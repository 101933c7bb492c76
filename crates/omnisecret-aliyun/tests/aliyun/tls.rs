//! Whom TLS trusts.

use omnisecret_aliyun::{AliyunSm, AliyunSmBuilder, Region};
use omnisecret_core::{ErrorKind, SecretProvider};

use crate::server::Server;
use crate::setup::{access_key, env};

const CA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/ca.pem");
const OTHER_CA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/other-ca.pem");

fn builder(server: &Server) -> AliyunSmBuilder {
    AliyunSm::builder().endpoint(server.tls_endpoint()).credentials(access_key())
}

#[tokio::test]
async fn the_authority_that_is_named_is_trusted() {
    let server = Server::start_tls();
    server.put("app", "value");
    let provider = builder(&server).ca_file(CA).build().expect("settings");
    assert!(provider.get("app").await.is_ok());
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused_before_anything_is_sent() {
    let server = Server::start_tls();
    server.put("app", "value");
    for provider in [builder(&server).ca_file(OTHER_CA), builder(&server)] {
        let error = provider.build().expect("settings").get("app").await.expect_err("no trust");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::InvalidConfig, false));
        assert!(error.action().contains("ca_file"), "{}", error.action());
    }
    assert_eq!(server.state().seen.len(), 0);
}

#[tokio::test]
async fn a_ca_file_that_is_none_is_invalid_config() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").expect("a file");
    let server = Server::start_tls();
    for path in [empty, folder.path().join("missing.pem"), folder.path().to_owned()] {
        let provider = builder(&server).ca_file(&path).build().expect("settings");
        let error = provider.get("app").await.expect_err("no authority");
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{path:?}");
    }
}

#[test]
fn a_kms_instance_needs_its_authority_named_and_offers_reading_alone() {
    let host = "kst-hzz65f176a0ogplgq0001.cryptoservice.kms.aliyuncs.com";
    let instance = Region::new("cn-hangzhou").endpoint(host);
    let settings = |region| AliyunSm::builder().region(region).credentials(access_key());
    let error = settings(instance.clone()).build().expect_err("no authority");
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.message().contains("ca_file"), "{error}");

    let provider = settings(instance.clone().ca_file(CA)).build().expect("settings");
    let capabilities = provider.info().capabilities();
    assert!(!capabilities.list && !capabilities.update && !capabilities.create);
    assert!(capabilities.version_id && capabilities.version_stage);
    // Beside a region's own gateway, that one is listed and written.
    let both = settings(instance.ca_file(CA)).region("cn-hangzhou").build().expect("settings");
    assert!(both.info().capabilities().list && both.info().capabilities().update);
    assert_eq!(
        both.info().address(),
        format!("https://{host},https://kms.cn-hangzhou.aliyuncs.com")
    );
}

#[test]
fn the_gateway_is_the_one_of_the_region_and_the_network() {
    let address = |builder: AliyunSmBuilder| {
        builder.build().map(|provider| provider.info().address().to_owned()).map_err(|e| e.kind())
    };
    let public = Ok("https://kms.cn-beijing.aliyuncs.com".to_owned());
    let private = Ok("https://kms-vpc.cn-beijing.aliyuncs.com".to_owned());
    let region = |vpc| AliyunSm::builder().region("cn-beijing").vpc(vpc);
    assert_eq!(address(region(false)), public);
    assert_eq!(address(region(true)), private);
    assert_eq!(address(AliyunSm::builder().region(Region::new("cn-beijing").vpc(true))), private);
    let variables = [("ALIBABA_CLOUD_REGION_ID", "cn-beijing")];
    assert_eq!(address(AliyunSmBuilder::from_env_with(env(variables))), public);
    let variables =
        [("ALIBABA_CLOUD_REGION_ID", "cn-beijing"), ("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "true")];
    assert_eq!(address(AliyunSmBuilder::from_env_with(env(variables))), private);

    let wrong = Err(ErrorKind::InvalidConfig);
    assert_eq!(address(AliyunSmBuilder::from_env_with(env([]))), wrong);
    assert_eq!(address(AliyunSm::builder().region("evil.example/")), wrong);
    let two = AliyunSm::builder().regions(["cn-beijing", "cn-hangzhou"]);
    assert_eq!(address(two.endpoint("kms.example")), wrong);
    assert_eq!(address(AliyunSm::builder().endpoint("http://kms.example")), wrong);
}
