//! Managed credentials on a service that rotates them.

use std::time::Duration;

use omnisecret_aliyun::{AliyunClient, Call, ManagedSecrets, OriginalSettings, ServiceError};
use omnisecret_core::{ErrorKind, SecretProvider};
use serde_json::{Value, json};

use crate::fake::{Fake, count};

const STS: &str = "2015-04-01";

async fn caller(client: &AliyunClient) -> omnisecret_core::Result<String> {
    let answer = client.call(&Call::new("GetCallerIdentity")).await?;
    let answer: Value = serde_json::from_str(answer.expose_str()?).unwrap();
    Ok(answer["Arn"].as_str().unwrap().to_owned())
}

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn a_deleted_key_costs_one_fetch_and_one_call_more() {
    let fake = Fake::start().await;
    let name = fake.managed_user("ops").await;
    let secrets = ManagedSecrets::builder(fake.provider()).build();
    let credentials = secrets.credentials(&name).await.unwrap();
    let next = credentials.health().next_refresh;
    // Seven days are too far to be waited for.
    assert!(next >= Duration::from_secs(6 * 3600) && next < Duration::from_secs(6 * 3600 + 601));
    let client = AliyunClient::new(fake.http.parse().unwrap(), STS, credentials);
    assert!(caller(&client).await.unwrap().ends_with("/ops"));
    fake.calls().await;

    fake.rotate(&name).await;
    assert!(caller(&client).await.unwrap().ends_with("/ops"));
    let calls = fake.calls().await;
    assert_eq!((count(&calls, "GetCallerIdentity"), count(&calls, "GetSecretValue")), (2, 1));
    assert_eq!(calls[0].code, "InvalidAccessKeyId.NotFound");
}

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn throttled_or_pointless_the_error_is_the_calls_own() {
    let fake = Fake::start().await;
    let name = fake.managed_user("ops").await;
    let secrets = ManagedSecrets::builder(fake.provider()).build();
    let credentials = secrets.credentials(&name).await.unwrap();
    let key_id = credentials.current().key_id().to_owned();
    let client = AliyunClient::new(fake.http.parse().unwrap(), STS, credentials.clone());
    fake.order("delete-key", json!({ "id": key_id })).await;
    let fault = json!({ "action": "GetSecretValue", "status": 429, "code": "Rejected.Throttling" });
    fake.order("fault", fault).await;
    let error = caller(&client).await.unwrap_err();
    assert_eq!(ServiceError::of(&error).unwrap().code(), "InvalidAccessKeyId.NotFound");
    let failed = credentials.health();
    assert_eq!(failed.last_error.unwrap().kind(), ErrorKind::Throttled);

    // In the background it is fetched on, and is there before anybody asks.
    let mut changes = credentials.changes();
    fake.rotate(&name).await;
    let found = tokio::time::timeout(Duration::from_secs(10), changes.next()).await.unwrap();
    assert_ne!(found.unwrap().key_id(), key_id);
    assert!(caller(&client).await.is_ok());
}

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn a_properties_file_of_the_original_is_read_as_it_is() {
    let fake = Fake::start().await;
    let name = fake.managed_user("ops").await;
    let key = json!({ "id": "LTAI5tOfAProperties", "secret": "s3cret#with#signs" });
    fake.order("key", key).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.properties");
    let regions = json!([{ "regionId": "cn-hangzhou", "endpoint": fake.http }]);
    let text = format!(
        "# the provider's file\ncredentials_type=ak\n\
         credentials_access_key_id=LTAI5tOfAProperties\n\
         credentials_access_secret=s3cret#with#signs\nsecret_names={name}\n\
         cache_client_region_id={regions}\n"
    );
    std::fs::write(&file, text).unwrap();
    let settings = OriginalSettings::read(&file).await.unwrap();
    let secrets = ManagedSecrets::builder(settings.provider().unwrap().build().unwrap()).build();
    let credentials = secrets.credentials(&settings.secret_names()[0]).await.unwrap();
    let client = AliyunClient::new(fake.http.parse().unwrap(), STS, credentials);
    assert!(caller(&client).await.unwrap().ends_with("/ops"));
}

#[tokio::test]
#[ignore = "needs the Aliyun fake: cargo xtask interop"]
async fn a_role_of_the_environment_is_assumed_at_the_endpoint_that_it_names() {
    let fake = Fake::start().await;
    fake.put("prod/db", "hunter2").await;
    let key = json!({ "id": "LTAI5tOfTheVariable", "secret": "s3cret" });
    fake.order("key", key).await;
    let (regions, sts) = (json!([{ "endpoint": fake.http }]).to_string(), fake.http.clone());
    let settings = OriginalSettings::new().with_environment_of(move |name| {
        Some(match name {
            "cache_client_region_id" => regions.clone().into(),
            "credentials_type" => "sts".into(),
            "credentials_access_key_id" => "LTAI5tOfTheVariable".into(),
            "credentials_access_secret" => "s3cret".into(),
            "credentials_role_arn" => "acs:ram::1234567890123456:role/reader".into(),
            "credentials_role_session_name" => "interop".into(),
            "credentials_sts_endpoint" => sts.clone().into(),
            _ => return None,
        })
    });
    let provider = settings.provider().unwrap().build().unwrap();
    assert!(provider.get("prod/db").await.is_ok());
    let calls = fake.calls().await;
    assert_eq!((&*calls[0].action, &*calls[0].key), ("AssumeRole", "LTAI5tOfTheVariable"));
    assert!(calls[1].key.starts_with("STS."));
}
