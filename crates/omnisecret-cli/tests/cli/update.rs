//! `update`: where the value comes from, and what is refused.

use std::fs;

use crate::world::{ACCT, Store, VAULT, World, for_both};

for_both!(
    a_missing_secret_is_created_only_when_asked_for,
    a_value_comes_from_a_file_to_the_last_byte,
    a_long_value_and_an_empty_one_are_values,
);

fn a_missing_secret_is_created_only_when_asked_for(store: &Store) {
    let world = World::new();
    let before = fs::read(world.file_of(store)).unwrap();
    let line = world.feed(&["update", store.id, store.missing], b"x").fails(3);
    assert!(line.contains(store.missing), "{line}");
    assert_eq!(fs::read(world.file_of(store)).unwrap(), before);
    world.create(store, store.missing, b"x");
    assert_eq!(world.get(store, store.missing), b"x");
    // What is there may be "created" as well.
    world.create(store, store.missing, b"y\n");
    assert_eq!(world.get(store, store.missing), b"y\n");
    assert_eq!(world.get(store, store.path), store.value.as_bytes());
}

fn a_value_comes_from_a_file_to_the_last_byte(store: &Store) {
    let world = World::new();
    world.write("home/work/new", "from a file\r\n");
    let args = ["update", "--create", "--from-file", "new", store.id, "p/name"];
    // Standard input has no say then.
    assert_eq!(world.feed(&args, b"from standard input").prints(), b"");
    assert_eq!(world.get(store, "p/name"), b"from a file\r\n");
    let line = world.run(["update", "--from-file", "none", store.id, "p/name"]).fails(2);
    assert!(line.contains(r#""none" does not exist"#), "{line}");
    assert_eq!(world.get(store, "p/name"), b"from a file\r\n");
}

fn a_long_value_and_an_empty_one_are_values(store: &Store) {
    let world = World::new();
    let long: Vec<u8> = (0..1_000_000).map(|at| b'a' + u8::try_from(at % 26).unwrap()).collect();
    for value in [&*long, b"", b"\n"] {
        world.create(store, "p/name", value);
        assert!(world.get(store, "p/name") == value, "{} bytes", value.len());
    }
}

#[test]
fn a_value_on_the_command_line_is_refused_and_not_repeated() {
    let world = World::new();
    let line = world.run(["update", "securestore", "a", "hunter2"]).fails(2);
    assert!(!line.contains("hunter2"), "{line}");
    let line = world.run(["update", "securestore", "a", "--value=hunter2"]).fails(2);
    assert!(!line.contains("hunter2"), "{line}");
    assert_eq!(world.get(&VAULT, "a"), b"value of a");
}

#[test]
fn what_the_store_cannot_hold_leaves_it_as_it_was() {
    let world = World::new();
    let before = fs::read(world.file_of(&ACCT)).unwrap();
    world.feed(&["update", "acct", ACCT.path], b"\xff").fails(2);
    let line = world.feed(&["update", "acct", ACCT.path], b"value of no JSON").fails(2);
    assert!(line.contains("JSON"), "{line}");
    world.feed(&["update", "--create", "acct", "default/x"], b"x").fails(2);
    assert_eq!(fs::read(world.file_of(&ACCT)).unwrap(), before);
}

#[test]
fn a_provider_that_is_not_there_shows_before_the_value_is_read() {
    let world = World::new();
    // A pipe that nobody ends.
    let mut command = world.command();
    let mut child =
        command.args(["update", "none", "a"]).stdin(std::process::Stdio::piped()).spawn().unwrap();
    let stdin = child.stdin.take();
    crate::world::Done::from(child.wait_with_output().unwrap()).fails(2);
    drop(stdin);
}
