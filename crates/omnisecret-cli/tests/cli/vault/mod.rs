//! `omnisecret vault`.

mod compat;
mod exec;
mod forms;
mod git;
mod keep;
mod keys;
mod torture;

use std::fs;

use crate::world::{Done, World};

/// What `vault` prints, in the folder to work in and without the variables that open the demo.
fn bare(world: &World, args: &[&str]) -> Done {
    fed(world, args, b"")
}

fn fed(world: &World, args: &[&str], stdin: &[u8]) -> Done {
    let mut command = world.command();
    command.env_remove("OMNISECRET_VAULT").env_remove("OMNISECRET_VAULT_KEY_FILE");
    Done::fed(command.arg("vault").args(args), stdin)
}

/// A new vault `secrets.json` with the key `k`, and a password file `p` beside them.
fn made() -> World {
    let world = World::new();
    bare(&world, &["create", "-k", "k"]).prints();
    world.write("home/work/p", "a pässword of some length\n");
    world
}

#[track_caller]
fn set(world: &World, name: &str, value: &[u8]) {
    fed(world, &["-k", "k", "set", "--binary", "--", name], value).prints();
}

#[track_caller]
fn get(world: &World, key: [&str; 2], name: &str) -> Vec<u8> {
    bare(world, &[&key[..], &["get", "--", name]].concat()).prints()
}

const BY_KEY: [&str; 2] = ["-k", "k"];

fn vault(world: &World) -> Vec<u8> {
    fs::read(world.at("home/work/secrets.json")).unwrap()
}
