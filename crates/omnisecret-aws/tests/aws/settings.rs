//! What settings say and where they come from.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::time::Duration;

use omnisecret_aws::{Role, Settings};
use omnisecret_core::ErrorKind;

use crate::support::{KEY_ID, get, server, session, settings, settings_with};

const KEYS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", KEY_ID),
    ("AWS_SECRET_ACCESS_KEY", "s"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
];
const READER: &str = "arn:aws:iam::111122223333:role/reader";

fn with(variables: &[(&str, &str)]) -> Settings {
    settings_with(&[&KEYS, variables].concat())
}

#[tokio::test]
async fn the_nearest_region_wins() {
    for (region, variables, expected) in [
        (Some("eu-west-3"), &[("AWS_REGION", "eu-west-2")][..], "eu-west-3"),
        (None, &[("AWS_REGION", "eu-west-2"), ("AWS_DEFAULT_REGION", "eu-west-1")], "eu-west-2"),
        (None, &[("AWS_DEFAULT_REGION", "eu-west-1")], "eu-west-1"),
    ] {
        let server = server().await;
        let mut settings = with(variables).endpoint_url(server.url());
        if let Some(region) = region {
            settings = settings.region(region);
        }
        assert_eq!(settings.identity("ssm").region.as_deref(), Some(expected));
        get(&session(settings)).await.unwrap();
        let signature = server.requests()[0].signature.clone().unwrap();
        assert_eq!((&*signature.region, &*signature.service), (expected, "ssm"));
    }
}

#[tokio::test]
async fn the_nearest_endpoint_wins() {
    let [set, own, all] = [server().await, server().await, server().await];
    let (own_url, all_url) = (own.url(), all.url());
    let both = [("AWS_ENDPOINT_URL_SSM", &*own_url), ("AWS_ENDPOINT_URL", &*all_url)];
    for (settings, asked) in
        [(with(&both).endpoint_url(set.url()), &set), (with(&both), &own), (with(&both[1..]), &all)]
    {
        let settings = settings.region("eu-central-1");
        assert_eq!(settings.identity("ssm").endpoint, asked.url());
        get(&session(settings)).await.unwrap();
        assert_eq!(asked.operations(), ["GetParameter"]);
        asked.forget();
    }
    let ignoring = with(&[&both[..], &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]].concat());
    assert_eq!(ignoring.identity("ssm").endpoint, "");
}

#[tokio::test]
async fn roles_are_assumed_where_it_is_said() {
    let [service, sts] = [server().await, server().await];
    let role = Role::new(READER);
    let url = sts.url();
    for (settings, at_sts) in [
        (with(&[]).sts_endpoint_url(sts.url()), true),
        (with(&[("AWS_ENDPOINT_URL_STS", &url)]), true),
        // An emulator is taken for both.
        (with(&[]), false),
        (with(&[("AWS_ENDPOINT_URL", &url)]), false),
    ] {
        let settings = settings.region("eu-central-1").endpoint_url(service.url());
        get(&session(settings.role(role.clone()))).await.unwrap();
        assert_eq!(sts.count("AssumeRole"), usize::from(at_sts));
        assert_eq!(service.count("AssumeRole"), usize::from(!at_sts));
        service.forget();
        sts.forget();
    }
    // A private endpoint is the service's alone.
    let settings = with(&[("AWS_ENDPOINT_URL_STS", &url)])
        .region("eu-central-1")
        .endpoint_url("https://127.0.0.1:1")
        .role(role);
    get(&session(settings)).await.unwrap_err();
    assert_eq!(sts.count("AssumeRole"), 1);
}

