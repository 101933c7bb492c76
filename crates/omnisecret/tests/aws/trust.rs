//! A file that was found may not say where AWS is, or who asks.

use omnisecret::{Config, ErrorKind, Secrets};

use crate::world::{KEYS, World, environment};

/// Every setting but the region.
const FORBIDDEN: &[&str] = &[
    "endpoint_url = \"URL\"",
    "sts_endpoint_url = \"URL\"",
    "profile = \"other\"",
    "ca_file = \"roots.pem\"",
    "account_id = \"111122223333\"",
    "principal = \"somebody\"",
    "role_arn = \"arn:aws:iam::111122223333:role/theirs\"",
    "session_name = \"x\"",
    "external_id = \"x1\"",
    "duration = \"1h\"",
    "policy = \"{}\"",
    "policy_arns = []",
    "tags = {}",
    "transitive_tags = []",
    "source_identity = \"x1\"",
    "mfa_serial = \"arn:aws:iam::111122223333:mfa/theirs\"",
    "sts_region = \"eu-west-1\"",
    "role_chain = []",
    "describe = true",
];

#[tokio::test]
async fn a_found_file_may_set_the_region_alone() {
    let world = World::new().await;
    let load = |setting: &str| {
        let setting = setting.replace("URL", &world.server.url());
        let text = format!("[providers.\"aws.sm\"]\nregion = \"eu-west-1\"\n{setting}\n");
        Config::load_found(world.write("omnisecret.toml", &text), |_| Ok(false))
    };
    assert!(load("").is_ok());
    for setting in FORBIDDEN {
        let error = load(setting).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        let key = setting.split(' ').next().unwrap();
        assert!(error.message().contains(&format!("providers.aws.sm.{key}")), "{error}");
    }
    assert!(world.server.requests().is_empty());
}

/// A second level has to know whose secrets it keeps.
#[cfg(feature = "cache-disk")]
#[tokio::test]
async fn a_second_level_is_bound_to_the_account_and_refused_without() {
    let world = World::new().await;
    world.write("cache.key", &"6b".repeat(32));
    let config = |settings: &str| {
        format!(
            "[providers.p]\nkind = \"aws.sm\"\nregion = \"eu-west-1\"\nendpoint_url = \"URL\"\n\
             {settings}\n[providers.p.cache.store]\nkind = \"disk\"\npath = \"cache\"\n\
             key_file = \"cache.key\"\n"
        )
    };
    let get = async |settings: &str| {
        // Another process, as it were: nothing but the folder is shared.
        let text = config(settings).replace("URL", &world.server.url());
        let config = Config::load(world.write("omnisecret.toml", &text)).unwrap();
        let secrets = Secrets::builder().config(config).environment(environment(&KEYS)).build();
        secrets.get("p", "prod/db").await
    };
    let refused = get("").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidConfig, "{refused}");

    let role = |account: &str| format!("role_arn = \"arn:aws:iam::{account}:role/reader\"");
    for (account, calls) in [("111122223333", 1), ("111122223333", 1), ("222233334444", 2)] {
        let secret = get(&role(account)).await.unwrap();
        assert!(secret.expose_str().unwrap().contains(account), "{account}");
        assert_eq!(world.server.count("GetSecretValue"), calls, "{account}");
    }
    let named = "account_id = \"111122223333\"\nprincipal = \"me\"";
    assert!(get(named).await.is_ok());
    assert_eq!(world.server.count("GetSecretValue"), 3);
}
