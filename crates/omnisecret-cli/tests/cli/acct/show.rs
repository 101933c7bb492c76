//! Reading files.

use std::fs;

use super::{CANARY, acct, bare, demo_key, made, mode, script, work};
use crate::world::{Done, World};

#[test]
fn the_forms_are_those_of_acct() {
    let world = made();
    let shown = |form: &str| {
        acct(&world, &["decrypt", "f", "--key-file", "k", "--output", form]).prints_text()
    };
    let yaml = format!(
        "aws:\n  default:\n    id: AKIA\n    secret: {CANARY}\n  other:\n    on_call: true\n    port: 755\n\n"
    );
    assert_eq!(shown("yaml"), yaml);
    assert_eq!(acct(&world, &["decrypt", "f", "--key-file", "k"]).prints_text(), yaml);
    assert_eq!(acct(&world, &["view", "f", "--key-file", "k"]).prints_text(), yaml);
    assert!(shown("json").starts_with("{\n    \"aws\": {\n        \"default\": {\n"));
    let raw = format!(
        "{{'aws': {{'default': {{'id': 'AKIA', 'secret': '{CANARY}'}}, 'other': {{'port': 755, 'on_call': True}}}}}}\n"
    );
    assert_eq!(shown("raw"), raw);
    assert!(shown("nested").starts_with("\u{1b}[36maws\u{1b}[39m:\n"));
    assert!(shown("pretty").starts_with("{'aws': {'default': {'id': 'AKIA',\n"));
    acct(&world, &["decrypt", "f", "--key-file", "k", "--output", "xml"]).fails(2);
    acct(&world, &["decrypt", "f", "--key-file", "k", "--output-file", "clear"]).prints();
    assert_eq!(fs::read_to_string(work(&world, "clear")).unwrap(), yaml);
    assert_eq!(mode(&world, "clear"), 0o600);
}

#[test]
fn the_environment_names_the_file_and_its_key() {
    let world = World::new();
    assert!(world.run(["acct", "decrypt"]).prints_text().starts_with("provider:\n"));
    let args = ["acct", "get", world.at("store/creds.fernet").to_str().unwrap()].map(String::from);
    let args = args.into_iter().chain(["provider/profile_name".into(), "username".into()]);
    assert_eq!(world.run(args).prints(), b"XXXXXXXXXXXX");
    assert_eq!(world.run(["acct", "check"]).prints_text().split(": ").nth(1), Some("1 profiles\n"));
    // An option comes first.
    world.run(["acct", "--acct-file", "none", "decrypt"]).fails(2);
    world.run(["acct", "decrypt", "--acct-key", "hunter2"]).fails(2);
}

#[test]
fn a_key_comes_from_a_file_a_command_or_standard_input() {
    let world = World::new();
    let file = world.at("store/creds.fernet");
    world.write("home/work/key", format!("{}\r\n", demo_key()));
    let opens = |args: &[&str], stdin: &str| {
        let mut command = bare(&world);
        command.arg("decrypt").arg(&file).args(args);
        Done::fed(&mut command, stdin.as_bytes())
    };
    opens(&["--key-file", "key"], "").prints();
    opens(&["--key-command", "cat key"], "").prints();
    opens(&["--key-file", "-"], &format!("{}\n", demo_key())).prints();
    opens(&["--key-command", "cat key; exit 3"], "").fails(2);
    opens(&["--key-file", "key", "--key-command", "cat key"], "").fails(2);
    let line = opens(&[], "").fails(2);
    assert!(line.contains("--key-file"), "{line}");
    for key in ["hunter2", &"hunter2=".repeat(20_000)] {
        let line = opens(&["--key-file", "-"], key).fails(2);
        assert!(!line.contains("hunter2"), "{line}");
    }
}

#[test]
fn a_profile_or_a_field_is_got_exactly() {
    let world = made();
    let get = |args: &[&str]| acct(&world, &[&["get", "--key-file", "k", "f"], args].concat());
    assert_eq!(get(&["aws/default", "secret"]).prints_text(), CANARY);
    assert_eq!(get(&["aws/other"]).prints_text(), r#"{"port":755,"on_call":true}"#);
    get(&["aws/none"]).fails(3);
    get(&["aws/other", "none"]).fails(3);
    get(&["aws"]).fails(2);
    let overrides = r#"{"aws": {"other": {"port": 1}, "new": {"a": "b"}}}"#;
    assert_eq!(get(&["aws/other", "port", "--overrides", overrides]).prints(), b"1");
    assert_eq!(get(&["aws/new", "a", "--overrides", overrides]).prints(), b"b");
    assert_eq!(get(&["aws/default", "id", "--overrides", overrides]).prints(), b"AKIA");
    get(&["aws/default", "--extras", "{}"]).prints();
    for option in ["--overrides", "--extras"] {
        let line = get(&["aws/default", option, "hunter2"]).fails(2);
        assert!(!line.contains("hunter2"), "{line}");
    }
}

#[test]
fn a_check_goes_on_and_ends_with_the_first_code() {
    let world = made();
    fs::write(work(&world, "damaged"), "hunter2").unwrap();
    let done = acct(&world, &["check", "--key-file", "k", "f", "damaged", "none", "f"]);
    assert_eq!(done.code, Some(6));
    assert_eq!(String::from_utf8(done.stdout).unwrap(), "f: 2 profiles\n".repeat(2));
    assert_eq!(done.stderr.lines().count(), 2);
    assert!(!done.stderr.contains("hunter2"));
    let json = acct(&world, &["check", "--key-file", "k", "f", "--format", "json"]).prints_text();
    assert_eq!(json, "[{\"file\":\"f\",\"profiles\":2}]\n");
}

#[test]
fn a_wrong_key_or_plugin_is_corrupt() {
    let world = made();
    acct(&world, &["keygen", "--key-file", "other"]).prints();
    let args = ["decrypt", "f", "--key-file", "other"];
    acct(&world, &args).fails(6);
    let args = ["decrypt", "f", "--key-file", "k", "--crypto-plugin", "aesgcm256"];
    let code = acct(&world, &args).code;
    assert!(code == Some(2) || code == Some(6), "{code:?}");
    acct(&world, &["decrypt", "f", "--crypto-plugin", "rot13"]).fails(2);
}

#[test]
fn the_help_and_the_pager_get_no_key() {
    let world = World::new();
    let key = demo_key();
    for args in [&["acct", "--help"][..], &["acct", "decrypt", "--help"]] {
        assert!(!world.run(args).prints_text().contains(&key));
    }
    let pager = script(&world, "home/work/pager", "env >env; cat");
    let mut command = world.command();
    command.env("PAGER", pager).args(["acct", "view"]);
    // Not at a terminal, so the pager is not even started.
    Done::of(&mut command).prints();
    assert!(!work(&world, "env").exists());
}
