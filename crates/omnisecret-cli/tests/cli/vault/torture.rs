//! Kills, crowds and full disks: no vault lost, no value lost, nothing left in the clear.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use omnisecret::ErrorKind;
use omnisecret::securestore::{KeySource, Vault};

use super::{BY_KEY, bare, get, made, set};
use crate::world::Done;

const KILLED: u32 = 500;

/// Long enough for a kill in the middle of writing, and easy to find in the clear.
const VALUE: &str = "hunter2hunter2hunter2hunter2hunter2hunter2hunter2hunter2hunter2";

fn value(round: u32) -> String {
    format!("{round} {}", VALUE.repeat(100))
}

type Secrets = BTreeMap<String, String>;

/// All secrets, by whichever of the two keys opens the vault.
fn read(folder: &Path) -> (usize, Secrets) {
    for (at, key) in ["k", "k1"].iter().enumerate() {
        match Vault::open(folder.join("secrets.json"), &KeySource::key_file(folder.join(key))) {
            Ok(vault) => {
                assert_eq!(vault.verify(), [], "a vault under two keys");
                let read = vault.iter().map(|(name, value)| {
                    (name.to_owned(), value.unwrap().expose_str().unwrap().to_owned())
                });
                return (at, read.collect());
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}"),
        }
    }
    panic!("neither key opens the vault");
}

#[test]
fn five_hundred_killed_writers_lose_nothing() {
    let world = made();
    let folder = world.at("home/work");
    bare(&world, &["create", "other.json", "-k", "k1"]).prints();
    for name in 0..20 {
        set(&world, &format!("n{name}"), value(0).as_bytes());
    }
    let (mut key, mut secrets) = read(&folder);
    let mut longest = Duration::from_millis(10);
    let (mut kept, mut replaced) = (0, 0);
    for round in 1..=KILLED {
        let mut expected = secrets.clone();
        let mut new_key = key;
        let mut command = world.command();
        command.env("OMNISECRET_VAULT", folder.join("secrets.json"));
        command.env("OMNISECRET_VAULT_KEY_FILE", folder.join(["k", "k1"][key]));
        command.arg("vault");
        let input = world.write("home/work/input", "");
        match round % 3 {
            0 => {
                fs::write(&input, value(round)).unwrap();
                expected.insert("n3".into(), value(round));
                command.args(["set", "n3", "--from-file", "input"]);
            }
            1 => {
                new_key = 1 - key;
                command.args(["rekey", "--new-key", ["k", "k1"][new_key]]);
            }
            _ => {
                let three = ["n1", "n2", "new"].map(|name| (name.to_owned(), value(round)));
                fs::write(&input, serde_json::to_vec(&Secrets::from(three.clone())).unwrap())
                    .unwrap();
                expected.extend(three);
                command.args(["import", "--overwrite", "input"]);
            }
        }
        let start = Instant::now();
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        if round % 20 == 0 {
            // One is let go, to see how long that takes just now.
            assert!(child.wait().unwrap().success());
            longest = start.elapsed();
        } else {
            thread::sleep(longest * (round * 7 % 23) / 20);
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let found = read(&folder);
        if found == (new_key, expected.clone()) && found != (key, secrets.clone()) {
            replaced += 1;
            (key, secrets) = (new_key, expected);
        } else {
            assert!(found == (key, secrets.clone()), "round {round}: neither the old nor the new");
            kept += 1;
        }
    }
    assert!(kept > 50 && replaced > 50, "{kept} kept, {replaced} replaced: too early or too late");
    fs::remove_file(folder.join("input")).unwrap();
    assert_nothing_in_the_clear(&folder);
    // The next writer cleans up behind them.
    bare(&world, &["-k", ["k", "k1"][key], "delete", "new"]);
    let left: Vec<_> =
        world.names_in("home/work").into_iter().filter(|it| it.ends_with("-tmp")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[track_caller]
fn assert_nothing_in_the_clear(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let is_clear = bytes.windows(VALUE.len()).any(|window| window == VALUE.as_bytes());
        assert!(!is_clear, "{path:?}");
    }
}

#[test]
fn four_writers_set_a_thousand_secrets() {
    const EACH: u32 = 250;
    let world = made();
    thread::scope(|scope| {
        for writer in 0..4 {
            let world = &world;
            scope.spawn(move || {
                for number in 0..EACH {
                    set(
                        world,
                        &format!("{writer}/{number}"),
                        format!("{writer} {number}").as_bytes(),
                    );
                }
            });
        }
    });
    let (_, secrets) = read(&world.at("home/work"));
    assert_eq!(secrets.len(), 1000);
    for (name, value) in secrets {
        assert_eq!(name.replace('/', " "), value);
    }
}

#[test]
#[ignore = "needs the right to mount: root, or user namespaces"]
fn a_full_disk_loses_nothing() {
    let world = made();
    let work = world.at("home/work");
    for name in 0..20 {
        set(&world, &format!("n{name}"), VALUE.as_bytes());
    }
    world.write("home/work/input", value(1));
    let json = serde_json::to_vec(&Secrets::from([("new".into(), value(1))])).unwrap();
    world.write("home/work/input.json", json);
    // A file system with room for the vault and not for a second one.
    let script = "set -e; mkdir small; mount -t tmpfs -o size=12k none small; \
        cp secrets.json small; before=$(cksum < small/secrets.json); code=0; \
        \"$@\" || code=$?; test \"$before\" = \"$(cksum < small/secrets.json)\"; \
        ls -A small >names; exit $code";
    for args in [
        &["set", "new", "--from-file", "input"][..],
        &["rekey", "--new-key", "small/k2"],
        &["import", "input.json"],
    ] {
        let mut command = world.through(&["unshare", "-rm", "sh", "-c", script, "sh"]);
        command.args(["vault", "-s", "small/secrets.json", "-k", "k"]).args(args);
        let line = Done::of(&mut command).fails(5);
        assert!(line.contains("cannot be written") && line.contains("free some"), "{line}");
        let names = fs::read_to_string(work.join("names")).unwrap();
        assert_eq!(names, ".secrets.json.lock\nsecrets.json\n", "{args:?}");
        fs::remove_dir(work.join("small")).unwrap();
    }
    assert_eq!(get(&world, BY_KEY, "n7"), VALUE.as_bytes());
}
