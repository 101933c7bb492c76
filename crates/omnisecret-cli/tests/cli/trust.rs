//! `trust`: a file that was looked at may say everything, until it changes.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use crate::world::{Done, World, recorded};

const CONFIG: &str = "# as it was looked at
[providers.v]
kind = \"securestore\"
path = \"../store/vault.json\"
key_env = \"MY_KEY\"
";

fn world() -> World {
    let world = World::new();
    world.make_folder("home/project");
    world.write("home/project/omnisecret.toml", CONFIG.replace("../", "../../"));
    world
}

fn run(world: &World, folder: &str, args: &[&str]) -> Done {
    let key = String::from_utf8(recorded("vault.key")).unwrap();
    let mut command = world.command();
    Done::of(command.current_dir(world.at(folder)).env("MY_KEY", key).args(args))
}

fn get(world: &World, folder: &str) -> Done {
    run(world, folder, &["get", "v", "a"])
}

#[test]
fn a_trusted_file_may_say_everything_until_one_byte_changes() {
    let world = world();
    let line = get(&world, "home/project").fails(2);
    assert!(line.contains("providers.v.key_env") && line.contains("omnisecret trust"), "{line}");
    assert!(line.contains("providers.v.path: leads out"), "{line}");
    let trust = || run(&world, "home", &["trust", "project/omnisecret.toml"]).prints();
    assert_eq!(trust(), b"");
    assert_eq!(get(&world, "home/project").prints(), b"value of a");
    let path = world.at("home/project/omnisecret.toml");
    let trusted = fs::read_to_string(&path).unwrap();
    for edited in [trusted.replace("as it", "as It"), format!("{trusted}\n")] {
        fs::write(&path, edited).unwrap();
        get(&world, "home/project").fails(2);
    }
    // The very bytes that were looked at are trusted again.
    fs::write(&path, trusted).unwrap();
    assert_eq!(get(&world, "home/project").prints(), b"value of a");
}

#[test]
fn trust_is_in_one_place_and_in_others_beside_it() {
    let world = world();
    world.make_folder("home/copy");
    fs::copy(world.at("home/project/omnisecret.toml"), world.at("home/copy/omnisecret.toml"))
        .unwrap();
    world.set_mode("home/copy/omnisecret.toml", 0o600);
    run(&world, "home", &["trust", "project/omnisecret.toml"]).prints();
    get(&world, "home/copy").fails(2);
    run(&world, "home/copy", &["trust", "omnisecret.toml"]).prints();
    for folder in ["home/copy", "home/project"] {
        assert_eq!(get(&world, folder).prints(), b"value of a");
    }
    let records = world.at("home/.config/omnisecret/trusted.json");
    assert_eq!(fs::metadata(&records).unwrap().mode() & 0o7777, 0o600);
}

#[test]
fn a_link_to_a_trusted_file_reads_no_files_beside_the_link() {
    let world = world();
    let config = CONFIG.replace("../store/vault.json", "vault.json");
    world.write("home/project/omnisecret.toml", config);
    world.write("home/project/vault.json", recorded("vault.json"));
    run(&world, "home", &["trust", "project/omnisecret.toml"]).prints();
    world.make_folder("home/hostile");
    world.write("home/hostile/vault.json", "not the vault that was meant");
    let link = world.at("home/hostile/omnisecret.toml");
    symlink(world.at("home/project/omnisecret.toml"), link).unwrap();
    assert_eq!(get(&world, "home/hostile").prints(), b"value of a");
}

#[test]
fn what_is_no_configuration_is_not_trusted() {
    let world = world();
    world.write("home/project/omnisecret.toml", "[providers.v]\nkid = \"acct\"\n");
    for name in ["project/omnisecret.toml", "none.toml", "project"] {
        run(&world, "home", &["trust", name]).fails(2);
    }
    assert!(!world.at("home/.config").exists());
}

#[test]
fn many_at_once_are_all_trusted() {
    let world = world();
    let folders: Vec<_> = (0..8).map(|number| format!("home/p{number}")).collect();
    for folder in &folders {
        world.make_folder(folder);
        world.write(&format!("{folder}/omnisecret.toml"), CONFIG.replace("../", "../../"));
    }
    // The first ones make the list, each round anew.
    for _ in 0..10 {
        std::thread::scope(|scope| {
            for folder in &folders {
                let world = &world;
                scope.spawn(|| run(world, folder, &["trust", "omnisecret.toml"]).prints());
            }
        });
        for folder in &folders {
            assert_eq!(get(&world, folder).prints(), b"value of a");
        }
        fs::remove_dir_all(world.at("home/.config")).unwrap();
    }
}

#[test]
fn a_list_of_trusted_files_that_is_none_is_told() {
    let world = world();
    run(&world, "home", &["trust", "project/omnisecret.toml"]).prints();
    fs::write(world.at("home/.config/omnisecret/trusted.json"), "[1]").unwrap();
    let line = get(&world, "home/project").fails(2);
    assert!(line.contains("trusted.json\" is not the list of trusted files"), "{line}");
}

#[test]
fn trust_is_kept_in_the_users_configuration_folder() {
    let world = world();
    let with_folder = |args: &[&str]| {
        let mut command = world.command();
        command.current_dir(world.at("home/project")).env("XDG_CONFIG_HOME", world.at("home/xdg"));
        Done::of(command.args(args))
    };
    with_folder(&["trust", "omnisecret.toml"]).prints();
    assert!(Path::new(&world.at("home/xdg/omnisecret/trusted.json")).exists());
    get(&world, "home/project").fails(2);
}
