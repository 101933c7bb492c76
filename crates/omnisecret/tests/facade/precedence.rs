//! Where a setting comes from when several places have it: named variable, file, usual variable.

use omnisecret::{Config, ErrorKind, Result, SecretValue, Secrets};

use crate::world::{PROFILE, World, environment, recorded_text};

/// A key of the right form that opens nothing here.
const WRONG: &str = "m59qNiuiWfbG0RUVsZk4toMdqI6MyYywlFsWW1wui9o=";

/// Whether the right key was taken, or what was said.
async fn opens(secrets: &Secrets, provider: &str, path: &str) -> Result<bool, ErrorKind> {
    match secrets.get(provider, path).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::Corrupt => Ok(false),
        Err(error) => Err(error.kind()),
    }
}

#[tokio::test]
async fn the_key_of_acct_comes_from_a_named_variable_then_a_file_then_the_usual_variable() {
    let right = recorded_text("creds.key");
    for (key_env, key_file, acct_key, expected) in [
        (Some(&*right), Some(WRONG), Some(WRONG), Ok(true)),
        (Some(WRONG), Some(&*right), Some(&*right), Ok(false)),
        (None, Some(&*right), Some(WRONG), Ok(true)),
        (None, Some(WRONG), Some(&*right), Ok(false)),
        (Some(&*right), None, Some(WRONG), Ok(true)),
        // A variable that is named and not set is no reason to take another.
        (None, None, Some(&*right), Err(ErrorKind::InvalidConfig)),
    ] {
        let world = World::new();
        let mut config = String::from(
            "[providers.billing]\nkind = \"acct\"\npath = \"creds.fernet\"\nkey_env = \"MY_KEY\"\n",
        );
        if let Some(key) = key_file {
            world.write("my.key", key);
            config += "key_file = \"my.key\"\n";
        }
        let variables = [("MY_KEY", key_env), ("ACCT_KEY", acct_key)];
        let set: Vec<_> =
            variables.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
        let secrets = world.secrets(&config, &set).unwrap();
        let said = opens(&secrets, "billing", PROFILE).await;
        assert_eq!(said, expected, "{set:?} {key_file:?}");
    }
}

#[tokio::test]
async fn a_variable_that_is_named_and_not_set_is_told() {
    let world = World::new();
    for (kind, key) in
        [("acct", "key_env"), ("securestore", "key_env"), ("securestore", "password_env")]
    {
        let config = format!("[providers.x]\nkind = {kind:?}\npath = \"y\"\n{key} = \"MY_KEY\"\n");
        let error = world.secrets(&config, &[]).unwrap().get("x", "a/b").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(error.message().contains("\"MY_KEY\" is not set"), "{error}");
    }
}

#[tokio::test]
async fn a_path_in_the_file_goes_before_the_usual_variable() {
    let world = World::new();
    let (creds, vault) = (world.at("creds.fernet"), world.at("vault.json"));
    let (acct_key, vault_key) = (recorded_text("creds.key"), recorded_text("vault.key"));
    for (id, variable, file, path) in
        [("acct", "ACCT_FILE", &creds, PROFILE), ("securestore", "OMNISECRET_VAULT", &vault, "a")]
    {
        let keys = [("ACCT_KEY", &*acct_key), ("OMNISECRET_VAULT_KEY", &*vault_key)];
        let name = file.file_name().unwrap().to_str().unwrap();
        let config = format!("[providers.{id}]\npath = {name:?}\n");
        let elsewhere = [&keys[..], &[(variable, "/not/there")]].concat();
        let secrets = world.secrets(&config, &elsewhere).unwrap();
        assert_eq!(opens(&secrets, id, path).await, Ok(true));
        // Without the setting the variable counts, and without the file too.
        let named = [&keys[..], &[(variable, file.to_str().unwrap())]].concat();
        let secrets = world.secrets(&format!("[providers.{id}]\n"), &named).unwrap();
        assert_eq!(opens(&secrets, id, path).await, Ok(true));
        let secrets = Secrets::builder().environment(environment(&named)).build();
        assert_eq!(opens(&secrets, id, path).await, Ok(true));
    }
}

#[tokio::test]
async fn the_key_of_a_vault_comes_from_a_named_variable_then_a_file_then_the_usual_ones() {
    let world = World::new();
    let key = recorded_text("vault.key");
    let key_file = world.at("vault.key");
    let key_file = key_file.to_str().unwrap();
    world.write("wrong.key", [b'w'; 32]);
    let wrong_file = world.at("wrong.key");
    let wrong_file = wrong_file.to_str().unwrap();
    for (settings, variables, expected) in [
        ("key_env = \"K\"\nkey_file = \"wrong.key\"", &[("K", &*key)][..], true),
        ("key_env = \"K\"\nkey_file = \"wrong.key\"", &[], false),
        ("password_env = \"P\"\nkey_file = \"vault.key\"", &[("P", "wrong")], false),
        ("password_env = \"P\"\nkey_file = \"vault.key\"", &[], true),
        ("key_env = \"K\"\npassword_env = \"P\"", &[("K", &*key), ("P", "wrong")], true),
        ("key_file = \"vault.key\"", &[("OMNISECRET_VAULT_KEY_FILE", wrong_file)], true),
        ("key_file = \"wrong.key\"", &[("OMNISECRET_VAULT_KEY", &*key)], false),
        ("password_file = \"wrong.key\"", &[("OMNISECRET_VAULT_KEY", &*key)], false),
        ("", &[("OMNISECRET_VAULT_KEY_FILE", key_file)], true),
        ("", &[("OMNISECRET_VAULT_KEY", &*key), ("OMNISECRET_VAULT_PASSWORD", "wrong")], true),
        ("", &[("OMNISECRET_VAULT_KEY_FILE", wrong_file), ("OMNISECRET_VAULT_KEY", &*key)], false),
        ("", &[("OMNISECRET_VAULT_PASSWORD", "wrong")], false),
    ] {
        let config = format!("[providers.securestore]\npath = \"vault.json\"\n{settings}\n");
        let secrets = world.secrets(&config, variables).unwrap();
        assert_eq!(opens(&secrets, "securestore", "a").await, Ok(expected), "{settings}");
    }
}

#[tokio::test]
async fn somebody_is_asked_only_where_no_setting_has_a_key() {
    let world = World::new();
    for (settings, expected) in [("key_file = \"vault.key\"", Ok(true)), ("", Ok(false))] {
        let config = format!("[providers.securestore]\npath = \"vault.json\"\n{settings}\n");
        let config = Config::load(world.write("omnisecret.toml", config)).unwrap();
        let secrets = Secrets::builder()
            .config(config)
            .environment(environment(&[]))
            .prompt(|| Ok(SecretValue::text("wrong")))
            .build();
        assert_eq!(opens(&secrets, "securestore", "a").await, expected);
    }
}
