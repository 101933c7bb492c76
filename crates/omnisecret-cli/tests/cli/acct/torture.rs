//! Writers that are killed in the middle: no file lost, nothing left in the clear on a disk.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{CANARY, acct, bare, content, made, script, work};
use crate::world::World;

const ROUNDS: u32 = 60;

/// Runs a command, killing it at a moment that moves on with the rounds from its start to somewhat
/// past its end, except in each tenth round, which tells how long it takes.
fn killed(command: &mut Command, round: u32, longest: &mut Duration) {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    if round.is_multiple_of(10) {
        assert!(child.wait().unwrap().success());
        *longest = start.elapsed();
    } else {
        thread::sleep(*longest * (round * 7 % 23) / 20);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[track_caller]
fn assert_nothing_in_the_clear(world: &World) {
    for name in world.names_in("home/work") {
        let bytes = fs::read(work(world, &name)).unwrap();
        let is_clear = bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
        assert!(!is_clear, "{name}");
    }
}

fn document(round: u32) -> String {
    format!("aws: {{default: {{round: {round}, secret: {}}}}}\n", CANARY.repeat(500))
}

#[test]
fn a_killed_encrypt_leaves_the_old_file_or_the_new() {
    let world = made();
    let (mut longest, mut there) = (Duration::ZERO, None);
    let (mut kept, mut replaced) = (0, 0);
    for round in 0..ROUNDS {
        world.write("doc.yml", document(round));
        let mut command = bare(&world);
        command.arg("encrypt").arg(world.at("doc.yml"));
        killed(command.args(["--output-file", "f", "--key-file", "k"]), round, &mut longest);
        let now: serde_json::Value = serde_json::from_str(&content(&world, "f", "k")).unwrap();
        let now = now["aws"]["default"]["round"].as_u64();
        if now == Some(round.into()) {
            replaced += 1;
        } else {
            assert_eq!(now, there, "round {round}: neither the old nor the new");
            kept += 1;
        }
        there = now;
    }
    assert!(kept > 5 && replaced > 5, "{kept} kept, {replaced} replaced: too early or too late");
    assert_nothing_in_the_clear(&world);
}

#[test]
fn a_killed_edit_leaves_the_old_file_or_the_new_and_the_next_cleans_up() {
    let world = made();
    let (mut longest, mut there) = (Duration::ZERO, "AKIA".to_owned());
    let (mut kept, mut replaced) = (0, 0);
    // In memory where there is memory to name, and apart from what other tests edit.
    let memory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    for round in 0..ROUNDS {
        let new = format!("round{round}");
        let body = format!("sed -i 's/id: .*/id: {new}/' \"$1\"");
        let mut command = bare(&world);
        command.env("EDITOR", script(&world, "editor", &body));
        command.env("XDG_RUNTIME_DIR", memory.path()).env("TMPDIR", memory.path());
        killed(command.args(["edit", "f", "--key-file", "k"]), round, &mut longest);
        let now = acct(&world, &["get", "f", "aws/default", "id", "--key-file", "k"]).prints_text();
        if now == new {
            replaced += 1;
        } else {
            assert_eq!(now, there, "round {round}: neither the old nor the new");
            kept += 1;
        }
        there = now;
    }
    assert!(kept > 5 && replaced > 5, "{kept} kept, {replaced} replaced: too early or too late");
    assert_nothing_in_the_clear(&world);
    // An editor outlives the program that was killed for a moment, and may write in that time.
    let start = Instant::now();
    loop {
        let mut command = bare(&world);
        command.env("EDITOR", "true").env("XDG_RUNTIME_DIR", memory.path());
        command.env("TMPDIR", memory.path()).args(["edit", "f", "--key-file", "k"]);
        assert!(command.status().unwrap().success());
        if fs::read_dir(memory.path()).unwrap().next().is_none() {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "texts of killed editors stay");
    }
}

#[test]
fn a_killed_rekey_loses_no_file_and_is_taken_up_again() {
    let world = made();
    let files = ["f", "g", "h", "i"];
    for name in &files[1..] {
        fs::copy(work(&world, "f"), work(&world, name)).unwrap();
    }
    let expected = content(&world, "f", "k");
    let opens =
        |file: &str, key: &str| acct(&world, &["check", file, "--key-file", key]).code == Some(0);
    let (mut longest, mut cut) = (Duration::ZERO, 0);
    for round in 0..ROUNDS {
        let new = format!("k{round}");
        let args = ["rekey", "--key-file", "k", "--new-key-file", &new];
        let rekey = || {
            let mut command = bare(&world);
            command.args(args).args(files);
            command
        };
        killed(&mut rekey(), round, &mut longest);
        let done =
            files.iter().filter(|file| work(&world, &new).exists() && opens(file, &new)).count();
        let old = files.iter().filter(|file| opens(file, "k")).count();
        assert_eq!(done + old, files.len(), "round {round}: a file that no key opens");
        cut += u32::from(done > 0 && old > 0);
        assert!(rekey().status().unwrap().success(), "round {round}: it is not taken up");
        for file in files {
            assert_eq!(content(&world, file, &new), expected);
        }
        fs::rename(work(&world, &new), work(&world, "k")).unwrap();
    }
    assert!(cut > 0, "no kill was between two files");
    assert_nothing_in_the_clear(&world);
    let left = world.names_in("home/work");
    assert!(!left.iter().any(|name| name.ends_with("-tmp")), "{left:?}");
}
