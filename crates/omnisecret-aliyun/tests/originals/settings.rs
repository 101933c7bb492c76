//! What each key means, and which layer wins.

use std::ffi::OsString;
use std::fs;

use omnisecret_aliyun::OriginalSettings;
use omnisecret_core::{ErrorKind, Result, SecretProvider};

const KEY: &str = "credentials_type=ak\ncredentials_access_key_id=LTAI5tExample\n\
    credentials_access_secret=hunter2#more\n";
const REGIONS: &str = r#"cache_client_region_id=[{"regionId":"cn-hangzhou"},{"regionId":"cn-beijing","vpc":true},{"regionId":"cn-shanghai","endpoint":"http://127.0.0.1:9"}]"#;

async fn settings(text: &str) -> OriginalSettings {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("any.properties");
    fs::write(&file, text).unwrap();
    OriginalSettings::read(file).await.unwrap()
}

/// Where the provider would ask, in its order.
fn addresses(settings: &OriginalSettings) -> Result<String> {
    Ok(settings.provider()?.build()?.info().address().to_owned())
}

fn variables(set: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<OsString> + Send + Sync {
    move |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
}

#[tokio::test]
async fn regions_are_asked_in_the_order_of_the_file() {
    let settings = settings(&format!("{KEY}{REGIONS}\n")).await;
    assert_eq!(
        addresses(&settings).unwrap(),
        "https://kms.cn-hangzhou.aliyuncs.com,https://kms-vpc.cn-beijing.aliyuncs.com,\
         http://127.0.0.1:9"
    );
    let shown = format!("{settings:?}");
    assert!(shown.contains("credentials_access_secret") && !shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn the_environment_adds_regions_and_replaces_credentials_as_a_whole() {
    let text = format!("{KEY}cache_client_region_id=[{{\"regionId\":\"cn-hangzhou\"}}]");
    let text = text.as_str();
    let with = |set| async move { settings(text).await.with_environment_of(variables(set)) };
    let more = with(&[("cache_client_region_id", r#"[{"regionId":"cn-beijing","vpc":"true"}]"#)]);
    assert_eq!(
        addresses(&more.await).unwrap(),
        "https://kms.cn-hangzhou.aliyuncs.com,https://kms-vpc.cn-beijing.aliyuncs.com"
    );
    // The file's secret does not complete the environment's id.
    let half = with(&[("credentials_type", "ak"), ("credentials_access_key_id", "LTAI5tOther")]);
    let error = half.await.provider().unwrap_err();
    assert!(error.message().contains("credentials_access_secret"), "{error}");
}

#[tokio::test]
async fn the_environment_alone_is_enough() {
    let settings = OriginalSettings::new().with_environment_of(variables(&[
        ("credentials_type", "ecs_ram_role"),
        ("credentials_role_name", "app"),
        ("cache_client_region_id", r#"[{"regionId":"cn-hangzhou"}]"#),
    ]));
    assert!(addresses(&settings).is_ok());
}

#[tokio::test]
async fn each_type_of_credentials_names_what_it_lacks() {
    for (kind, lacks) in [
        ("ak", "credentials_access_key_id, credentials_access_secret"),
        ("token", "credentials_access_token_id, credentials_access_token"),
        ("sts", "credentials_role_arn, credentials_role_session_name"),
        ("ram_role", "credentials_role_arn, credentials_role_session_name"),
        ("ecs_ram_role", "credentials_role_name"),
        ("oidc_role_arn", "credentials_oidc_provider_arn, credentials_oidc_token_file_path"),
        ("client_key", "client_key_private_key_path"),
    ] {
        let error = settings(&format!("credentials_type={kind}")).await.provider().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(error.message().ends_with(lacks), "{error}");
    }
    let error = settings("credentials_type=hunter2").await.provider().unwrap_err();
    assert!(!error.to_string().contains("hunter2") && error.action().contains("ecs_ram_role"));
}

#[tokio::test]
async fn a_role_is_checked_and_its_times_are_read() {
    let text = format!(
        "{KEY}{REGIONS}\ncredentials_type=ram_role\ncredentials_role_session_name=app\n\
         credentials_role_arn=acs:ram::1234567890123456:role/reader\n"
    );
    assert!(addresses(&settings(&text).await).is_ok());
    for (more, fault) in [
        ("credentials_duration_seconds=soon", "number of seconds"),
        ("credentials_duration_seconds=60", "15 minutes"),
        ("credentials_sts_endpoint=http://sts.example", "https"),
        ("credentials_role_arn=reader", "role_arn"),
    ] {
        let error = addresses(&settings(&format!("{text}{more}\n")).await).unwrap_err();
        assert!(error.message().contains(fault), "{more}: {error}");
    }
}

#[tokio::test]
async fn what_is_not_an_array_of_regions_is_refused_and_not_quoted() {
    for json in ["hunter2", r#"{"regionId":"hunter2"}"#, r#"[{"vpc":true}]"#, r#"["hunter2"]"#] {
        let text = format!("{KEY}cache_client_region_id={json}\n");
        let error = addresses(&settings(&text).await).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{json}");
        assert!(!format!("{error:?}").contains("hunter2"), "{json}");
    }
}

#[tokio::test]
async fn names_of_secrets_are_a_list_with_commas() {
    let names = settings("secret_names = acs/ram/user/a, acs/ram/user/b,,\n").await.secret_names();
    assert_eq!(names, ["acs/ram/user/a", "acs/ram/user/b"]);
    assert!(settings("").await.secret_names().is_empty());
}

#[cfg(feature = "dkms")]
mod instances {
    use super::*;

    fn text(more: &str) -> String {
        format!(
            "cache_client_dkms_config_info=[{{\"regionId\":\"cn-hangzhou\",\
             \"endpoint\":\"kst-1.cryptoservice.kms.aliyuncs.com\",\
             \"clientKeyFile\":\"/run/key.json\"{more}}}]\n"
        )
    }

    #[tokio::test]
    async fn an_instance_comes_first_and_needs_no_other_credentials() {
        let text = format!("{REGIONS}\n{}", text(r#","password":"p","ignoreSSL":"false""#));
        let address = addresses(&settings(&text).await).unwrap();
        assert!(address.starts_with("https://kst-1.cryptoservice.kms.aliyuncs.com,"), "{address}");
        assert_eq!(address.split(',').count(), 4);
    }

    #[tokio::test]
    async fn a_password_is_looked_for_where_the_entry_says() {
        for (entry, rest) in [
            (r#","passwordFromFilePath":"/run/password""#, ""),
            (r#","passwordFromEnvVariable":"OPS_PASSWORD""#, ""),
            (r#","passwordFromFilePathName":"where""#, "where=/run/password\n"),
            (r#","password":"p""#, ""),
            ("", "client_key_password_from_file_path=/run/password\n"),
            ("", "client_key_password_from_env_variable=OPS_PASSWORD\n"),
        ] {
            let set = &[("OPS_PASSWORD", "p")];
            let found = settings(&(text(entry) + rest)).await.with_environment_of(variables(set));
            assert!(addresses(&found).is_ok(), "{entry} {rest}");
        }
        for entry in ["", r#","passwordFromEnvVariable":"OPS_PASSWORD""#] {
            let found = settings(&text(entry)).await.with_environment_of(|_| None);
            assert_eq!(addresses(&found).unwrap_err().kind(), ErrorKind::InvalidConfig, "{entry}");
        }
    }

    #[tokio::test]
    async fn what_is_missing_or_would_be_left_out_is_named() {
        for (json, fault) in [
            (r#"[{"regionId":"cn-hangzhou"}]"#.to_owned(), "endpoint, clientKeyFile"),
            ("hunter2".to_owned(), "not an array"),
            (
                r#"[{"regionId":"a","endpoint":"b","clientKeyFile":"c","httpsProxy":"hunter2"}]"#
                    .to_owned(),
                "proxy",
            ),
        ] {
            let text = format!("cache_client_dkms_config_info={json}\n");
            let error = addresses(&settings(&text).await).unwrap_err();
            assert!(error.message().contains(fault), "{error}");
            assert!(!format!("{error:?} {}", error.action()).contains("hunter2"));
        }
    }

    #[tokio::test]
    async fn plain_http_is_for_this_machine_alone() {
        let http = text(r#","password":"p","protocol":"http""#);
        assert_eq!(addresses(&settings(&http).await).unwrap_err().kind(), ErrorKind::InvalidConfig);
        let here = http.replace("kst-1.cryptoservice.kms.aliyuncs.com", "127.0.0.1:9");
        assert_eq!(addresses(&settings(&here).await).unwrap(), "http://127.0.0.1:9");
    }
}
