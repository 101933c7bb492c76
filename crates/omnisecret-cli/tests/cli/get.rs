//! `get`: the exact value, a field of it, its JSON description, a file.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, symlink};
use std::process::Stdio;

use crate::world::{ACCT, Done, VAULT, World, for_both};

for_both!(
    a_value_that_goes_back_changes_nothing,
    a_closed_pipe_is_no_error,
    the_output_file_is_exact_and_private,
);

const TEXTS: [&str; 7] = ["", "x", "x\n", "x\r\n\r\n", "\n", " \t ü \u{1b}[31m", "a\0b"];

#[test]
fn the_value_goes_to_a_pipe_to_the_byte() {
    let world = World::new();
    let all_bytes: Vec<u8> = (0..=255).collect();
    let values = TEXTS.iter().map(|text| text.as_bytes()).chain([&*all_bytes, b"\xff\n"]);
    for value in values {
        world.create(&VAULT, "value", value);
        assert_eq!(world.get(&VAULT, "value"), value);
    }
    for value in TEXTS {
        world.create(&ACCT, "p/value", value.as_bytes());
        assert_eq!(world.get(&ACCT, "p/value"), value.as_bytes());
    }
}

fn a_value_that_goes_back_changes_nothing(store: &crate::world::Store) {
    let world = World::new();
    world.create(store, "p/other", b"two\nlines\n");
    let all = || world.run(["list", "--values", store.id]).prints();
    let before = all();
    for path in [store.path, "p/other"] {
        let value = world.get(store, path);
        assert_eq!(world.feed(&["update", store.id, path], &value).prints(), b"");
        assert_eq!(world.get(store, path), value);
    }
    assert_eq!(all(), before);
}

#[test]
fn binary_that_goes_from_one_name_to_another_stays_what_it_is() {
    let world = World::new();
    world.create(&VAULT, "from", b"\0\xff\n");
    let value = world.get(&VAULT, "from");
    assert_eq!(world.feed(&["update", "securestore", "a"], &value).prints(), b"");
    let json = world.run(["get", "--format", "json", "securestore", "a"]).prints_text();
    assert!(json.contains(r#""value_base64":"AP8K""#), "{json}");
}

fn a_closed_pipe_is_no_error(store: &crate::world::Store) {
    let world = World::new();
    // More than a pipe holds.
    world.create(store, "p/long", &vec![b'x'; 1 << 20]);
    let mut child = world.command().args(["get", store.id, "p/long"]).spawn().unwrap();
    let mut first = [0];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let done = Done::from(child.wait_with_output().unwrap());
    assert_eq!((first, done.code, &*done.stderr), ([b'x'], Some(141), ""));
}

fn the_output_file_is_exact_and_private(store: &crate::world::Store) {
    let world = World::new();
    let (new, there) = (world.at("home/work/new"), world.write("home/work/there", "old"));
    world.set_mode("home/work/there", 0o666);
    symlink(&there, world.at("home/work/link")).unwrap();
    for name in ["new", "there", "link"] {
        let args = ["get", "--output", name, store.id, store.path];
        assert_eq!(world.run(args).prints(), b"", "{name}");
    }
    for file in [new, there] {
        assert_eq!(fs::read(&file).unwrap(), store.value.as_bytes());
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o600);
    }
    assert!(world.at("home/work/link").is_symlink());
    assert_eq!(world.names_in("home/work"), ["link", "new", "there"]);
}

#[test]
fn an_output_that_cannot_be_a_file_is_refused() {
    let world = World::new();
    for name in [".", "no/such/folder", "/dev/null"] {
        world.run(["get", "--output", name, "securestore", "a"]).fails(2);
    }
}

#[test]
fn json_describes_text_and_binary() {
    let world = World::new();
    let json = |path| world.run(["--format", "json", "get", "securestore", path]).prints_text();
    let expected =
        r#"{"origin":"store","path":"a","stages":[],"value":"value of a","version":null}"#;
    assert_eq!(json("a"), format!("{expected}\n"));
    world.create(&VAULT, "b", b"\xff\0");
    let expected =
        r#"{"origin":"store","path":"b","stages":[],"value_base64":"/wA=","version":null}"#;
    assert_eq!(json("b"), format!("{expected}\n"));
}

#[test]
fn a_picked_string_is_unescaped_and_anything_else_is_as_it_stands() {
    let world = World::new();
    let value = r#"{"s":"a\"b\n\u00fc","n":1.50,"l":[1, 2 ],"o":{"k.x": null}, "":0, "-d":1}"#;
    world.create(&VAULT, "json", value.as_bytes());
    let pick = |keys: &[&str]| {
        world.run([&["get", "securestore", "--", "json"], keys].concat()).prints_text()
    };
    assert_eq!(pick(&["s"]), "a\"b\nü");
    assert_eq!(pick(&["n"]), "1.50");
    assert_eq!(pick(&["l"]), "[1, 2 ]");
    assert_eq!(pick(&["l", "1"]), "2");
    assert_eq!(pick(&["o", "k.x"]), "null");
    assert_eq!(pick(&[""]), "0");
    assert_eq!(pick(&["-d"]), "1");
    let described = world.run(["get", "--format", "json", "securestore", "json", "n"]);
    assert!(described.prints_text().contains(r#""value":"1.50""#));
    world.run(["get", "securestore", "json", "none"]).fails(3);
}

#[test]
fn a_reference_names_what_a_path_and_keys_name() {
    let world = World::new();
    world.create(&VAULT, "50% ?off#1:2", br#"{"a":{"b.c":"found"}}"#);
    let reference = r#"securestore:50%25 %3Foff%231:2#a."b.c""#;
    assert_eq!(world.run(["get", reference]).prints(), b"found");
    let whole = world.get(&VAULT, "50% ?off#1:2");
    assert_eq!(world.run(["get", "securestore:50%25 %3Foff%231:2"]).prints(), whole);
    assert_eq!(world.run(["get", "acct:provider/profile_name#username"]).prints(), [b'X'; 12]);
    for bad in ["acct", "securestore:a#", "securestore:a?", "securestore:a%", "securestore:a?x=1"] {
        let line = world.run(["get", bad]).fails(2);
        assert!(line.contains("not a reference"), "{line}");
    }
}

#[test]
fn a_name_may_be_empty_or_begin_with_a_dash() {
    let world = World::new();
    for name in ["", "-", "--", "-v", "--fresh", " "] {
        world.create(&VAULT, name, name.as_bytes());
        assert_eq!(world.get(&VAULT, name), name.as_bytes());
    }
    assert_eq!(world.run(["get", "securestore:"]).prints(), b"");
    assert_eq!(world.run(["get", "--", "securestore", "-v"]).prints(), b"-v");
}

#[test]
fn a_version_of_a_store_without_versions_is_unsupported() {
    let world = World::new();
    for store in [&VAULT, &ACCT] {
        for option in ["--version", "--stage"] {
            world.run(["get", option, "1", store.id, store.path]).fails(7);
        }
        world.run(["get", &format!("{}:{}?version=1", store.id, store.path)]).fails(7);
        let fresh = world.run(["get", "--fresh", store.id, store.path]);
        assert_eq!(fresh.prints(), store.value.as_bytes());
    }
}

#[test]
fn standard_output_without_room_is_told() {
    let world = World::new();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = world.command();
    command.args(["get", "securestore", "a"]).stdout(Stdio::from(full));
    let line = Done::of(&mut command).fails(5);
    assert!(line.contains("standard output cannot be written"), "{line}");
}
