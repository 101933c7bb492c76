//! `check`, `providers` and `completions`: what is there, and whether it answers.

use omnisecret::kinds;
use std::process::Command;

use crate::world::{ACCT, Done, VAULT, World, recorded};

const CONFIG: &str = r#"
[providers.securestore]
path = "vault.json"
key_file = "vault.key"
[providers.billing]
kind = "acct"
path = "creds.fernet"
key_file = "creds.key"
[references]
A = "securestore:a"
NAME = "billing:provider/profile_name#username"
"#;

/// The files of the environment named by a configuration file instead.
fn configured(config: &str) -> World {
    let world = World::new();
    world.write("store/creds.key", recorded("creds.key"));
    world.write("store/omnisecret.toml", config);
    world
}

fn run(world: &World, args: &[&str]) -> Done {
    let mut command = world.command();
    for variable in ["OMNISECRET_VAULT", "OMNISECRET_VAULT_KEY_FILE", "ACCT_FILE", "ACCT_KEY"] {
        command.env_remove(variable);
    }
    let config = world.at("store/omnisecret.toml");
    if config.exists() {
        command.env("OMNISECRET_CONFIG", config);
    }
    Done::of(command.args(args))
}

/// The words of each line.
fn words(text: &[u8]) -> Vec<Vec<String>> {
    let text = std::str::from_utf8(text).unwrap();
    text.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
fn check_reads_every_reference_and_shows_no_value() {
    let world = configured(CONFIG);
    let table = run(&world, &["check"]).prints();
    assert!(!String::from_utf8_lossy(&table).contains("value of"));
    let expected = [
        vec!["NAME", "REFERENCE", "LONGEST", "USE", "RESULT"],
        vec!["A", "securestore:a", "15m", "ok"],
        vec!["NAME", "billing:provider/profile_name#username", "15m", "ok"],
    ];
    assert_eq!(words(&table), expected);
}

#[test]
fn check_probes_a_provider_without_a_reference() {
    let world = configured(CONFIG.split("[references]").next().unwrap());
    let expected = [
        vec!["NAME", "REFERENCE", "LONGEST", "USE", "RESULT"],
        vec!["billing", "-", "15m", "ok"],
        vec!["securestore", "-", "15m", "ok"],
    ];
    assert_eq!(words(&run(&world, &["check"]).prints()), expected);
    // A wrong key shows although there is no such secret.
    world.write("store/vault.key", recorded("other-vault.key"));
    let done = run(&world, &["check"]);
    assert_eq!(done.code, Some(6));
    let table = words(&done.stdout);
    assert_eq!(table[1], ["billing", "-", "15m", "ok"]);
    assert_eq!(table[2][..5], ["securestore", "-", "15m", "securestore", "get"]);
}

#[test]
fn check_says_how_long_a_revoked_value_is_used() {
    let config = format!("{CONFIG}[providers.billing.cache]\nttl = \"1m 30s\"\n");
    let world = configured(&config);
    let table = run(&world, &["check"]).prints_text();
    assert!(
        table.contains("A     securestore:a") && table.contains("  1m 30s       ok"),
        "{table}"
    );
    let json = run(&world, &["--format", "json", "check"]).prints_text();
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&rows[0]["longest_use_seconds"], &rows[1]["longest_use_seconds"]),
        (&900.0.into(), &90.0.into())
    );
}

#[test]
fn check_goes_on_after_a_fault_and_ends_with_the_first_ones_code() {
    let config = format!("{CONFIG}B = \"securestore:none\"\nC = \"none:a\"\n");
    let world = configured(&config);
    let done = run(&world, &["--format", "json", "check"]);
    assert_eq!((done.code, &*done.stderr), (Some(3), ""));
    let rows: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let row = |at: usize| (rows[at]["name"].as_str().unwrap(), rows[at]["ok"].as_bool().unwrap());
    assert_eq!(
        [row(0), row(1), row(2), row(3)],
        [("A", true), ("B", false), ("C", false), ("NAME", true)]
    );
    assert_eq!(rows[0]["error"], serde_json::Value::Null);
    assert_eq!(rows[0]["reference"], "securestore:a");
    assert!(rows[1]["error"].as_str().unwrap().contains("no such secret (not_found)"));
    assert!(!String::from_utf8_lossy(&done.stdout).contains("value of"));
}

#[test]
fn check_takes_references_as_arguments() {
    let world = configured(CONFIG);
    let table = words(&run(&world, &["check", "securestore:b"]).prints());
    assert_eq!(table[1], ["securestore:b", "securestore:b", "15m", "ok"]);
    assert_eq!(table.len(), 2);
    assert_eq!(run(&world, &["check", "securestore:b", "securestore:c"]).code, Some(3));
    run(&world, &["check", "nonsense"]).fails(2);
}

