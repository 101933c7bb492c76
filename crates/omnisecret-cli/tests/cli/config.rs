//! Faults of a configuration file that the user has named.

use crate::world::{Done, VAULT, World, recorded};

fn with(config: &str, args: &[&str]) -> Done {
    let world = World::new();
    world.write("store/vault.json", recorded("vault.json"));
    let config = world.write("store/omnisecret.toml", config);
    Done::of(world.command().env("OMNISECRET_CONFIG", config).args(args))
}

fn get(config: &str) -> Done {
    with(config, &["get", VAULT.id, VAULT.path])
}

#[test]
fn every_fault_is_named_at_once_with_the_nearest_known_key() {
    let line = get(r#"
        provider = 1
        [providers.securestore]
        pth = "vault.json"
        key_fil = 5
        zzz = "x"
        [providers.billing]
        kind = "aws.ms"
        [providers.nameless]
        path = "x"
        [providers.acct]
        path = 5
        [providers.acct.cache]
        ttl = "soon"
        max_entries = -1
        max_entrys = 1
        [references]
        NUMBER = 1
        NONE = "nothing"
    "#)
    .fails(2);
    for fault in [
        r#"unknown key "provider", did you mean "providers"?"#,
        r#"providers.securestore: unknown key "pth", did you mean "path"?"#,
        r#"providers.securestore: unknown key "key_fil", did you mean "key_file"?"#,
        r#"providers.securestore: unknown key "zzz", known are "#,
        r#"providers.billing has no known kind: "aws.ms", did you mean "aws.ps"?"#,
        "providers.nameless has no kind",
        "providers.acct.path is not a string",
        "providers.acct.cache.ttl is not a duration such as 15m",
        "providers.acct.cache.max_entries is not a whole number",
        r#"providers.acct.cache: unknown key "max_entrys", did you mean "max_entries"?"#,
        "references.NUMBER is not a string",
        "references.NONE: not a reference",
    ] {
        assert!(line.contains(fault), "no {fault:?} in {line}");
    }
}

#[test]
fn a_provider_id_is_no_name_for_another_kind() {
    for config in
        ["[providers.acct]\nkind = \"securestore\"", "[providers.\"aws.sm\"]\nkind = \"acct\""]
    {
        let line = get(config).fails(2);
        assert!(line.contains("is the provider id"), "{line}");
    }
}

#[test]
fn a_dotted_name_without_quotes_is_told_how_to_write_it() {
    let line = get("[providers.aws.sm]\nregion = \"eu-central-1\"").fails(2);
    assert!(line.contains(r#"write [providers."aws.sm"]"#), "{line}");
}

#[test]
fn a_line_that_is_no_toml_is_named_and_never_quoted() {
    for (bad, at) in [
        ("password = canary", 3),
        ("canary", 3),
        ("a = \"canary", 3),
        ("a = \"canary\" canary", 3),
        ("a = 1\na = \"canary\"", 4),
        ("[canary", 3),
        ("a = \"\\canary\"", 3),
        ("ü = canary", 3),
    ] {
        let line = get(&format!("# ü\n\n{bad}\n")).fails(2);
        assert!(!line.contains("canary"), "{line}");
        assert!(line.contains(&format!("it is not TOML: see line {at} ")), "{line}");
    }
    let line = get("\u{feff}\n# \u{0}").fails(2);
    assert!(line.contains("it is not TOML"), "{line}");
}

#[test]
fn values_of_the_wrong_kind_are_not_quoted() {
    for bad in [
        "[providers.acct]\npath = [\"canary\"]",
        "[providers.acct.cache]\nttl = \"canary\"",
        "[providers.acct]\npath = {canary = 1}",
        "[references]\nA = \"canary\"",
    ] {
        let line = get(bad).fails(2);
        assert!(!line.contains("canary"), "{line}");
    }
}

#[test]
fn the_configuration_must_be_a_file_of_text() {
    let world = World::new();
    for config in ["none.toml", ".", "/dev/null"] {
        world.run(["--config", config, "get", "securestore", "a"]).fails(2);
    }
    let config = world.write("store/latin1.toml", b"# \xfc");
    let line = world.run(["--config", config.to_str().unwrap(), "providers"]).fails(2);
    assert!(line.contains("it is not UTF-8 text"), "{line}");
}

#[test]
fn paths_are_relative_to_the_file() {
    let config =
        "[providers.v]\nkind = \"securestore\"\npath = \"vault.json\"\nkey_file = \"vault.key\"\n";
    assert_eq!(with(config, &["get", "v", "a"]).prints(), b"value of a");
    let world = World::new();
    world.write("store/omnisecret.toml", config);
    let mut command = world.command();
    command.current_dir(world.at("store")).args(["--config", "omnisecret.toml", "get", "v", "a"]);
    assert_eq!(Done::of(&mut command).prints(), b"value of a");
}
