//! Making a vault, and secrets in and out of it.

use std::fs;
use std::os::unix::fs::MetadataExt;

use super::{BY_KEY, bare, fed, get, made, set, vault};
use crate::world::{VAULT, World};

#[test]
fn a_vault_and_its_key_are_made_for_their_owner_alone() {
    let world = made();
    for name in ["secrets.json", "k"] {
        let metadata = fs::metadata(world.at("home/work").join(name)).unwrap();
        assert_eq!(metadata.mode() & 0o7777, 0o600, "{name}");
    }
    assert_eq!(fs::metadata(world.at("home/work/k")).unwrap().len(), 99);
    let before = vault(&world);
    bare(&world, &["create", "-k", "k"]).fails(7);
    bare(&world, &["create", "secrets.json", "-k", "k2"]).fails(7);
    assert_eq!(vault(&world), before);
    assert!(!world.at("home/work/k2").exists(), "a key for nothing");
    // The same key opens a second vault.
    bare(&world, &["create", "second.json", "-k", "k"]).prints();
    bare(&world, &["-s", "second.json", "--keyfile", "k", "verify"]).prints();
}

#[test]
fn a_vault_by_password_exports_its_key() {
    let world = World::new();
    world.write("home/work/p", "a pässword\n");
    bare(&world, &["create", "--password-file", "p", "--export-key", "k"]).prints();
    set(&world, "a", b"x");
    assert_eq!(get(&world, ["--password-file", "p"], "a"), b"x");
    bare(&world, &["-k", "k", "export-key", "k"]).fails(7);
    bare(&world, &["-k", "k", "export-key", "k2"]).prints();
    let read = |name: &str| fs::read(world.at("home/work").join(name)).unwrap();
    assert_eq!(read("k"), read("k2"));
    bare(&world, &["-k", "k", "export-key", "--force", "k2"]).prints();
}

#[test]
fn a_vault_that_cannot_be_made_leaves_no_key() {
    let world = World::new();
    bare(&world, &["create", "none/secrets.json", "-k", "k"]).fails(2);
    assert_eq!(world.names_in("home/work"), [""; 0]);
    bare(&world, &["create"]).fails(2);
}

#[test]
fn values_are_kept_to_the_byte() {
    let world = made();
    for (name, value) in
        [("a", &b"line\r\n\n"[..]), ("", b""), ("-x", b"\xff\0"), ("é\n", "ü".as_bytes())]
    {
        set(&world, name, value);
        assert_eq!(get(&world, BY_KEY, name), value, "{name:?}");
    }
    assert_eq!(bare(&world, &["list"]).prints_text(), "\n-x\na\n\u{e9}\\n\n");
    assert_eq!(bare(&world, &["list", "-0"]).prints_text(), "\0-x\0a\0é\n\0");
    let json = bare(&world, &["--format", "json", "list"]).prints_text();
    assert_eq!(json, "[\"\",\"-x\",\"a\",\"é\\n\"]\n");
    let json = bare(&world, &["-k", "k", "--format", "json", "get", "--", "-x"]).prints_text();
    assert_eq!(json, "{\"path\":\"-x\",\"value_base64\":\"/wA=\"}\n");
    bare(&world, &["-k", "k", "get", "a", "--output", "out"]).prints();
    assert_eq!(fs::read(world.at("home/work/out")).unwrap(), b"line\r\n\n");
    bare(&world, &["-k", "k", "set", "f", "--from-file", "out"]).prints();
    assert_eq!(get(&world, BY_KEY, "f"), b"line\r\n\n");
}

#[test]
fn binary_is_taken_only_where_it_is_meant() {
    let world = made();
    let before = vault(&world);
    let line = fed(&world, &["-k", "k", "set", "a"], b"\xff").fails(2);
    assert!(line.contains("--binary"), "{line}");
    assert_eq!(vault(&world), before);
}

#[test]
fn several_are_deleted_or_none() {
    let world = made();
    for name in ["a", "b", "c"] {
        set(&world, name, b"x");
    }
    let before = vault(&world);
    let line = bare(&world, &["-k", "k", "delete", "a", "nope"]).fails(3);
    assert!(line.contains("\"nope\""), "{line}");
    assert_eq!(vault(&world), before);
    bare(&world, &["-k", "k", "remove", "a", "b"]).prints();
    assert_eq!(bare(&world, &["list"]).prints_text(), "c\n");
}

#[test]
fn the_environment_names_the_vault_and_its_key() {
    let world = World::new();
    assert_eq!(world.run(["vault", "get", "a"]).prints(), b"value of a");
    world.feed(&["vault", "set", "new"], b"x").prints();
    assert_eq!(world.get(&VAULT, "new"), b"x");
    // An option comes first.
    world.run(["vault", "-k", "nope", "get", "a"]).fails(2);
    world.run(["vault", "-s", "nope", "get", "a"]).fails(2);
}

#[test]
fn faults_have_the_codes_of_the_program() {
    let world = made();
    set(&world, "a", b"x");
    bare(&world, &["-k", "k", "get", "b"]).fails(3);
    bare(&world, &["--password-file", "p", "get", "a"]).fails(6);
    let line = bare(&world, &["get", "a"]).fails(2);
    assert!(line.contains("-k or --password-file"), "{line}");
    bare(&world, &["-k", "k", "--password-file", "p", "get", "a"]).fails(2);
    bare(&world, &["-k", "k", "set", "a", "a value"]).fails(2);
    world.write("home/work/v4.json", crate::world::recorded("vault-of-version-4.json"));
    bare(&world, &["-s", "v4.json", "list"]).fails(7);
}
