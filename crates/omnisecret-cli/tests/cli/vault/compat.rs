//! ssclient's own command line and exit codes.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::process::Command;

use crate::world::{Done, PROGRAM, World};

/// ssclient warns of nothing; its standard error is no interface.
fn compat(world: &World, args: &[&str], stdin: &[u8]) -> (Option<i32>, String) {
    let mut command = world.command();
    let done = Done::fed(command.args(["vault", "--compat"]).args(args), stdin);
    (done.code, String::from_utf8(done.stdout).unwrap())
}

fn silent(code: i32) -> (Option<i32>, String) {
    (Some(code), String::new())
}

fn printed(text: &str) -> (Option<i32>, String) {
    (Some(0), text.to_owned())
}

fn made() -> World {
    let world = World::new();
    assert_eq!(compat(&world, &["create", "secrets.json", "-k", "k"], b""), silent(0));
    world
}

#[test]
fn a_script_of_ssclients_runs_unchanged() {
    let world = made();
    let run = |args: &[&str], stdin: &[u8]| compat(&world, args, stdin);
    assert_eq!(run(&["set", "-k", "k", "a", "value of a"], b""), silent(0));
    assert_eq!(run(&["-k", "k", "set", "b"], b"from stdin\n"), silent(0));
    assert_eq!(run(&["get", "a", "--keyfile", "k"], b""), printed("value of a\n"));
    assert_eq!(run(&["get", "b", "--key-file", "k"], b""), printed("from stdin\n"));
    let all = "[\n  {\n    \"key\": \"a\",\n    \"value\": \"value of a\"\n  },\n  {\n    \
        \"key\": \"b\",\n    \"value\": \"from stdin\"\n  }\n]\n";
    assert_eq!(run(&["get", "--all", "-k", "k"], b""), printed(all));
    let lines = "a: value of a\nb: from stdin\n";
    assert_eq!(run(&["get", "-a", "--format", "text", "-k", "k"], b""), printed(lines));
    assert_eq!(run(&["remove", "a", "-k", "k"], b""), silent(0));
    assert_eq!(run(&["export-key", "k2", "-k", "k"], b""), silent(0));
    assert_eq!(fs::metadata(world.at("home/work/k2")).unwrap().mode() & 0o7777, 0o600);
}

#[test]
fn passwords_are_taken_from_the_command_line_with_a_warning() {
    let world = World::new();
    let args = ["create", "-s", "v.json", "-p", "pä", "--export-key", "k"];
    assert_eq!(compat(&world, &args, b""), silent(0));
    assert_eq!(compat(&world, &["-s", "v.json", "-p", "pä", "set", "a", "x"], b""), silent(0));
    assert_eq!(compat(&world, &["-s", "v.json", "-k", "k", "get", "a"], b""), printed("x\n"));
    let mut command = world.command();
    let args = ["vault", "--compat", "-s", "v.json", "-p", "hunter2", "get", "a"];
    let done = Done::of(command.args(args));
    assert!(done.stderr.contains("other users can see") && !done.stderr.contains("hunter2"));
    assert_eq!(done.code, Some(1));
}

#[test]
fn the_exit_codes_are_ssclients() {
    let world = made();
    let run = |args: &[&str]| compat(&world, args, b"");
    assert_eq!(run(&["get", "nope", "-k", "k"]), silent(1));
    assert_eq!(run(&["get", "nope"]), silent(1), "neither a password nor a key");
    assert_eq!(run(&["get", "a", "-p", "wrong"]), silent(1));
    assert_eq!(run(&["delete", "nope", "-k", "k"]), silent(1));
    assert_eq!(run(&["get", "a", "-k", "nope.key"]), silent(1));
    assert_eq!(run(&["-s", "nope.json", "get", "a", "-k", "k"]), silent(2));
    assert_eq!(run(&["frobnicate"]), silent(2));
    assert_eq!(run(&[]).0, Some(0));
    assert_eq!(run(&["get", "a", "--all", "-k", "k"]), silent(2));
    assert_eq!(run(&["get", "a", "-k", "k", "-p", "x"]), silent(2));
    let before = fs::read(world.at("home/work/secrets.json")).unwrap();
    assert_eq!(run(&["create", "secrets.json", "-k", "k"]), silent(17));
    assert_eq!(run(&["export-key", "k", "-k", "k"]), silent(17));
    assert_eq!(fs::read(world.at("home/work/secrets.json")).unwrap(), before);
    // An empty file is overwritten without a question.
    world.write("home/work/empty.json", "");
    assert_eq!(run(&["create", "empty.json", "-k", "k"]), silent(0));
}

#[test]
fn the_program_goes_by_ssclients_name() {
    let world = made();
    symlink(PROGRAM, world.at("home/ssclient")).unwrap();
    let mut command = Command::new(world.at("home/ssclient"));
    command.current_dir(world.at("home/work")).args(["-k", "k", "get", "nope"]);
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    let mut command = Command::new(world.at("home/ssclient"));
    let output = command.arg("--version").output().unwrap();
    assert!(output.stdout.starts_with(b"ssclient "), "{output:?}");
}
