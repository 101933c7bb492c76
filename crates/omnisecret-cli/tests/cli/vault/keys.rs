//! `vault rekey`, `verify` and `upgrade`.

use std::fs;
use std::path::Path;

use super::{BY_KEY, bare, get, made, set, vault};
use crate::world::{World, recorded};

fn of_library(name: &str) -> Vec<u8> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../omnisecret-securestore/tests/data");
    fs::read(data.join(name)).unwrap()
}

#[test]
fn a_rekey_takes_a_new_key_a_password_or_both() {
    let world = made();
    set(&world, "a", b"x");
    bare(&world, &["-k", "k", "rekey", "--new-key", "k2"]).prints();
    assert_eq!(get(&world, ["-k", "k2"], "a"), b"x");
    bare(&world, &["-k", "k", "get", "a"]).fails(6);
    let both = ["-k", "k2", "rekey", "--new-password-file", "p", "--export-key", "k3"];
    bare(&world, &both).prints();
    for key in [["--password-file", "p"], ["-k", "k3"]] {
        assert_eq!(get(&world, key, "a"), b"x");
    }
    // A key file that is there is taken as it is.
    let first = fs::read(world.at("home/work/k")).unwrap();
    bare(&world, &["-k", "k3", "rekey", "--new-key", "k"]).prints();
    assert_eq!(get(&world, BY_KEY, "a"), b"x");
    assert_eq!(fs::read(world.at("home/work/k")).unwrap(), first);
}

#[test]
fn a_rekey_with_a_wrong_key_leaves_nothing_behind() {
    let world = made();
    set(&world, "a", b"x");
    let before = (vault(&world), world.names_in("home/work"));
    bare(&world, &["--password-file", "p", "rekey", "--new-key", "k2"]).fails(6);
    bare(&world, &["-k", "k", "rekey", "--new-key", "none/k2"]).fails(2);
    bare(&world, &["-k", "k", "rekey", "--new-password-file", "p", "--export-key", "k"]).fails(7);
    bare(&world, &["-k", "k", "rekey"]).fails(2);
    assert_eq!((vault(&world), world.names_in("home/work")), before);
}

#[test]
fn a_rekey_that_would_lose_a_value_names_it_and_makes_no_key() {
    let world = World::new();
    world.write("home/work/secrets.json", of_library("negative/tampered-hmac.json"));
    world.write("home/work/k", of_library("negative/base.key"));
    let line = bare(&world, &["-k", "k", "rekey", "--new-key", "k2"]).fails(6);
    assert!(line.contains("\"a\""), "{line}");
    assert!(!world.at("home/work/k2").exists());
    assert_eq!(vault(&world), of_library("negative/tampered-hmac.json"));
}

#[test]
fn verify_tells_damage_from_what_may_do_harm() {
    let world = made();
    assert_eq!(bare(&world, &["-k", "k", "verify"]).prints(), b"");
    for name in ["a", "A", "caf\u{e9}", "cafe\u{301}"] {
        set(&world, name, b"x");
    }
    let text = bare(&world, &["-k", "k", "verify"]).prints_text();
    assert_eq!(text.lines().count(), 2, "{text}");

    world.write("home/work/secrets.json", of_library("negative/tampered-hmac.json"));
    world.write("home/work/k", of_library("negative/base.key"));
    let done = bare(&world, &["-k", "k", "verify"]);
    assert_eq!((done.code, &*done.stderr), (Some(6), ""));
    assert_eq!(done.stdout, b"\"a\" is sealed under another key, or has been changed\n");
    let done = bare(&world, &["-k", "k", "--format", "json", "verify"]);
    let findings: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(findings[0]["damage"], true);
    world.write("home/work/other", recorded("other-vault.key"));
    bare(&world, &["-k", "other", "verify"]).fails(6);
}

#[test]
fn old_versions_are_read_and_upgraded() {
    for version in ["v1", "v2", "v2-without-sentinel"] {
        let world = World::new();
        world.write("home/work/secrets.json", of_library(&format!("legacy/{version}.json")));
        world.write("home/work/k", of_library("legacy/legacy.key"));
        world.write("home/work/p", "old pässword");
        assert_eq!(get(&world, BY_KEY, "quoted"), "say \"hé\"\n".as_bytes());
        let export = |key: [&str; 2]| {
            bare(&world, &[&key[..], &["export", "--as", "json"]].concat()).prints()
        };
        let before = (export(BY_KEY), vault(&world));
        bare(&world, &["-k", "k", "delete", "a"]).fails(7);
        assert_eq!(vault(&world), before.1);
        bare(&world, &["--password-file", "p", "upgrade"]).prints();
        assert_eq!(export(["--password-file", "p"]), before.0);
        bare(&world, &["--password-file", "p", "verify"]).prints();
        let upgraded = vault(&world);
        bare(&world, &["--password-file", "p", "upgrade"]).prints();
        assert_eq!(vault(&world), upgraded);
    }
}
