//! `omnisecret copy` and `omnisecret diff`.

use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::world::{ACCT, Done, VAULT, World};

/// The vault `one`, which is the recorded one emptied, and an empty vault `two`.
fn world() -> World {
    let world = World::new();
    let mut config = String::new();
    for name in ["one", "two"] {
        let (store, key) = (format!("../../store/{name}.json"), "../../store/vault.key");
        world.run(["vault", "create", "-s", &store, "-k", key]).prints();
        config += &format!("[providers.{name}]\nkind = \"securestore\"\npath = \"{name}.json\"\n");
    }
    world.write("store/omnisecret.toml", config);
    world
}

fn run(world: &World, args: &[&str]) -> Done {
    let config = world.at("store/omnisecret.toml");
    Done::of(world.command().arg("--config").arg(config).args(args))
}

#[track_caller]
fn set(world: &World, provider: &str, path: &str, value: &[u8]) {
    let config = world.at("store/omnisecret.toml");
    let mut command = world.command();
    command.arg("--config").arg(config).args(["update", "--create", provider, "--", path]);
    assert_eq!(Done::fed(&mut command, value).prints(), b"");
}

fn get(world: &World, provider: &str, path: &str) -> Vec<u8> {
    run(world, &["get", provider, "--", path]).prints()
}

/// A run that failed, after it has said on standard output what it did.
#[track_caller]
fn partly(done: &Done, code: i32, stdout: &str, errors: &[&str]) {
    assert_eq!(done.code, Some(code), "{done:?}");
    assert_eq!(String::from_utf8_lossy(&done.stdout), stdout);
    let lines: Vec<_> = done.stderr.lines().collect();
    assert_eq!(lines.len(), errors.len(), "{lines:#?}");
    for (line, error) in lines.iter().zip(errors) {
        assert!(line.starts_with("omnisecret: ") && line.contains(error), "{line}: {error}");
        assert!(!line.contains("hunter2"), "{line}");
    }
}

fn sum(created: usize, overwritten: usize, equal: usize, failed: usize, untried: usize) -> String {
    format!(
        "{created} created, {overwritten} overwritten, {equal} equal, {failed} failed, \
         {untried} not tried\n"
    )
}

#[test]
fn a_copy_has_the_same_bytes_and_a_second_one_changes_nothing() {
    let world = world();
    let all: &[(&str, &[u8])] =
        &[("", b"x"), ("a\nb", b""), ("db:password", b"hunter2\n"), ("z", b"\xff\0")];
    for (path, value) in all {
        set(&world, "one", path, value);
    }
    set(&world, "two", "kept", b"stays");
    assert_eq!(run(&world, &["copy", "one", "two"]).prints_text(), sum(4, 0, 0, 0, 0));
    for (path, value) in all {
        assert_eq!(get(&world, "two", path), *value);
    }
    assert_eq!(get(&world, "two", "kept"), b"stays");
    let before = fs::read(world.at("store/two.json")).unwrap();
    assert_eq!(run(&world, &["copy", "one", "two"]).prints_text(), sum(0, 0, 4, 0, 0));
    assert_eq!(fs::read(world.at("store/two.json")).unwrap(), before);
}

#[test]
fn another_value_stays_unless_it_is_to_be_overwritten() {
    let world = world();
    for path in ["a", "b", "c"] {
        set(&world, "one", path, b"new");
    }
    set(&world, "two", "b", b"old");
    let done = run(&world, &["copy", "one", "two"]);
    partly(&done, 7, &sum(2, 0, 0, 1, 0), &["b: securestore copy \"b\": the secret is there"]);
    assert_eq!(get(&world, "two", "b"), b"old");
    let done = run(&world, &["copy", "--overwrite", "one", "two"]);
    assert_eq!(done.prints_text(), sum(0, 1, 2, 0, 0));
    assert_eq!(get(&world, "two", "b"), b"new");
}