#[test]
fn every_fault_is_named_at_once() {
    let settings = settings_with(&[("AWS_ENDPOINT_URL", "ftp://127.0.0.1")])
        .region("eu/central")
        .profile(" ")
        .account_id("12")
        .request_timeout(Duration::ZERO)
        .sts_endpoint_url("http://192.0.2.1")
        .role(
            Role::new("arn:aws:iam::1:role/x")
                .session_name("a b")
                .source_identity("?")
                .duration(Duration::from_secs(1))
                .external_id("x")
                .transitive_tag("team")
                .mfa_serial("GAHT1234")
                .sts_region(""),
        );
    let error = settings.check("ssm").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    for part in [
        "\"eu/central\" is no region",
        "the profile has no name",
        "\"12\" is no account id",
        "a request is given no time",
        "\"ftp://127.0.0.1\" is neither https nor http",
        "\"http://192.0.2.1\" is plain http",
        "has no ARN of a role",
        "no usable session name",
        "no usable source identity",
        "not within 15 minutes and 12 hours",
        "not of 2 to 1224 characters",
        "the transitive tag \"team\" and no tag",
        "nothing is there to ask",
        "\"\", which is no region",
    ] {
        assert!(error.message().contains(part), "{part}: {error}");
    }
}

#[test]
fn an_endpoint_with_a_password_is_refused_and_not_shown() {
    let settings = with(&[]).endpoint_url("https://user:hunter2-hunter2@example.com");
    let error = settings.check("ssm").unwrap_err();
    assert!(error.message().contains("user name or password"), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"));
    for url in ["not a url", "https://example.com?x=1", "http://example.com", "http://10.0.0.1"] {
        assert!(with(&[]).endpoint_url(url).check("ssm").is_err(), "{url}");
    }
    for url in ["https://example.com", "http://localhost:4566", "http://[::1]:1"] {
        assert!(with(&[]).endpoint_url(url).check("ssm").is_ok(), "{url}");
    }
}

#[test]
fn a_variable_that_is_no_text_is_named() {
    let settings = Settings::from_env_with(|name| {
        (name == "AWS_PROFILE").then(|| OsString::from_vec(vec![0xff]))
    });
    let error = settings.check("ssm").unwrap_err();
    assert!(error.message().contains("AWS_PROFILE"), "{error}");
}

#[test]
fn settings_say_whose_secrets_these_are() {
    let unknown = settings_with(&[]).identity("ssm");
    assert_eq!((unknown.account, unknown.region, unknown.principals), (None, None, None));
    assert_eq!(unknown.endpoint, "");

    let role = Role::new(READER);
    let by_role = settings_with(&[("AWS_ACCOUNT_ID", "999999999999")]).role(role.clone());
    assert_eq!(by_role.identity("ssm").account.as_deref(), Some("111122223333"));
    assert_eq!(by_role.identity("ssm").principals.unwrap(), [READER]);

    let said = by_role.account_id("222222222222").principal("ci");
    assert_eq!(said.identity("ssm").account.as_deref(), Some("222222222222"));
    assert_eq!(said.identity("ssm").principals.unwrap(), ["ci", READER]);

    let keys = settings_with(&[("AWS_ACCOUNT_ID", "999999999999")]);
    assert_eq!(keys.identity("ssm").account.as_deref(), Some("999999999999"));
    // What is said of the keys is not said of a profile.
    assert_eq!(keys.profile("work").identity("ssm").account, None);
}

#[test]
fn a_narrowed_session_is_another_reader() {
    let plain = Role::new(READER);
    let roles = [
        plain.clone(),
        plain.clone().policy("{}"),
        plain.clone().policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess"),
        plain.clone().tag("team", "a"),
        plain.clone().tag("team", "b"),
        plain.clone().source_identity("alice"),
    ];
    let mut principals: Vec<_> = roles
        .into_iter()
        .map(|role| settings_with(&[]).role(role).identity("ssm").principals)
        .collect();
    principals.sort();
    principals.dedup();
    assert_eq!(principals.len(), 6);
}

#[tokio::test]
async fn an_address_tells_providers_apart_and_holds_no_credential() {
    let server = server().await;
    let address = settings(&server).role(Role::new(READER)).address("ssm");
    assert_eq!(address, format!("eu-central-1 as {READER} at {}", server.url()));
    assert_eq!(with(&[]).address("ssm"), "region of the profile or the machine");
    let work = with(&[]).profile("work").account_id("222222222222");
    assert_eq!(work.address("ssm"), "region of the profile \"work\" in 222222222222");
}
