//! Writers that are killed, and writers that come at once.

use std::io::Write;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Instant;

use crate::world::{ACCT, Store, VAULT, World, for_both};

for_both!(a_killed_writer_leaves_the_old_or_the_new, writers_at_once_lose_nothing);

/// Each time one writer is let go to its end, to see how long that takes just now, and as many
/// are killed after it.
const ROUNDS: u32 = 10;
const KILLED: u32 = 20;

fn spawn(world: &World, store: &Store, path: &str, value: &str) -> Child {
    let mut command = world.command();
    command.args(["update", "--create", store.id, path]).stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(value.as_bytes()).unwrap();
    child
}

fn a_killed_writer_leaves_the_old_or_the_new(store: &Store) {
    let world = World::new();
    // Room for a kill in the middle of writing.
    let long = "x".repeat(60_000);
    let value = |number: u32| format!("{number} {long}");
    world.create(store, "p/name", value(0).as_bytes());
    let (mut kept, mut replaced) = (0, 0);
    for round in 0..ROUNDS {
        let start = Instant::now();
        let mut there = round * 100;
        assert!(spawn(&world, store, "p/name", &value(there)).wait().unwrap().success());
        // From the first moment of a run to somewhat past its end.
        let step = start.elapsed() * 3 / 2 / KILLED;
        for number in 1..=KILLED {
            let mut child = spawn(&world, store, "p/name", &value(round * 100 + number));
            thread::sleep(step * number);
            child.kill().unwrap();
            child.wait().unwrap();
            let found = world.get(store, "p/name");
            if found == value(round * 100 + number).as_bytes() {
                there = round * 100 + number;
                replaced += 1;
            } else {
                assert!(found == value(there).as_bytes(), "neither the old nor the new");
                kept += 1;
            }
        }
    }
    assert!(kept > 0 && replaced > 0, "{kept} kept, {replaced} replaced: no kill was in between");
    assert_eq!(world.get(store, store.path), store.value.as_bytes());
    // The next writer cleans up behind them.
    world.create(store, "p/name", b"last");
    let expected = match store.id {
        "acct" => [".creds.fernet.lock", "creds.fernet", "vault.json", "vault.key"],
        _ => [".vault.json.lock", "creds.fernet", "vault.json", "vault.key"],
    };
    assert_eq!(world.names_in("store"), expected);
}

fn writers_at_once_lose_nothing(store: &Store) {
    const EACH: u32 = 25;
    let world = World::new();
    thread::scope(|scope| {
        for writer in 0..2 {
            let world = &world;
            scope.spawn(move || {
                for number in 0..EACH {
                    let path = format!("w{writer}/{number}");
                    let child = spawn(world, store, &path, &format!("{writer} {number}"));
                    let output = child.wait_with_output().unwrap();
                    assert!(output.status.success(), "{output:?}");
                }
            });
        }
    });
    for (writer, number) in (0..2).flat_map(|writer| (0..EACH).map(move |at| (writer, at))) {
        let found = world.get(store, &format!("w{writer}/{number}"));
        assert_eq!(String::from_utf8(found).unwrap(), format!("{writer} {number}"));
    }
    assert_eq!(world.get(store, store.path), store.value.as_bytes());
}

#[test]
fn a_value_moves_between_stores_while_both_are_written() {
    let world = World::new();
    let value = world.get(&VAULT, "b");
    thread::scope(|scope| {
        scope.spawn(|| world.create(&ACCT, "moved/b", &value));
        scope.spawn(|| world.create(&VAULT, "moved", &value));
    });
    assert_eq!(world.get(&ACCT, "moved/b"), world.get(&VAULT, "moved"));
}
