//! `omnisecret acct`.

mod edit;
mod encrypt;
mod rekey;
mod show;
mod torture;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use crate::world::{Done, World, recorded};

/// A value to look for where none may be.
const CANARY: &str = "hunter2-hunter2-hunter2-hunter2-hunter2";

const DOCUMENT: &str = "aws:\n  default:\n    id: AKIA\n    secret: hunter2-hunter2-hunter2-hunter2-hunter2\n  other: {port: 0755, on_call: yes}\n";

/// The program as `acct`, in the folder to work in, without a file or a key in the environment.
fn bare(world: &World) -> Command {
    let mut command = world.command();
    command.env_remove("ACCT_FILE").env_remove("ACCT_KEY").arg("acct");
    command
}

fn acct(world: &World, args: &[&str]) -> Done {
    Done::of(bare(world).args(args))
}

/// A file `f` with the document in it, and its key `k`.
fn made() -> World {
    let world = World::new();
    world.write("home/work/doc.yml", DOCUMENT);
    acct(&world, &["encrypt", "doc.yml", "--output-file", "f", "--key-file", "k"]).prints();
    fs::remove_file(world.at("home/work/doc.yml")).unwrap();
    world
}

fn work(world: &World, name: &str) -> PathBuf {
    world.at("home/work").join(name)
}

fn sealed(world: &World) -> Vec<u8> {
    fs::read(work(world, "f")).unwrap()
}

/// The content of a file as JSON without the blanks.
fn content(world: &World, file: &str, key: &str) -> String {
    let args = ["decrypt", file, "--key-file", key, "--output", "json"];
    let json: serde_json::Value = serde_json::from_slice(&acct(world, &args).prints()).unwrap();
    json.to_string()
}

/// A program of the shell, by its path.
fn script(world: &World, name: &str, body: &str) -> String {
    let path = world.write(name, format!("#!/bin/sh\n{body}\n"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    path.into_os_string().into_string().unwrap()
}

fn mode(world: &World, name: &str) -> u32 {
    fs::metadata(work(world, name)).unwrap().permissions().mode() & 0o7777
}

/// The key of the demo file.
fn demo_key() -> String {
    String::from_utf8(recorded("creds.key")).unwrap()
}
