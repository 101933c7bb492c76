//! A configuration file that lies in a folder: how far it is believed.

use std::fs;
use std::os::unix::fs::{chown, symlink};

use crate::world::{Done, World, recorded};

/// What any file may say.
const PLAIN: &str = r#"
[providers.v]
kind = "securestore"
path = "vault.json"
key_file = "keys/vault.key"

[providers.v.cache]
ttl = "1m"
max_entries = 10

[providers.billing]
kind = "aws.sm"
region = "eu-central-1"
"#;

/// A project folder with a vault, worked in from a folder below.
fn project(config: &str) -> World {
    let world = World::new();
    for folder in ["home/project", "home/project/keys", "home/project/sub"] {
        world.make_folder(folder);
    }
    world.write("home/project/vault.json", recorded("vault.json"));
    world.write("home/project/keys/vault.key", recorded("vault.key"));
    world.write("home/project/omnisecret.toml", config);
    world
}

fn run(world: &World, args: &[&str]) -> Done {
    let mut command = world.command();
    Done::of(command.current_dir(world.at("home/project/sub")).env("MY_KEY", "x").args(args))
}

fn get(world: &World) -> Done {
    run(world, &["get", "v", "a"])
}

#[test]
fn a_found_file_may_set_kinds_regions_times_and_paths_below_it() {
    let world = project(PLAIN);
    assert_eq!(get(&world).prints(), b"value of a");
    let inside = world.at("home/project/vault.json");
    let absolute = PLAIN.replace("\"vault.json\"", &format!("{inside:?}"));
    world.write("home/project/omnisecret.toml", absolute);
    assert_eq!(get(&world).prints(), b"value of a");
    symlink(inside, world.at("home/project/keys/link")).unwrap();
    let linked = PLAIN.replace("vault.json", "keys/link");
    world.write("home/project/omnisecret.toml", linked);
    assert_eq!(get(&world).prints(), b"value of a");
}

#[test]
fn a_found_file_may_set_nothing_else() {
    for key in [
        "anything",
        "ca_bundle",
        "command",
        "crypto_plugin",
        "endpoint_url",
        "key_env",
        "password_env",
        "profile",
        "proxy",
        "render_pipe",
        "role_arn",
        "url",
    ] {
        for kind in ["acct", "securestore", "aws.ps", "aws.sm", "aliyun.sm"] {
            let config = format!("{PLAIN}\n[providers.w]\nkind = {kind:?}\n{key} = \"MY_KEY\"\n");
            let world = project(&config);
            // Whichever provider is asked for.
            for provider in ["v", "w"] {
                let line = run(&world, &["get", provider, "a"]).fails(2);
                assert!(line.contains(key) && line.contains("providers.w"), "{kind}: {line}");
            }
        }
    }
    for rest in [
        "[providers.v.cache.store]\nkind = \"redis\"\nurl = \"redis://evil\"\n",
        "[providers.w]\nkind = \"aws.sm\"\n[providers.w.credentials]\nfile = \"x\"\n",
        "[references]\nKEY = \"v:a\"\n",
        "[defaults]\n",
    ] {
        get(&project(&format!("{PLAIN}{rest}"))).fails(2);
    }
}

#[test]
fn a_found_file_may_not_lead_out_of_its_folder() {
    let outside = World::new();
    let outside = outside.at("store");
    for (from, to) in [
        ("vault.json", "../secret.json".to_owned()),
        ("vault.json", "sub/../../secret.json".to_owned()),
        ("vault.json", "../not-there.json".to_owned()),
        ("vault.json", outside.join("vault.json").display().to_string()),
        ("vault.json", "/not/there".to_owned()),
        ("vault.json", "link.json".to_owned()),
        ("vault.json", "dangling.json".to_owned()),
        ("vault.json", "folder/vault.json".to_owned()),
        ("vault.json", "folder/not-there.json".to_owned()),
        ("keys/vault.key", "../secret.key".to_owned()),
        ("keys/vault.key", "folder/vault.key".to_owned()),
    ] {
        let world = project(&PLAIN.replace(from, &to));
        world.write("home/secret.json", recorded("vault.json"));
        world.write("home/secret.key", recorded("vault.key"));
        symlink(outside.join("vault.json"), world.at("home/project/link.json")).unwrap();
        symlink("/not/there", world.at("home/project/dangling.json")).unwrap();
        symlink(&outside, world.at("home/project/folder")).unwrap();
        let line = get(&world).fails(2);
        assert!(line.contains("leads out of the folder"), "{to}: {line}");
    }
}

#[test]
fn a_path_that_is_not_there_yet_may_be_below() {
    let world = project(&PLAIN.replace("vault.json", "not/there.json"));
    let line = get(&world).fails(2);
    assert!(line.contains("does not exist"), "{line}");
}

#[test]
fn a_file_or_folder_that_others_can_write_is_refused() {
    for (name, mode) in [
        ("home/project/omnisecret.toml", 0o620),
        ("home/project/omnisecret.toml", 0o602),
        ("home/project", 0o770),
        ("home/project", 0o707),
        ("home/project", 0o1707),
    ] {
        let world = project(PLAIN);
        world.set_mode(name, mode);
        let line = get(&world).fails(2);
        assert!(line.contains("can be written by others"), "{line}");
        // Trust does not change that.
        assert_eq!(run(&world, &["trust", "../omnisecret.toml"]).prints(), b"");
        get(&world).fails(2);
        let named = run(&world, &["--config", "../omnisecret.toml", "get", "v", "a"]);
        assert_eq!(named.prints(), b"value of a");
    }
}

