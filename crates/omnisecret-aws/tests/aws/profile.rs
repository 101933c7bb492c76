//! Profiles, and the other places that credentials come from.

use std::path::Path;

use omnisecret_aws::Settings;
use omnisecret_aws_testkit::{Answer, AwsServer};
use omnisecret_core::ErrorKind;

use crate::support::{KEY_ID, get, server, session, settings_with};

const CONFIG: &str = "
[default]
region = eu-west-1
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = s

[profile work]
region = eu-north-1
aws_access_key_id = AKIAWORK
aws_secret_access_key = s

[profile region-only]
region = eu-south-1

[profile through-role]
region = eu-central-1
role_arn = arn:aws:iam::111122223333:role/of-profile
source_profile = work

[profile through-process]
region = eu-central-1
credential_process = echo '{\"Version\":1,\"AccessKeyId\":\"AKIAPROCESS\",\"SecretAccessKey\":\"s\"}'
";

fn with_config(folder: &Path, server: &AwsServer, variables: &[(&str, &str)]) -> Settings {
    let file = folder.join("config");
    std::fs::write(&file, CONFIG).expect("a file");
    let mut all = vec![
        ("AWS_CONFIG_FILE", file.to_str().expect("UTF-8").to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_ENDPOINT_URL", server.url()),
    ];
    all.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let all: Vec<_> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
    settings_with(&all)
}

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", KEY_ID), ("AWS_SECRET_ACCESS_KEY", "s")];

/// Who asks, and in which region.
async fn asked(server: &AwsServer, settings: Settings) -> (String, String) {
    server.forget();
    let who = get(&session(settings)).await.expect("an answer");
    let requests = server.requests_for("GetParameter");
    (who, requests[0].signature.as_ref().expect("signed").region.clone())
}

#[tokio::test]
async fn a_profile_that_is_named_comes_before_keys_in_the_environment() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let pair = |who: &str, region: &str| (who.to_owned(), region.to_owned());
    let settings = with_config(folder.path(), &server, &KEYS);
    assert_eq!(asked(&server, settings.clone()).await, pair(KEY_ID, "eu-west-1"));
    assert_eq!(asked(&server, settings.profile("work")).await, pair("AKIAWORK", "eu-north-1"));

    let settings = with_config(folder.path(), &server, &[]);
    assert_eq!(asked(&server, settings).await, pair("AKIADEFAULT", "eu-west-1"));
    let settings = with_config(folder.path(), &server, &[("AWS_PROFILE", "work")]);
    assert_eq!(asked(&server, settings.clone()).await, pair("AKIAWORK", "eu-north-1"));
    let settings = settings.profile("through-process");
    assert_eq!(asked(&server, settings).await, pair("AKIAPROCESS", "eu-central-1"));
}

#[tokio::test]
async fn a_profile_that_is_not_there_is_a_mistake_and_nobody_else_reads() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    for settings in [
        with_config(folder.path(), &server, &KEYS).profile("wrok"),
        with_config(folder.path(), &server, &[("AWS_PROFILE", "wrok")]),
    ] {
        let error = get(&session(settings.region("eu-central-1"))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        assert!(error.message().contains("wrok"), "{error}");
    }
    let nobody = with_config(folder.path(), &server, &KEYS).profile("region-only");
    let error = get(&session(nobody)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
    assert_eq!(server.operations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_role_in_a_profile_is_assumed_and_its_refusal_is_told() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let settings = with_config(folder.path(), &server, &[]).profile("through-role");
    assert_eq!(get(&session(settings.clone())).await.unwrap(), "ASIA111122223333N1");
    server.script("AssumeRole", Answer::xml_error(403, "AccessDenied"));
    let error = get(&session(settings)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert!(error.action().contains("trust policy"), "{}", error.action());
}

#[tokio::test]
async fn a_web_identity_is_exchanged_for_a_session() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let token = folder.path().join("token");
    std::fs::write(&token, "made.up.token").unwrap();
    let settings = settings_with(&[
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap()),
        ("AWS_ROLE_ARN", "arn:aws:iam::777788889999:role/pod"),
        ("AWS_ROLE_SESSION_NAME", "pod-1"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL", &server.url()),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    assert_eq!(get(&session(settings.clone())).await.unwrap(), "ASIA777788889999N1");
    let form = &server.requests_for("AssumeRoleWithWebIdentity")[0].form;
    assert_eq!(form["WebIdentityToken"], "made.up.token");
    assert_eq!(form["RoleSessionName"], "pod-1");
    server.script("AssumeRoleWithWebIdentity", Answer::xml_error(400, "ExpiredTokenException"));
    let error = get(&session(settings)).await;
    // Read anew and exchanged once more, in the same call.
    assert_eq!(error.unwrap(), "ASIA777788889999N2");
}
