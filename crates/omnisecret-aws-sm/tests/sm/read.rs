//! One secret: by every name it has, by version, and what is told beside its value.

use std::time::{Duration, UNIX_EPOCH};

use omnisecret_core::{ErrorKind, GetOptions, SecretProvider, SecretValue, VersionSelector};

use crate::store::Store;
use crate::support::{Setup, value_of};

#[tokio::test]
async fn a_secret_is_found_by_its_name_its_arn_and_a_part_of_that() {
    let setup = Setup::of(&["prod/db", "prod/db2"]).await;
    for path in ["prod/db", &Store::arn("prod/db"), &Store::partial_arn("prod/db")] {
        let secret = setup.provider.get(path).await.expect(path);
        assert_eq!(secret.expose_str().expect("text"), value_of("prod/db"), "{path}");
        assert_eq!(secret.meta().canonical, Some(Store::arn("prod/db")), "{path}");
        assert!(setup.provider.path_exists(path).await.expect("an answer"), "{path}");
    }
}

#[tokio::test]
async fn version_stages_and_time_come_with_the_value() {
    let setup = Setup::of(&["a"]).await;
    let secret = setup.provider.get("a").await.expect("a secret");
    let meta = secret.meta();
    assert_eq!(meta.version.as_deref(), Some("00000000000000000000000000000000abc0"));
    assert_eq!(meta.stages, ["AWSCURRENT"]);
    assert_eq!(meta.created, Some(UNIX_EPOCH + Duration::from_millis(1_700_000_000_500)));
    assert_eq!(meta.next_rotation, None);
}

#[tokio::test]
async fn binary_comes_back_byte_by_byte() {
    let setup = Setup::new().await;
    let bytes: Vec<u8> = (0..=255).collect();
    setup.store.insert("bin", &SecretValue::binary(bytes.clone()));
    let secret = setup.provider.get("bin").await.expect("a secret");
    assert!(!secret.value().is_text());
    assert_eq!(secret.expose_bytes(), bytes);
}

#[tokio::test]
async fn a_secret_that_is_scheduled_for_deletion_is_not_found() {
    let setup = Setup::of(&["gone"]).await;
    setup.store.schedule_deletion("gone");
    let error = setup.provider.get("gone").await.expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.action().contains("restore"), "{}", error.action());
    assert!(!setup.provider.path_exists("gone").await.expect("an answer"));
}

#[tokio::test]
async fn a_secret_without_a_value_is_not_found() {
    let setup = Setup::new().await;
    setup.store.insert_empty("empty");
    let error = setup.provider.get("empty").await.expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(!setup.provider.path_exists("empty").await.expect("an answer"));
}

#[tokio::test]
async fn what_no_secret_or_version_is_called_is_refused_without_a_call() {
    let setup = Setup::of(&["a"]).await;
    for path in ["", "with space", "arn:aws:ssm:eu-central-1:123456789012:parameter/a"] {
        let error = setup.provider.get(path).await.expect_err(path);
        assert_eq!(error.kind(), ErrorKind::InvalidPath, "{path}");
        let error = setup.provider.path_exists(path).await.expect_err(path);
        assert_eq!(error.kind(), ErrorKind::InvalidPath, "{path}");
        let error = setup.provider.update(path, &"x".into()).await.expect_err(path);
        assert_eq!(error.kind(), ErrorKind::InvalidPath, "{path}");
    }
    for version in [
        VersionSelector::Id("7".to_owned()),
        VersionSelector::Id("7".repeat(65)),
        VersionSelector::Stage(String::new()),
    ] {
        let options = GetOptions::default().with_version(version.clone());
        let error = setup.provider.get_with("a", &options).await.expect_err("an error");
        assert_eq!(error.kind(), ErrorKind::NotFound, "{version:?}");
    }
    setup.assert_calls(&[]);
}

#[tokio::test]
async fn requests_are_signed_for_the_region_and_the_service() {
    let setup = Setup::of(&["a"]).await;
    setup.provider.get("a").await.expect("a secret");
    let requests = setup.server.requests();
    let signature = requests[0].signature.clone().expect("a signed request");
    assert_eq!(signature.region, "eu-central-1");
    assert_eq!(signature.service, "secretsmanager");
}