#[test]
fn check_of_the_environment_alone_probes_what_that_configures() {
    let world = World::new();
    let table = words(&world.run(["check"]).prints());
    assert_eq!(table[1..], [vec!["acct", "-", "15m", "ok"], vec!["securestore", "-", "15m", "ok"]]);
    let line = run(&world, &["check"]).fails(2);
    assert!(line.contains("no provider is configured"), "{line}");
}

#[test]
fn check_warns_of_variables_that_make_the_sdk_log_secrets() {
    let world = World::new();
    for name in ["LOG_SENSITIVE_BODIES", "LOG_SIGNABLE_BODY"] {
        let done = Done::of(world.command().env(name, "1").arg("check"));
        assert_eq!(done.code, Some(0));
        assert!(done.stderr.starts_with(&format!("omnisecret: {name} is set")), "{}", done.stderr);
        assert_eq!(done.stderr.lines().count(), 1);
    }
}

#[test]
fn names_in_a_table_are_escaped() {
    let config = "[references]\n\"a\\nb\\u001B[31m\" = \"securestore:x\\ny\"\n";
    let world = World::new();
    let config = world.write("store/omnisecret.toml", config);
    let done = Done::of(world.command().env("OMNISECRET_CONFIG", config).arg("check"));
    assert_eq!(done.code, Some(3));
    let table = String::from_utf8(done.stdout).unwrap();
    assert!(table.contains(r"a\nb\u{1b}[31m  securestore:x\ny"), "{table:?}");
    // The header, the reference, and acct, which the environment configures.
    assert_eq!(table.lines().count(), 3, "{table:?}");
}

#[test]
fn providers_shows_what_is_configured_and_what_it_can() {
    let world = configured(&format!("{CONFIG}[providers.later]\nkind = \"aws.sm\"\n"));
    let table = words(&run(&world, &["providers"]).prints());
    assert_eq!(table[0], ["NAME", "KIND", "ADDRESS", "CAN"]);
    let creds = world.file_of(&ACCT).display().to_string();
    let vault = world.file_of(&VAULT).display().to_string();
    assert_eq!(table[1], ["billing", "acct", &creds, "list", "update", "create"]);
    assert_eq!(table[2][..2], ["later", "aws.sm"]);
    // The packages of a workspace are built with each other's features.
    let is_built_in = kinds().iter().any(|kind| kind.id == "aws.sm" && kind.is_built_in());
    assert_eq!(table[2][2] == "nothing:", !is_built_in);
    assert_eq!(
        table[3],
        ["securestore", "securestore", &vault, "list", "update", "create", "binary"]
    );
    let json = run(&world, &["--format", "json", "providers"]).prints_text();
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(rows[2]["capabilities"], serde_json::json!(["list", "update", "create", "binary"]));
    let error = (!is_built_in).then_some("the kind \"aws.sm\" is not built in");
    assert_eq!(rows[1]["error"].as_str(), error);
}

#[test]
fn providers_shows_what_the_environment_configures() {
    let table = words(&World::new().run(["providers"]).prints());
    assert_eq!((&*table[1][0], &*table[2][0]), ("acct", "securestore"));
    assert_eq!(words(&run(&World::new(), &["providers"]).prints()).len(), 1);
}

#[test]
fn every_command_has_a_manual_page() {
    let world = World::new();
    let folder = world.at("home/man");
    std::fs::create_dir(&folder).unwrap();
    world.run(["man", folder.to_str().unwrap()]).prints();
    let pages = world.names_in("home/man");
    for command in ["", "-get", "-exec", "-vault", "-vault-get", "-acct-edit", "-man"] {
        let name = format!("omnisecret{command}.1");
        assert!(pages.contains(&name), "{name} is not among {pages:?}");
    }
    let page = std::fs::read_to_string(folder.join("omnisecret-get.1")).unwrap();
    assert!(page.starts_with(".ie") && page.contains("\\-\\-fresh"), "{page}");
    world.run(["man", "/nowhere/at/all"]).fails(2);
}

#[test]
fn every_shell_gets_completions_of_every_command() {
    let world = World::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = world.run(["completions", shell]).prints_text();
        for command in
            ["get", "list", "exists", "update", "check", "providers", "trust", "completions"]
        {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
    let script = world.write("store/completions", world.run(["completions", "bash"]).prints());
    assert!(Command::new("bash").arg("-n").arg(script).status().unwrap().success());
}
