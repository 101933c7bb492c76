//! Exit codes, each by a case that users meet, and what the one line says.

use omnisecret::kinds;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use crate::world::{ACCT, Done, Store, VAULT, World, for_both, recorded};

for_both!(
    a_file_that_is_not_there_is_a_fault_of_the_configuration,
    a_file_that_may_not_be_read_is_a_denial,
    a_missing_secret_is_not_found,
    damage_is_corrupt,
);

fn a_file_that_is_not_there_is_a_fault_of_the_configuration(store: &Store) {
    let world = World::new();
    let file = world.file_of(store);
    fs::remove_file(&file).unwrap();
    for command in ["get", "exists", "update"] {
        let line = world.feed(&[command, store.id, store.path], b"{}").fails(2);
        assert!(line.contains(&format!("{file:?} does not exist")), "{line}");
        assert!(line.contains("(invalid_config); "), "{line}");
    }
    world.run(["list", store.id]).fails(2);
    world.feed(&["update", "--create", store.id, store.path], b"{}").fails(2);
    assert!(!file.exists());
}

fn a_file_that_may_not_be_read_is_a_denial(store: &Store) {
    let world = World::new();
    world.set_mode(&format!("store/{}", store.file), 0);
    let mut command = world.through_plain_user();
    let line = Done::of(command.args(["get", store.id, store.path])).fails(4);
    assert!(line.contains("permission denied (permission_denied)"), "{line}");
}

#[test]
fn a_key_file_that_may_not_be_read_is_a_denial() {
    let world = World::new();
    world.set_mode("store/vault.key", 0);
    Done::of(world.through_plain_user().args(["get", "securestore", "a"])).fails(4);
}

