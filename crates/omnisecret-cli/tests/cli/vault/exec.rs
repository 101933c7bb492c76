//! `vault exec`, and the names that secrets of a vault go by.

use super::{bare, made, set};
use crate::world::{Done, World};

fn filled() -> World {
    let world = made();
    for (name, value) in [("db:pass-word", "hunter2"), ("db:user", "app"), ("TOKEN", "it's $X")] {
        set(&world, name, value.as_bytes());
    }
    world
}

fn exec(world: &World, options: &[&str], command: &[&str]) -> Done {
    bare(world, &[&["-k", "k", "exec", "--pristine"], options, &["--"], command].concat())
}

#[test]
fn the_command_gets_what_is_picked_by_the_names_that_are_given() {
    let world = filled();
    let seen = |options: &[&str]| exec(&world, options, &["env"]).prints_text();
    assert_eq!(seen(&["TOKEN"]), "TOKEN=it's $X\n");
    assert_eq!(seen(&["PASSWORD=db:pass-word", "TOKEN"]), "PASSWORD=hunter2\nTOKEN=it's $X\n");
    assert_eq!(seen(&["--upper"]), "DB_PASS_WORD=hunter2\nDB_USER=app\nTOKEN=it's $X\n");
    assert_eq!(seen(&["--upper", "--prefix", "db:"]), "PASS_WORD=hunter2\nUSER=app\n");
    assert_eq!(seen(&["--upper", "db:user", "x=TOKEN"]), "DB_USER=app\nx=it's $X\n");
    // An export takes the same names.
    let export = ["-k", "k", "export", "--as", "shell", "--upper", "--prefix", "db:"];
    assert_eq!(bare(&world, &export).prints(), b"export PASS_WORD='hunter2'\nexport USER='app'\n");
}

#[test]
fn the_same_rules_hold_as_for_exec() {
    let world = filled();
    set(&world, "PATH", b"x");
    set(&world, "NUL", b"a\0b");
    let done = exec(&world, &[], &["touch", "started"]);
    let names: Vec<_> = done.stderr.lines().map(|line| line.split(": ").nth(1).unwrap()).collect();
    assert_eq!((done.code, names), (Some(2), vec!["NUL", "PATH", "db:pass-word", "db:user"]));
    let done = exec(&world, &["NONE", "ALSO=none"], &["touch", "started"]);
    assert_eq!((done.code, done.stderr.lines().count()), (Some(3), 2), "{done:?}");
    let start = "omnisecret: NONE: securestore exec \"NONE\": ";
    assert!(done.stderr.starts_with(start), "{done:?}");
    exec(&world, &["TOKEN"], &["no-such-command"]).fails(127);
    exec(&world, &["TOKEN"], &["/"]).fails(126);
    assert_eq!(exec(&world, &["TOKEN"], &["sh", "-c", "exit 9"]).code, Some(9));
    // Found where the caller's PATH says.
    let allowed = exec(&world, &["PATH", "--allow-env", "PATH"], &["env"]);
    assert_eq!(allowed.prints(), b"PATH=x\n");
    assert!(!world.names_in("home/work").contains(&"started".to_owned()));
}

#[test]
fn two_secrets_of_one_name_are_refused() {
    let world = filled();
    set(&world, "db.user", b"other");
    let line = exec(&world, &["--upper"], &["touch", "started"]).fails(7);
    assert!(line.starts_with("omnisecret: DB_USER: securestore exec \"db:user\": "), "{line}");
}

#[test]
fn the_key_of_the_vault_is_kept_from_the_command() {
    let world = filled();
    let key = std::fs::read_to_string(world.at("home/work/k")).unwrap();
    let seen = |options: &[&str]| {
        let mut command = world.command();
        command.env_remove("OMNISECRET_VAULT_KEY_FILE").env("OMNISECRET_VAULT", "secrets.json");
        command.env("OMNISECRET_VAULT_KEY", &key).args(["vault", "exec", "TOKEN"]).args(options);
        let script = "printf %s \"${OMNISECRET_VAULT_KEY:+there}\"";
        Done::of(command.args(["--", "sh", "-c", script])).prints_text()
    };
    assert_eq!(seen(&[]), "");
    assert_eq!(seen(&["--keep", "OMNISECRET_VAULT_KEY"]), "there");
}
