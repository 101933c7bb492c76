//! `list`: names escaped, exact and as JSON, and values.

use crate::world::{ACCT, VAULT, World};

/// In the order of their bytes.
const NAMES: [&str; 11] = [
    "",
    "\u{1b}[31mred",
    "a",
    "b",
    "back\\slash",
    "it's",
    "new\nline",
    "quo\"te",
    "tab\there",
    "\u{fc}",
    "\u{202e}reversed",
];

fn world() -> World {
    let world = World::new();
    for name in NAMES {
        world.create(&VAULT, name, b"x");
    }
    world
}

#[test]
fn names_stand_escaped_one_a_line_and_sorted() {
    let expected = "\n\\u{1b}[31mred\na\nb\nback\\\\slash\nit's\nnew\\nline\nquo\\\"te\ntab\\there\nü\n\\u{202e}reversed\n";
    assert_eq!(world().run(["list", "securestore"]).prints_text(), expected);
}

#[test]
fn names_are_exact_before_a_nul_byte_and_in_json() {
    let world = world();
    let exact: String = NAMES.iter().map(|name| format!("{name}\0")).collect();
    assert_eq!(world.run(["list", "-0", "securestore"]).prints_text(), exact);
    let json = world.run(["list", "--format", "json", "securestore"]).prints_text();
    let names: Vec<String> = serde_json::from_str(&json).unwrap();
    assert_eq!(names, NAMES);
    assert!(json.ends_with("]\n"), "{json}");
}

#[test]
fn a_prefix_ends_at_a_separator() {
    let world = World::new();
    for name in ["db:user", "db:password", "db/x", "db", "dbs", "-x/y"] {
        world.create(&VAULT, name, b"x");
    }
    let list = |prefix| world.run(["list", "securestore", "--", prefix]).prints_text();
    assert_eq!(list("db"), "db/x\ndb:password\ndb:user\n");
    assert_eq!(list("db:"), "db:password\ndb:user\n");
    assert_eq!(list("-x"), "-x/y\n");
    assert_eq!(list("none"), "");
    assert_eq!(world.run(["list", "-0", "securestore", "none"]).prints_text(), "");
    assert_eq!(world.run(["--format", "json", "list", "securestore", "none"]).prints(), b"[]\n");
}

#[test]
fn values_are_an_object_with_binary_in_base64() {
    let world = World::new();
    world.create(&VAULT, "b", b"\xff\0");
    for args in [
        &["list", "--values", "securestore"][..],
        &["list", "--values", "--format", "json", "securestore"],
    ] {
        let values = world.run(args).prints_text();
        assert_eq!(values, "{\"a\":\"value of a\",\"b\":{\"base64\":\"/wA=\"}}\n");
    }
    let values = world.run(["list", "--values", "acct", "provider"]).prints_text();
    let values: serde_json::Value = serde_json::from_str(&values).unwrap();
    assert_eq!(values["provider/profile_name"], ACCT.value);
    assert_eq!(world.run(["list", "--values", "acct", "none"]).prints(), b"{}\n");
}

#[test]
fn exact_names_and_values_exclude_each_other() {
    World::new().run(["list", "-0", "--values", "acct"]).fails(2);
}