#[test]
fn a_prefix_takes_what_is_below_it_alone() {
    let world = world();
    for path in ["db", "db:a", "db:b:c", "dbx", "other"] {
        set(&world, "one", path, b"x");
    }
    assert_eq!(run(&world, &["copy", "one", "two", "db"]).prints_text(), sum(2, 0, 0, 0, 0));
    assert_eq!(run(&world, &["list", "two"]).prints(), b"db:a\ndb:b:c\n");
}

#[test]
fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let world = world();
    for path in ["a", "b\n", "c", "d"] {
        set(&world, "one", path, b"hunter2");
    }
    set(&world, "two", "c", b"old");
    set(&world, "two", "d", b"hunter2");
    let before = fs::read(world.at("store/two.json")).unwrap();
    let done = run(&world, &["copy", "--dry-run", "one", "two"]);
    let said = "create a\ncreate b\\n\ndry run: ".to_owned() + &sum(2, 0, 1, 1, 0);
    partly(&done, 7, &said, &["c: "]);
    let args = ["--format", "json", "copy", "--dry-run", "--overwrite", "one", "two"];
    let expected = concat!(
        r#"{"created":["a","b\n"],"dry_run":true,"equal":1,"failed":[],"#,
        r#""not_tried":0,"overwritten":["c"]}"#,
        "\n"
    );
    assert_eq!(run(&world, &args).prints_text(), expected);
    assert_eq!(fs::read(world.at("store/two.json")).unwrap(), before);
}

