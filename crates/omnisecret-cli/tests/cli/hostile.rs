//! Files that are no files, and values that are made to hurt: an error, and soon.

use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::world::{Done, Store, VAULT, World, for_both};

for_both!(what_is_no_regular_file_is_no_store);

/// A second is the rule; a busy machine gets more.
const SOON: Duration = Duration::from_secs(5);

/// A pipe that nobody writes to, a socket, a device without an end, one without a beginning, a
/// folder.
fn no_files(world: &World) -> Vec<PathBuf> {
    let pipe = world.at("store/pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let socket = world.at("store/socket");
    // The name stays when nobody listens any more.
    drop(UnixListener::bind(&socket).unwrap());
    vec![pipe, socket, "/dev/zero".into(), "/dev/null".into(), world.at("home")]
}

/// Refuses soon, with at most 512 MiB of memory.
#[track_caller]
fn fails_soon(world: &World, variable: &str, file: &Path, args: &[&str], code: i32) -> String {
    let start = Instant::now();
    let limit = "ulimit -v 524288; exec timeout 20 \"$@\"";
    let mut command = world.through(&["sh", "-c", limit, "sh"]);
    let line = Done::fed(command.env(variable, file).args(args), b"{}").fails(code);
    assert!(start.elapsed() < SOON, "{:?}: {line}", start.elapsed());
    line
}

fn what_is_no_regular_file_is_no_store(store: &Store) {
    let world = World::new();
    let variable = if store.id == "acct" { "ACCT_FILE" } else { "OMNISECRET_VAULT" };
    for file in no_files(&world) {
        for args in [
            &["get", store.id, store.path][..],
            &["list", store.id],
            &["update", store.id, store.path],
        ] {
            fails_soon(&world, variable, &file, args, 2);
        }
    }
}

#[test]
fn what_is_no_regular_file_is_no_key() {
    let world = World::new();
    for file in no_files(&world) {
        fails_soon(&world, "OMNISECRET_VAULT_KEY_FILE", &file, &["get", "securestore", "a"], 2);
        let config = format!("[providers.acct]\nkey_file = {file:?}\n");
        let config = world.write("store/omnisecret.toml", config);
        fails_soon(&world, "OMNISECRET_CONFIG", &config, &["get", "acct", "a/b"], 2);
    }
}

#[test]
fn what_is_no_regular_file_is_no_configuration() {
    let world = World::new();
    let get = ["get", "securestore", "a"];
    for file in no_files(&world) {
        fails_soon(&world, "OMNISECRET_CONFIG", &file, &get, 2);
        fails_soon(&world, "UNUSED", &file, &["trust", file.to_str().unwrap()], 2);
        fails_soon(
            &world,
            "UNUSED",
            &file,
            &["update", "--from-file", file.to_str().unwrap(), "acct", "a/b"],
            2,
        );
    }
    // One that is found.
    std::fs::rename(world.at("store/pipe"), world.at("home/work/omnisecret.toml")).unwrap();
    fails_soon(&world, "UNUSED", Path::new(""), &get, 2);
}

#[test]
fn a_file_past_its_limit_is_refused() {
    let world = World::new();
    let key = world.write("store/long.key", vec![b'x'; (64 << 10) + 1]);
    fails_soon(&world, "OMNISECRET_VAULT_KEY_FILE", &key, &["get", "securestore", "a"], 2);
    let config = world.write("store/long.toml", vec![b'\n'; (1 << 20) + 1]);
    fails_soon(&world, "OMNISECRET_CONFIG", &config, &["get", "securestore", "a"], 2);
    // A hole costs no room.
    let vault = world.write("store/long.json", "");
    std::fs::File::options().write(true).open(&vault).unwrap().set_len((256 << 20) + 1).unwrap();
    let line = fails_soon(&world, "OMNISECRET_VAULT", &vault, &["get", "securestore", "a"], 2);
    assert!(line.contains("is larger than 268435456 bytes"), "{line}");
}

#[test]
fn json_that_is_nested_too_deep_is_refused() {
    let world = World::new();
    for value in [
        "[".repeat(20_000) + &"]".repeat(20_000),
        r#"{"a":"#.repeat(20_000) + "1" + &"}".repeat(20_000),
        "{\"a\":".to_owned() + &"[".repeat(20_000),
    ] {
        world.create(&VAULT, "deep", value.as_bytes());
        for key in ["a", "0"] {
            let args = ["get", "securestore", "deep", key];
            let line = fails_soon(&world, "UNUSED", Path::new(""), &args, 2);
            assert!(line.contains("nested deeper than 64 levels"), "{line}");
        }
        assert!(world.get(&VAULT, "deep") == value.as_bytes());
        // acct keeps JSON as a tree.
        let deep = Done::fed(
            world.command().args(["update", "acct", "provider/profile_name"]),
            value.as_bytes(),
        );
        deep.fails(2);
    }
}

#[test]
fn files_that_are_nested_too_deep_are_refused() {
    let world = World::new();
    let deep = "[".repeat(20_000) + &"]".repeat(20_000);
    let config = world.write("store/deep.toml", format!("a = {deep}"));
    fails_soon(&world, "OMNISECRET_CONFIG", &config, &["get", "securestore", "a"], 2);
    let vault = world.write("store/deep.json", &deep);
    fails_soon(&world, "OMNISECRET_VAULT", &vault, &["get", "securestore", "a"], 6);
    let vault = world.write("store/deep.json", format!("{{\"version\":3,\"x\":{deep}}}"));
    fails_soon(&world, "OMNISECRET_VAULT", &vault, &["get", "securestore", "a"], 6);
    world.make_folder("home/.config");
    world.make_folder("home/.config/omnisecret");
    world.write("home/.config/omnisecret/trusted.json", &deep);
    world.write("home/work/omnisecret.toml", "");
    fails_soon(&world, "UNUSED", Path::new(""), &["get", "securestore", "a"], 2);
}
