//! `exists`: the exit code is the answer.

use crate::world::{ACCT, Done, Store, VAULT, World, for_both};

for_both!(the_answer_is_the_exit_code_and_nothing_is_printed);

fn the_answer_is_the_exit_code_and_nothing_is_printed(store: &Store) {
    let world = World::new();
    world.create(store, "p/json", br#"{"a":{"b":null}}"#);
    for (args, code) in [
        (&[store.path][..], 0),
        (&[store.missing], 1),
        (&["p/json", "a"], 0),
        (&["p/json", "a", "b"], 0),
        (&["p/json", "c"], 1),
        (&["p/json", "a", "c"], 1),
        (&[store.missing, "a"], 1),
    ] {
        let Done { code: said, stdout, stderr } =
            world.run([&["exists", store.id, "--"], args].concat());
        assert_eq!((said, stdout, &*stderr), (Some(code), Vec::new(), ""), "{args:?}");
    }
}

#[test]
fn what_cannot_be_answered_is_an_error_and_not_a_no() {
    let world = World::new();
    world.run(["exists", "securestore", "a", "key"]).fails(2);
    world.run(["exists", "acct", "no-profile"]).fails(2);
    world.run(["exists", "none", "a"]).fails(2);
    for store in [&VAULT, &ACCT] {
        std::fs::write(world.file_of(store), "damaged").unwrap();
        world.run(["exists", store.id, store.path]).fails(6);
    }
}

#[test]
fn a_prefix_of_names_is_no_name() {
    let world = World::new();
    world.create(&VAULT, "db:user", b"x");
    assert_eq!(world.run(["exists", "securestore", "db"]).code, Some(1));
    assert_eq!(world.run(["exists", "acct", "provider/"]).code, Some(1));
}
