//! Making files and keys.

use std::fs;
use std::os::unix::fs::symlink;

use super::{CANARY, DOCUMENT, acct, bare, content, made, mode, sealed, work};
use crate::world::{Done, World};

/// A key that argparse would take for an option: one in 64 begins so.
const DASH_KEY: &str = "-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

fn written() -> World {
    let world = World::new();
    world.write("home/work/doc.yml", DOCUMENT);
    world
}

#[test]
fn a_new_key_is_all_that_is_printed() {
    let world = written();
    for (plugin, ending) in [(&[][..], "fernet"), (&["--crypto-plugin", "aesgcm256"], "aesgcm256")]
    {
        let args = [&["encrypt", "doc.yml"], plugin].concat();
        let key = acct(&world, &args).prints_text();
        assert!(key.len() == 45 && key.ends_with("=\n"), "{key:?}");
        let file = format!("doc.yml.{ending}");
        assert_eq!(mode(&world, &file), 0o600);
        world.write("home/work/k", key);
        let args = [&["check", &file, "--key-file", "k"], plugin].concat();
        assert_eq!(acct(&world, &args).prints_text(), format!("{file}: 2 profiles\n"));
    }
}

#[test]
fn a_key_file_is_made_for_its_owner_alone_and_used_from_then_on() {
    let world = written();
    let encrypt = ["encrypt", "doc.yml", "--key-file", "k"];
    assert_eq!(acct(&world, &encrypt).prints(), b"");
    let key = fs::read(work(&world, "k")).unwrap();
    assert_eq!((key.len(), mode(&world, "k")), (44, 0o600));
    let before = fs::read(work(&world, "doc.yml.fernet")).unwrap();
    assert_eq!(acct(&world, &encrypt).prints(), b"");
    assert_eq!(fs::read(work(&world, "k")).unwrap(), key);
    assert_ne!(fs::read(work(&world, "doc.yml.fernet")).unwrap(), before, "sealed anew");
    assert!(content(&world, "doc.yml.fernet", "k").contains(r#""port":755"#));
}

#[test]
fn a_key_that_begins_with_a_dash_is_a_value() {
    let world = written();
    acct(&world, &["encrypt", "doc.yml", "--acct-key", DASH_KEY]).prints();
    acct(&world, &["--acct-key", DASH_KEY, "decrypt", "doc.yml.fernet"]).prints();
    acct(&world, &["decrypt", "doc.yml.fernet", &format!("--acct-key={DASH_KEY}")]).prints();
    let mut command = bare(&world);
    command.env("ACCT_KEY", DASH_KEY).env("ACCT_FILE", "doc.yml.fernet").arg("decrypt");
    Done::of(&mut command).prints();
}

#[test]
fn a_document_comes_from_standard_input() {
    let world = World::new();
    let mut command = bare(&world);
    command.args(["encrypt", "-", "--output-file", "f", "--key-file", "k"]);
    Done::fed(&mut command, DOCUMENT.as_bytes()).prints();
    assert!(content(&world, "f", "k").contains(CANARY));
    let mut command = bare(&world);
    Done::fed(command.args(["encrypt", "-"]), b"a: {}").fails(2);
}

#[test]
fn the_dialect_and_the_pipe_decide_what_a_document_says() {
    let world = World::new();
    let encrypted = |document: &str, options: &[&str]| {
        world.write("home/work/doc.yml", document);
        let args = ["encrypt", "doc.yml", "--output-file", "f", "--key-file", "k"];
        acct(&world, &[&args[..], options].concat())
    };
    encrypted("a: {b: 0755}\n", &["--dialect", "acct-6"]).prints();
    assert_eq!(content(&world, "f", "k"), r#"{"a":{"b":493}}"#);
    let line = encrypted("a: {on: x}\n", &["--dialect", "acct-6"]).fails(2);
    assert!(line.contains("quote"), "{line}");
    encrypted("a: {b: '{{ 1 + 1 }}', c: 'x{#y#}z'}\n", &[]).prints();
    assert_eq!(content(&world, "f", "k"), r#"{"a":{"b":"{{ 1 + 1 }}","c":"x{#y#}z"}}"#);
    encrypted("a: {b: {{ 1 + 1 }}}\n", &["--render-pipe", "jinja|yaml"]).prints();
    assert_eq!(content(&world, "f", "k"), r#"{"a":{"b":2}}"#);
    let line = encrypted("#!jinja|yaml\na: {b: hunter2}\n", &[]).fails(2);
    assert!(line.contains("jinja") && line.contains("not allowed"), "{line}");
    encrypted("[a.b]\nc = 1\n", &["--render-pipe", "toml"]).prints();
    encrypted("#!toml\n[a.b]\nc = 1\n", &[]).prints();
    assert_eq!(content(&world, "f", "k"), r#"{"a":{"b":{"c":1}}}"#);
    encrypted(r#"{"a": {"b": 1e5}}"#, &["--render-pipe", "json"]).prints();
    assert_eq!(content(&world, "f", "k"), r#"{"a":{"b":100000.0}}"#);
    encrypted("a: {}", &["--render-pipe", "hunter2"]).fails(2);
}

#[test]
fn a_document_that_cannot_be_taken_leaves_everything_as_it_was() {
    let world = made();
    let before = sealed(&world);
    for (document, place) in [
        (format!("a: {{b: {CANARY}\n"), "line"),
        (format!("- {CANARY}\n"), "no map"),
        (format!("a: 1\na: {CANARY}\n"), "line 2, column 1"),
        (format!("a: !{CANARY} x\n"), "line 1"),
        (format!("a: {CANARY}\u{1}\n"), "line 1"),
    ] {
        world.write("home/work/doc.yml", document);
        let args = ["encrypt", "doc.yml", "--output-file", "f", "--key-file", "new"];
        let line = acct(&world, &args).fails(2);
        assert!(line.contains(place) && !line.contains("hunter2"), "{line}");
    }
    assert_eq!(sealed(&world), before);
    assert!(!work(&world, "new").exists(), "a key for nothing");
    world.write("home/work/doc.yml", DOCUMENT);
    let nowhere = ["encrypt", "doc.yml", "--output-file", "none/f", "--key-file", "new"];
    acct(&world, &nowhere).fails(2);
    assert!(!work(&world, "new").exists(), "a key for nothing");
}

#[test]
fn a_file_that_is_replaced_stays_what_it_is() {
    let world = made();
    fs::rename(work(&world, "f"), work(&world, "target")).unwrap();
    symlink("target", work(&world, "f")).unwrap();
    world.set_mode("home/work/target", 0o640);
    world.write("home/work/doc.yml", DOCUMENT);
    acct(&world, &["encrypt", "doc.yml", "--output-file", "f", "--key-file", "k"]).prints();
    assert!(work(&world, "f").is_symlink());
    assert_eq!(mode(&world, "target"), 0o640);
}

#[test]
fn keys_are_made_by_themselves_too() {
    let world = World::new();
    let one = acct(&world, &["keygen"]).prints_text();
    assert_ne!(one, acct(&world, &["keygen"]).prints_text());
    acct(&world, &["keygen", "--key-file", "k"]).prints();
    assert_eq!((fs::metadata(work(&world, "k")).unwrap().len(), mode(&world, "k")), (44, 0o600));
    acct(&world, &["keygen", "--key-file", "k"]).fails(7);
}