fn a_missing_secret_is_not_found(store: &Store) {
    let line = World::new().run(["get", store.id, store.missing]).fails(3);
    let start = format!(r#"omnisecret: {} get "{}": no such "#, store.id, store.missing);
    assert!(line.starts_with(&start) && line.contains(" (not_found); "), "{line}");
}

fn damage_is_corrupt(store: &Store) {
    let world = World::new();
    let mut bytes = fs::read(world.file_of(store)).unwrap();
    bytes.truncate(bytes.len() / 2);
    fs::write(world.file_of(store), &bytes).unwrap();
    world.run(["get", store.id, store.path]).fails(6);
    world.feed(&["update", store.id, store.path], b"{}").fails(6);
    assert_eq!(fs::read(world.file_of(store)).unwrap(), bytes);
}

#[test]
fn a_wrong_key_is_corrupt_and_writes_nothing() {
    let world = World::new();
    world.write("store/vault.key", recorded("other-vault.key"));
    let key = "m59qNiuiWfbG0RUVsZk4toMdqI6MyYywlFsWW1wui9o=";
    for (store, name) in [(&VAULT, "UNUSED"), (&ACCT, "ACCT_KEY")] {
        let before = fs::read(world.file_of(store)).unwrap();
        let run = |args: &[&str]| Done::fed(world.command().env(name, key).args(args), b"{}");
        let line = run(&["get", store.id, store.path]).fails(6);
        assert!(line.contains("check the key"), "{line}");
        run(&["update", store.id, store.path]).fails(6);
        assert_eq!(fs::read(world.file_of(store)).unwrap(), before);
    }
}

#[test]
fn a_version_of_the_format_that_nobody_reads_is_unsupported() {
    let world = World::new();
    world.write("store/vault.json", recorded("vault-of-version-4.json"));
    let line = world.run(["get", "securestore", "a"]).fails(7);
    assert!(line.contains('4'), "{line}");
    world.feed(&["update", "securestore", "a"], b"x").fails(7);
}

#[test]
fn a_kind_that_is_not_built_in_names_its_feature() {
    let world = World::new();
    for kind in kinds().iter().filter(|kind| kind.id.contains('.')) {
        // Which the kind refuses without asking anybody, where it is built in. The packages of a
        // workspace are built with each other's features.
        let text = format!("[providers.billing]\nkind = {:?}\nregion = \"NO REGION\"\n", kind.id);
        let config = world.write("store/x.toml", text);
        let args = ["--config", config.to_str().unwrap(), "get", "billing", "prod/db"];
        let line = world.run(args).fails(2);
        let advice = format!("build with the feature {:?}", kind.feature);
        assert_eq!(line.contains(&advice), !kind.is_built_in(), "{line}");
        assert_eq!(line.contains("region"), kind.is_built_in(), "{line}");
    }
}

#[test]
fn a_provider_that_nobody_knows_gets_a_guess() {
    let world = World::new();
    let line = world.run(["get", "securestor", "a"]).fails(2);
    assert!(line.contains(r#"did you mean "securestore"?"#), "{line}");
}

#[test]
fn a_key_path_into_what_is_no_json_is_invalid() {
    let world = World::new();
    for args in [&["get", "securestore", "a", "key"][..], &["get", "securestore:a#key"]] {
        world.run(args).fails(2);
    }
}

#[test]
fn a_command_line_that_cannot_be_run_is_told_on_one_line() {
    let world = World::new();
    for args in [
        &["gte"][..],
        &["get"],
        &["get", "acct", "a/b", "--no-such-option"],
        &["get", "--version", "1", "--stage", "2", "acct", "a/b"],
        &["--format", "xml", "list", "acct"],
        &["list", "acct", "a", "b"],
        &["exists", "acct"],
        &["completions", "\u{1b}[31m\n\nsh"],
        &["\u{1b}[31m\n"],
    ] {
        world.run(args).fails(2);
    }
    world.run([OsStr::from_bytes(b"get"), OsStr::from_bytes(b"\xff")]).fails(2);
    let help = world.run(Vec::<&str>::new());
    assert_eq!((help.code, help.stdout.len()), (Some(2), 0));
    assert!(help.stderr.contains("Usage: omnisecret"), "{}", help.stderr);
    assert!(world.run(["--help"]).prints_text().contains("Exit codes: 0 done"));
    assert!(
        world.run(["get", "--help"]).prints_text().contains("omnisecret get [OPTIONS] REFERENCE")
    );
    let version = format!("omnisecret {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(world.run(["--version"]).prints_text(), version);
}

#[test]
fn names_from_the_command_line_come_back_escaped() {
    let world = World::new();
    let hostile = "a\u{1b}[2J\nb\u{202e}";
    for args in
        [&["get", hostile, "x"][..], &["get", "acct", hostile], &["get", "securestore", hostile]]
    {
        let done = world.run(args);
        assert!(matches!(done.code, Some(2 | 3)), "{done:?}");
        assert!(done.stderr.contains(r"a\u{1b}[2J\nb\u{202e}"), "{:?}", done.stderr);
        let code = done.code.unwrap();
        done.fails(code);
    }
}

#[test]
fn a_path_that_is_too_long_is_invalid() {
    let world = World::new();
    world.run(["get", "securestore", &"x".repeat(4097)]).fails(2);
    world.run(["get", "securestore", &"x".repeat(4096)]).fails(3);
}

#[test]
fn colour_is_for_those_who_ask_for_it() {
    let world = World::new();
    let red = world.run(["--color", "always", "get", "securestore", "none"]);
    assert!(red.stderr.starts_with("\u{1b}["), "{:?}", red.stderr);
    for choice in ["auto", "never"] {
        world.run(["--color", choice, "get", "securestore", "none"]).fails(3);
    }
}

#[test]
fn without_a_terminal_nobody_is_asked_for_a_password() {
    let world = World::new();
    // In a session of its own the program has no terminal, whoever runs the tests.
    let mut command = world.through(&["setsid", "--wait"]);
    command.env_remove("OMNISECRET_VAULT_KEY_FILE").args(["get", "securestore", "a"]);
    let line = Done::of(&mut command).fails(2);
    assert!(line.contains("OMNISECRET_VAULT_PASSWORD"), "{line}");
}
