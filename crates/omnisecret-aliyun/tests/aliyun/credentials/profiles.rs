//! Profiles: those of the CLI, and those of the SDKs.

use std::fs;
use std::sync::Arc;

use omnisecret_aliyun::{CredentialsBuilder, ProvideCredentials};
use omnisecret_core::ErrorKind;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::{KEY_ID, KEY_SECRET, Server};

const ROLE: &str = "acs:ram::1234567890123456:role/reader";

fn home() -> TempDir {
    let home = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(home.path().join(".aliyun")).expect("a folder");
    fs::create_dir_all(home.path().join(".alibabacloud")).expect("a folder");
    home
}

fn at_home(home: &TempDir, server: &Server) -> CredentialsBuilder {
    let path = home.path().as_os_str().to_owned();
    CredentialsBuilder::default()
        .env_with(move |name| (name == "HOME").then(|| path.clone()))
        .sts_endpoint(server.url())
        .metadata_endpoint(server.url())
}

/// The profile `default` of a CLI configuration with these profiles.
pub(super) fn with_config(
    profiles: &[Value],
    server: &Server,
) -> (TempDir, Arc<dyn ProvideCredentials>) {
    let home = home();
    let config = json!({ "current": "default", "profiles": profiles, "meta_path": "" });
    fs::write(home.path().join(".aliyun/config.json"), config.to_string()).expect("a file");
    let credentials = at_home(&home, server).profile("default").build().expect("settings");
    (home, credentials)
}

fn key(name: &str, mode: &str) -> Value {
    json!({ "name": name, "mode": mode, "access_key_id": KEY_ID, "access_key_secret": KEY_SECRET })
}

fn merged(mut profile: Value, more: Value) -> Value {
    for (name, value) in more.as_object().expect("an object") {
        profile[name] = value.clone();
    }
    profile
}

#[tokio::test]
async fn the_modes_of_the_cli_are_read() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let token = folder.path().join("token");
    fs::write(&token, "a.token").expect("a file");
    {
        let mut state = server.state();
        state.oidc_token = "a.token".to_owned();
        state.metadata.role = "web-role".to_owned();
        state.metadata.has_v2 = true;
    }
    let role = json!({ "ram_role_arn": ROLE, "ram_session_name": "s1", "expired_seconds": 900 });
    let oidc =
        json!({ "oidc_provider_arn": "acs:ram::1:oidc-provider/p", "oidc_token_file": token });
    let modes = [
        key("default", "AK"),
        merged(key("default", "StsToken"), json!({ "sts_token": "a-token" })),
        merged(key("default", "RamRoleArn"), role.clone()),
        json!({ "name": "default", "mode": "EcsRamRole", "ram_role_name": "web-role" }),
        merged(json!({ "name": "default", "mode": "OIDC" }), merged(role.clone(), oidc)),
        merged(
            json!({ "name": "default", "mode": "ChainableRamRoleArn", "source_profile": "base" }),
            role,
        ),
    ];
    let mut ids = Vec::new();
    for mode in modes {
        let (_home, credentials) = with_config(&[key("base", "AK"), mode], &server);
        let given = credentials.credentials().await.expect("credentials");
        ids.push(given.key_id().to_owned());
        assert_eq!(given.security_token().is_some(), ids.len() != 1);
    }
    let temporary = |n: u32| format!("STS.Temporary{n:08}");
    let expected = [KEY_ID.to_owned(), KEY_ID.to_owned()].into_iter().chain((1..=4).map(temporary));
    assert_eq!(ids, expected.collect::<Vec<_>>());
    let assumed = server.seen("AssumeRole").pop().expect("a call");
    assert_eq!(assumed.parameters["RoleSessionName"], "s1");
    assert_eq!(assumed.parameters["DurationSeconds"], "900");
}

#[tokio::test]
async fn a_circle_of_profiles_and_an_unknown_mode_are_invalid_config() {
    let server = Server::start();
    let link = |name: &str, source: &str| json!({ "name": name, "mode": "ChainableRamRoleArn", "source_profile": source, "ram_role_arn": ROLE });
    let circle = [link("default", "other"), link("other", "default")];
    let unknown = [json!({ "name": "default", "mode": "Telepathy" })];
    let half = [json!({ "name": "default", "mode": "AK", "access_key_id": KEY_ID })];
    for profiles in [&circle[..], &unknown, &half, &[link("default", "none")], &[]] {
        let (_home, credentials) = with_config(profiles, &server);
        let error = credentials.credentials().await.expect_err("no profile");
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{profiles:?}");
    }
}

#[tokio::test]
async fn what_is_wrong_in_a_file_is_told_without_its_text() {
    let server = Server::start();
    let home = home();
    let text =
        format!("{{\"profiles\": [{{\"access_key_secret\": 5, \"x\": \"{KEY_SECRET}\"}}, ]}}");
    fs::write(home.path().join(".aliyun/config.json"), text).expect("a file");
    let credentials = at_home(&home, &server).profile("default").build().expect("settings");
    let error = credentials.credentials().await.expect_err("no JSON");
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(!format!("{error:?}").contains(KEY_SECRET), "{error:?}");
}

#[tokio::test]
async fn the_types_of_the_sdks_file_are_read() {
    let server = Server::start();
    let home = home();
    let token = home.path().join("token");
    fs::write(&token, "a.token").expect("a file");
    {
        let mut state = server.state();
        state.oidc_token = "a.token".to_owned();
        state.metadata.role = "web-role".to_owned();
        state.metadata.has_v2 = true;
    }
    let text = format!(
        "# keys\n[plain]\ntype = access_key\naccess_key_id = {KEY_ID}\naccess_key_secret = {KEY_SECRET} # mine\n\
         [role]\ntype = ram_role_arn\naccess_key_id={KEY_ID}\naccess_key_secret={KEY_SECRET}\n\
         role_arn = {ROLE}\nrole_session_name = s2\n\
         [token]\ntype = oidc_role_arn\nrole_arn = {ROLE}\noidc_provider_arn = acs:ram::1:oidc-provider/p\n\
         oidc_token_file_path = {}\n\
         [machine]\ntype = ecs_ram_role\nrole_name = web-role\n\
         [japan]\ntype = rsa_key_pair\n",
        token.display(),
    );
    fs::write(home.path().join(".alibabacloud/credentials.ini"), text).expect("a file");
    let mut ids = Vec::new();
    for profile in ["plain", "role", "token", "machine"] {
        let credentials = at_home(&home, &server).profile(profile).build().expect("settings");
        ids.push(credentials.credentials().await.expect(profile).key_id().to_owned());
    }
    let temporary = |n: u32| format!("STS.Temporary{n:08}");
    assert_eq!(ids, [KEY_ID.to_owned(), temporary(1), temporary(2), temporary(3)]);
    assert_eq!(server.seen("AssumeRole")[0].parameters["RoleSessionName"], "s2");
    for profile in ["japan", "none"] {
        let credentials = at_home(&home, &server).profile(profile).build().expect("settings");
        let error = credentials.credentials().await.expect_err(profile);
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{profile}");
    }
}
