//! Another key for files.

use std::fs;

use super::{CANARY, acct, bare, content, made, mode, sealed, work};
use crate::world::{Done, World};

/// Three files under the key `k`.
fn three() -> World {
    let world = made();
    for name in ["g", "h"] {
        fs::copy(work(&world, "f"), work(&world, name)).unwrap();
    }
    world
}

#[test]
fn all_files_are_sealed_under_the_new_key_and_hold_the_same() {
    let world = three();
    let before = content(&world, "f", "k");
    let args = ["rekey", "--key-file", "k", "--new-key-file", "new", "f", "g", "h"];
    acct(&world, &args).prints();
    assert_eq!(mode(&world, "new"), 0o600);
    for name in ["f", "g", "h"] {
        assert_eq!(content(&world, name, "new"), before);
        acct(&world, &["decrypt", name, "--key-file", "k"]).fails(6);
    }
    // Done already: once more is nothing to do.
    let sealed_then = sealed(&world);
    acct(&world, &args).prints();
    assert_eq!(sealed(&world), sealed_then);
    let key = acct(&world, &["rekey", "--key-file", "new", "f"]).prints_text();
    world.write("home/work/printed", key);
    assert_eq!(content(&world, "f", "printed"), before);
}

#[test]
fn a_wrong_key_or_one_bad_file_leaves_all_as_they_were() {
    let world = three();
    let before = sealed(&world);
    acct(&world, &["keygen", "--key-file", "other"]).prints();
    let rekey = |key: &str, files: &[&str]| {
        let args = ["rekey", "--key-file", key, "--new-key-file", "new"];
        acct(&world, &[&args[..], files].concat())
    };
    let line = rekey("other", &["f", "g"]).fails(6);
    assert!(line.contains("\"f\""), "{line}");
    fs::write(work(&world, "g"), CANARY).unwrap();
    let line = rekey("k", &["f", "g", "h"]).fails(6);
    assert!(line.contains("\"g\"") && !line.contains("hunter2"), "{line}");
    rekey("k", &["f", "none"]).fails(2);
    acct(&world, &["rekey", "--key-file", "k", "--new-key-file", "k", "f"]).fails(2);
    assert_eq!(sealed(&world), before);
    assert!(!work(&world, "new").exists(), "a key for nothing");
    let mut command = bare(&world);
    let done = Done::of(command.args(["rekey", "--key-file", "other", "f"]));
    assert_eq!((done.code, done.stdout), (Some(6), Vec::new()));
}