#[test]
#[ignore = "needs root, to give a file away"]
fn a_file_or_folder_of_another_user_is_refused() {
    for name in ["home/project/omnisecret.toml", "home/project"] {
        let world = project(PLAIN);
        chown(world.at(name), Some(1), None).unwrap();
        let line = get(&world).fails(2);
        assert!(line.contains("belongs to another user"), "{line}");
    }
}

#[test]
fn a_link_to_a_file_is_as_good_as_the_file() {
    let world = project(PLAIN);
    world.make_folder("home/shared");
    let (found, real) = (world.at("home/project/omnisecret.toml"), "home/shared/real.toml");
    fs::rename(&found, world.at(real)).unwrap();
    symlink(world.at(real), &found).unwrap();
    // Its paths are relative to where it is, and there is no vault.
    let line = get(&world).fails(2);
    assert!(line.contains("home/shared/vault.json\" does not exist"), "{line}");
    for (name, mode) in [(real, 0o602), ("home/shared", 0o702)] {
        world.set_mode(name, mode);
        let line = get(&world).fails(2);
        assert!(line.contains("can be written by others"), "{line}");
        world.set_mode(name, 0o700);
    }
    fs::remove_file(world.at(real)).unwrap();
    let line = get(&world).fails(2);
    assert!(line.contains("was found and cannot be read"), "{line}");
}

#[test]
fn the_nearest_file_counts_and_the_users_own_comes_last() {
    let world = project(PLAIN);
    let own = PLAIN.replace("providers.v", "providers.own");
    world.make_folder("home/.config");
    world.make_folder("home/.config/omnisecret");
    world.write("home/.config/omnisecret/omnisecret.toml", own);
    assert_eq!(get(&world).prints(), b"value of a");
    run(&world, &["get", "own", "a"]).fails(2);
    world.write("home/project/sub/omnisecret.toml", "");
    get(&world).fails(2);
    fs::remove_file(world.at("home/project/sub/omnisecret.toml")).unwrap();
    fs::remove_file(world.at("home/project/omnisecret.toml")).unwrap();
    let line = run(&world, &["get", "own", "a"]).fails(2);
    assert!(line.contains(".config/omnisecret/vault.json\" does not exist"), "{line}");
}

#[test]
fn the_walk_stops_at_the_home_folder() {
    let world = World::new();
    world.write("omnisecret.toml", "[providers.securestore]\nendpoint_url = \"x\"\n");
    let get = |home: &str| {
        let mut command = world.command();
        Done::of(command.env("HOME", world.at(home)).args(["get", "securestore", "a"]))
    };
    assert_eq!(get("home").prints(), b"value of a");
    // By whichever name.
    symlink(world.at("home"), world.at("link")).unwrap();
    assert_eq!(get("link").prints(), b"value of a");
    assert_eq!(get("home/").prints(), b"value of a");
    // The home folder itself still counts, and from elsewhere the walk goes up.
    get("store").fails(2);
    world.write("home/omnisecret.toml", "[providers.securestore]\nendpoint_url = \"x\"\n");
    get("home").fails(2);
}

#[test]
#[ignore = "needs the right to mount: root, or user namespaces"]
fn the_walk_stops_at_the_end_of_the_file_system() {
    let world = World::new();
    world.write("home/omnisecret.toml", "[providers.securestore]\nendpoint_url = \"x\"\n");
    world.run(["get", "securestore", "a"]).fails(2);
    let script = r#"mount -t tmpfs none . && cd "$PWD" && exec "$0" "$@""#;
    let mut command = world.through(&["unshare", "-rm", "sh", "-c", script]);
    assert_eq!(Done::of(command.args(["get", "securestore", "a"])).prints(), b"value of a");
}

#[test]
fn a_file_that_is_named_is_trusted() {
    let key = String::from_utf8(recorded("vault.key")).unwrap();
    let config = PLAIN.replace("key_file = \"keys/vault.key\"", "key_env = \"MY_KEY\"");
    let world = project(&config);
    get(&world).fails(2);
    let get = |args: &[&str], variable: &str| {
        let mut command = world.command();
        command.current_dir(world.at("home/project/sub")).env("MY_KEY", &key);
        command.env("OMNISECRET_CONFIG", variable).args(args).args(["get", "v", "a"]);
        Done::of(&mut command)
    };
    assert_eq!(get(&["--config", "../omnisecret.toml"], "").prints(), b"value of a");
    assert_eq!(get(&[], "../omnisecret.toml").prints(), b"value of a");
    get(&[], "").fails(2);
}

#[test]
fn the_option_goes_before_the_variable_and_that_before_what_is_found() {
    let world = project("");
    let named = |name: &str| PLAIN.replace("providers.v", &format!("providers.{name}"));
    world.write("home/project/option.toml", named("option"));
    world.write("home/project/variable.toml", named("variable"));
    let run = |args: &[&str]| {
        let mut command = world.command();
        command.current_dir(world.at("home/project"));
        Done::of(command.env("OMNISECRET_CONFIG", "variable.toml").args(args))
    };
    let option = ["--config", "option.toml", "get"];
    assert_eq!(run(&[&option[..], &["option", "a"]].concat()).prints(), b"value of a");
    run(&[&option[..], &["variable", "a"]].concat()).fails(2);
    assert_eq!(run(&["get", "variable", "a"]).prints(), b"value of a");
    let line = run(&["--config", "none.toml", "get", "variable", "a"]).fails(2);
    assert!(line.contains(r#""none.toml" does not exist"#), "{line}");
}

#[test]
fn verbose_says_which_file_is_read() {
    let world = project(PLAIN);
    let done = run(&world, &["-v", "get", "v", "a"]);
    assert_eq!((done.code, &*done.stdout), (Some(0), &b"value of a"[..]));
    assert!(done.stderr.contains("project/omnisecret.toml\", found and not trusted\n"));
    assert_eq!(done.stderr.lines().count(), 1);
}
