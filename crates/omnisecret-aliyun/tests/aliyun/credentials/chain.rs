//! The default chain: its order, and that what is set up and fails is not passed over.

use std::collections::BTreeMap;
use std::fs;

use omnisecret_aliyun::CredentialsBuilder;
use omnisecret_core::ErrorKind;
use tempfile::TempDir;

use crate::server::Server;

/// A machine where every source is there, each with an answer of its own.
struct Machine {
    home: TempDir,
    server: Server,
    variables: BTreeMap<&'static str, String>,
}

impl Machine {
    fn new() -> Self {
        let (home, server) = (tempfile::tempdir().expect("a folder"), Server::start());
        let path = |name: &str| home.path().join(name);
        fs::create_dir_all(path(".aliyun")).expect("a folder");
        let cli = "{\"current\":\"c\",\"profiles\":[{\"name\":\"c\",\"mode\":\"AK\",\
                   \"access_key_id\":\"FromCli\",\"access_key_secret\":\"s\"}]}";
        fs::write(path(".aliyun/config.json"), cli).expect("a file");
        let ini = "[default]\ntype=access_key\naccess_key_id=FromIni\naccess_key_secret=s\n";
        fs::write(path("credentials.ini"), ini).expect("a file");
        fs::write(path("token"), "a.token").expect("a file");
        {
            let mut state = server.state();
            state.oidc_token = "a.token".to_owned();
            state.metadata.role = "web-role".to_owned();
            state.metadata.has_v2 = true;
        }
        let variables = [
            ("HOME", path("").display().to_string()),
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "FromEnv".to_owned()),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s".to_owned()),
            ("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1234567890123456:role/r".to_owned()),
            ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/p".to_owned()),
            ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", path("token").display().to_string()),
            ("ALIBABA_CLOUD_CREDENTIALS_FILE", path("credentials.ini").display().to_string()),
            ("ALIBABA_CLOUD_CREDENTIALS_URI", format!("{}/credentials", server.url())),
        ];
        Self { variables: variables.into_iter().collect(), home, server }
    }

    fn builder(&self) -> CredentialsBuilder {
        let variables = self.variables.clone();
        CredentialsBuilder::default()
            .env_with(move |name| variables.get(name).map(Into::into))
            .sts_endpoint(self.server.url())
            .metadata_endpoint(self.server.url())
    }

    /// Who answers: a fixed key's id, or the call that has given a temporary one.
    async fn asks_as(&self) -> Result<String, ErrorKind> {
        let before = self.server.state().seen.len();
        let credentials = self.builder().build().expect("settings");
        let given = credentials.credentials().await.map_err(|error| error.kind())?;
        let state = self.server.state();
        let call = state.seen[before..].last().map(|seen| seen.action.clone());
        Ok(call.unwrap_or_else(|| given.key_id().to_owned()))
    }
}

#[tokio::test]
async fn the_order_is_the_documented_one() {
    let mut machine = Machine::new();
    assert_eq!(machine.asks_as().await.as_deref(), Ok("FromEnv"));
    machine.variables.remove("ALIBABA_CLOUD_ACCESS_KEY_ID");
    machine.variables.remove("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
    assert_eq!(machine.asks_as().await.as_deref(), Ok("AssumeRoleWithOIDC"));
    machine.variables.remove("ALIBABA_CLOUD_OIDC_TOKEN_FILE");
    assert_eq!(machine.asks_as().await.as_deref(), Ok("FromCli"));
    machine.variables.insert("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true".to_owned());
    assert_eq!(machine.asks_as().await.as_deref(), Ok("FromIni"));
    fs::remove_file(machine.home.path().join("credentials.ini")).expect("it was there");
    assert_eq!(machine.asks_as().await.as_deref(), Ok("metadata-v2"));
    machine.variables.insert("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true".to_owned());
    assert_eq!(machine.asks_as().await.as_deref(), Ok("credentials"));
    machine.variables.remove("ALIBABA_CLOUD_CREDENTIALS_URI");
    assert_eq!(machine.asks_as().await, Err(ErrorKind::Unauthenticated));
}

#[tokio::test]
async fn a_source_that_is_set_up_and_fails_is_not_passed_over() {
    let mut machine = Machine::new();
    machine.variables.remove("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
    assert_eq!(machine.asks_as().await, Err(ErrorKind::InvalidConfig));
    machine.variables.remove("ALIBABA_CLOUD_ACCESS_KEY_ID");
    machine.server.fail("AssumeRoleWithOIDC", 1, 503, "ServiceUnavailable");
    assert_eq!(machine.asks_as().await, Err(ErrorKind::Unavailable));
    machine.variables.remove("ALIBABA_CLOUD_OIDC_TOKEN_FILE");
    fs::write(machine.home.path().join(".aliyun/config.json"), "{").expect("a file");
    assert_eq!(machine.asks_as().await, Err(ErrorKind::InvalidConfig));
}

#[tokio::test]
async fn a_machine_without_metadata_goes_on_to_the_credentials_uri() {
    let mut machine = Machine::new();
    machine.variables.retain(|name, _| *name == "ALIBABA_CLOUD_CREDENTIALS_URI");
    machine.server.state().metadata.role.clear();
    assert_eq!(machine.asks_as().await.as_deref(), Ok("credentials"));
}

#[tokio::test]
async fn a_profile_that_the_environment_names_is_the_one() {
    let mut machine = Machine::new();
    machine.variables.retain(|name, _| *name == "HOME" || name.ends_with("CREDENTIALS_FILE"));
    let ini = "[other]\ntype=access_key\naccess_key_id=FromOther\naccess_key_secret=s\n";
    fs::write(machine.home.path().join("credentials.ini"), ini).expect("a file");
    machine.variables.insert("ALIBABA_CLOUD_PROFILE", "other".to_owned());
    assert_eq!(machine.asks_as().await.as_deref(), Ok("FromOther"));
}

#[tokio::test]
async fn what_was_found_stays() {
    let mut machine = Machine::new();
    machine.variables.retain(|name, _| *name == "HOME");
    let credentials = machine.builder().build().expect("settings");
    let first = credentials.credentials().await.expect("a profile");
    fs::remove_file(machine.home.path().join(".aliyun/config.json")).expect("it was there");
    let second = credentials.credentials().await.expect("the same");
    assert_eq!(first.key_id(), second.key_id());
}