#[test]
fn what_the_other_store_cannot_keep_is_named_and_the_rest_is_copied() {
    let world = world();
    set(&world, "one", "aws/a", br#"{"user":"u"}"#);
    set(&world, "one", "aws/b", b"\xff\xfe");
    set(&world, "one", "no-path-there", b"x");
    // Comes back without its blanks.
    set(&world, "one", "aws/z", br#"{ "user": "hunter2" }"#);
    let errors = [
        "aws/b: acct update \"aws/b\": ",
        "no-path-there: acct ",
        "aws/z: acct copy \"aws/z\": the store gives back another",
    ];
    let done = run(&world, &["copy", "one", "acct"]);
    partly(&done, 2, &sum(1, 0, 0, 3, 0), &[errors[0], errors[2], errors[1]]);
    assert_eq!(world.get(&ACCT, "aws/a"), br#"{"user":"u"}"#);
    // A dry run knows what the provider says of itself.
    let done = run(&world, &["copy", "--dry-run", "--overwrite", "one", "acct"]);
    let said = "overwrite aws/z\ndry run: ".to_owned() + &sum(0, 1, 1, 2, 0);
    partly(&done, 2, &said, &["aws/b: ", "no-path-there: "]);
}

#[test]
fn a_secret_that_cannot_be_read_does_not_hold_up_the_others() {
    let world = world();
    for path in ["a", "b", "c"] {
        set(&world, "one", path, format!("hunter2 {path}").as_bytes());
    }
    let file = world.at("store/one.json");
    let mut vault: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    vault["secrets"]["b"]["hmac"] = vault["secrets"]["a"]["hmac"].clone();
    fs::write(&file, vault.to_string()).unwrap();
    let done = run(&world, &["copy", "one", "two"]);
    partly(&done, 6, &sum(2, 0, 0, 1, 0), &["b: securestore get \"b\": "]);
    // Whether it is the same nobody knows.
    set(&world, "two", "b", b"x");
    partly(&run(&world, &["diff", "one", "two"]), 6, "", &["b: securestore get \"b\": "]);
}

#[test]
fn a_store_that_is_not_there_is_told_once() {
    let world = world();
    for path in ["a", "b", "c"] {
        set(&world, "one", path, b"x");
    }
    let folder = world.at("store");
    fs::rename(folder.join("two.json"), folder.join("away")).unwrap();
    let done = run(&world, &["copy", "one", "two"]);
    partly(&done, 2, &sum(0, 0, 0, 1, 2), &["a: securestore "]);
    run(&world, &["copy", "none", "two"]).fails(2);
    run(&world, &["diff", "one", "two"]).fails(2);
}

#[test]
fn a_copy_that_was_killed_goes_on_where_it_was() {
    let world = world();
    let secrets: serde_json::Map<_, _> =
        (0..300).map(|at| (format!("s{at:03}"), format!("value of {at}").into())).collect();
    let json = serde_json::to_vec(&secrets).unwrap();
    let one = ["vault", "-s", "../../store/one.json", "import", "--as", "json"];
    Done::fed(world.command().args(one), &json).prints();
    let config = world.at("store/omnisecret.toml");
    let mut cut_short = 0;
    for round in 0..8 {
        let mut command = world.command();
        let mut child =
            command.arg("--config").arg(&config).args(["copy", "one", "two"]).spawn().unwrap();
        thread::sleep(Duration::from_millis(30 + 20 * round));
        child.kill().unwrap();
        cut_short += usize::from(!child.wait().unwrap().success());
    }
    assert!(cut_short > 0);
    let done = run(&world, &["copy", "one", "two"]).prints_text();
    assert!(done.ends_with(" equal, 0 failed, 0 not tried\n"), "{done}");
    assert_eq!(run(&world, &["diff", "one", "two"]).prints(), b"");
}

#[test]
fn what_somebody_else_has_made_meanwhile_is_not_overwritten() {
    let world = world();
    let secrets: serde_json::Map<_, _> =
        (0..300).map(|at| (format!("s{at:03}"), format!("value of {at}").into())).collect();
    let json = serde_json::to_vec(&secrets).unwrap();
    let one = ["vault", "-s", "../../store/one.json", "import", "--as", "json"];
    Done::fed(world.command().args(one), &json).prints();
    let config = world.at("store/omnisecret.toml");
    let mut command = world.command();
    let command = command.arg("--config").arg(&config).args(["copy", "one", "two"]);
    let copy = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It has looked what is there before it writes.
    while run(&world, &["list", "two"]).prints().is_empty() {}
    set(&world, "two", "s299", b"of another");
    let copy = copy.wait_with_output().unwrap();
    let errors = String::from_utf8(copy.stderr).unwrap();
    assert_eq!(copy.status.code(), Some(7), "{errors}");
    assert!(errors.contains("s299: securestore copy \"s299\": the secret is there"), "{errors}");
    assert_eq!(get(&world, "two", "s299"), b"of another");
}

#[test]
fn a_difference_is_shown_without_a_value() {
    let world = world();
    for (provider, path, value) in [
        ("one", "same", "hunter2"),
        ("two", "same", "hunter2"),
        ("one", "other", "hunter2"),
        ("two", "other", "hunter3"),
        ("one", "a\u{1b}[31m", "hunter2"),
        ("two", "z", "hunter2"),
        ("one", "sub:same", "x"),
        ("two", "sub:same", "x"),
    ] {
        set(&world, provider, path, value.as_bytes());
    }
    let done = run(&world, &["diff", "one", "two"]);
    assert_eq!((done.code, &*done.stderr), (Some(1), ""));
    assert_eq!(String::from_utf8(done.stdout).unwrap(), "- a\\u{1b}[31m\n~ other\n+ z\n");
    let done = run(&world, &["--format", "json", "diff", "two", "one"]);
    assert_eq!(done.code, Some(1));
    let expected = concat!(
        r#"{"different":["other"],"only_in_a":["z"],"only_in_b":["a\u001b[31m"],"same":2}"#,
        "\n"
    );
    assert_eq!(String::from_utf8(done.stdout).unwrap(), expected);
    assert_eq!(run(&world, &["diff", "one", "two", "sub"]).prints(), b"");
    assert_eq!(run(&world, &["diff", "one", "one"]).prints(), b"");
    // The recorded vault is neither.
    assert_eq!(run(&world, &["diff", VAULT.id, "one"]).code, Some(1));
}
