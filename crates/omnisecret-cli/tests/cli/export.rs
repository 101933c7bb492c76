//! `omnisecret export`: what shells read back, and what they never get.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use crate::world::{Done, VAULT, World};

/// Names in the vault, values, and whether a dotenv file can hold them.
const VALUES: &[(&str, &[u8], bool)] = &[
    ("EMPTY", b"", true),
    ("LINES", b"two\nlines\n", true),
    ("HOSTILE", b"$(touch pwned) `touch pwned` \\ \"; touch pwned #", true),
    ("QUOTES", b"it's \"quoted\" \\n; touch pwned #", true),
    ("SCRIPT", "\u{e9} \u{1f512} \u{9b}".as_bytes(), true),
    ("BOTH", b"it's $(touch pwned)", false),
    ("EXPANDED", b"${HOME}", false),
    ("CR", b"a\r\nb", false),
];

fn filled() -> World {
    let world = World::new();
    for (name, value, _) in VALUES {
        world.create(&VAULT, name, value);
    }
    world
}

fn export(world: &World, form: &str, more: &[&str]) -> Done {
    world.run([&["export", "--as", form], more].concat())
}

/// `NAME=securestore:NAME` for those that are wanted.
fn references(is_wanted: impl Fn(bool) -> bool) -> Vec<String> {
    let wanted = VALUES.iter().filter(|(_, _, in_dotenv)| is_wanted(*in_dotenv));
    wanted.map(|(name, ..)| format!("{name}=securestore:{name}")).collect()
}

#[test]
fn shells_read_exactly_the_values_and_run_nothing() {
    let world = filled();
    for (form, load) in
        [("shell", ". ./file"), ("shell", "eval \"$(cat file)\""), ("dotenv", "set -a; . ./file")]
    {
        let wanted = references(|in_dotenv| form == "shell" || in_dotenv);
        let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
        world.write("home/work/file", export(&world, form, &wanted).prints());
        for shell in ["sh", "bash"] {
            for (name, value, in_dotenv) in VALUES {
                if form == "dotenv" && !in_dotenv {
                    continue;
                }
                let script = format!("{load}; exec printenv -0 {name}");
                let mut command = Command::new(shell);
                command.args(["-c", &script]).current_dir(world.at("home/work"));
                let expected = [value, &b"\0"[..]].concat();
                assert_eq!(Done::of(&mut command).prints(), expected, "{shell} {form} {name}");
            }
        }
    }
    assert_eq!(world.names_in("home/work"), ["file"]);
}

#[test]
fn what_a_dotenv_file_cannot_hold_is_named_and_nothing_is_printed() {
    let world = filled();
    world.create(&VAULT, "BINARY", b"\xff");
    let mut wanted = references(|_| true);
    wanted.push("BINARY=securestore:BINARY".to_owned());
    let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
    let done = export(&world, "dotenv", &wanted);
    assert_eq!((done.code, &*done.stdout), (Some(2), &b""[..]));
    let names: Vec<_> = done.stderr.lines().map(|line| line.split(": ").nth(1).unwrap()).collect();
    assert_eq!(names, ["BOTH", "EXPANDED", "CR", "BINARY"]);
    assert!(!done.stderr.contains("touch"), "{done:?}");
}

#[test]
fn names_are_checked_and_all_that_is_missing_is_named() {
    let world = filled();
    for form in ["dotenv", "shell"] {
        for name in ["X; touch pwned #", "A B", "1", "", "PATH", "LD_PRELOAD"] {
            export(&world, form, &[&format!("{name}=securestore:a")]).fails(2);
        }
        let allowed = export(&world, form, &["PATH=securestore:a", "--allow-env", "PATH"]);
        assert!(allowed.prints_text().ends_with("PATH='value of a'\n"));
    }
    let done = export(&world, "json", &["A=securestore:none", "B=securestore:a", "C=acct:x"]);
    assert_eq!((done.code, done.stderr.lines().count()), (Some(3), 2), "{done:?}");
}

#[test]
fn json_has_every_name_and_every_value() {
    let world = filled();
    world.create(&VAULT, "BINARY", b"\xff");
    let wanted = ["-e", "b=securestore:BINARY", "--", "a:1=securestore:CR", "PATH=securestore:a"];
    let expected = r#"{"PATH":"value of a","a:1":"a\r\nb","b":{"base64":"/w=="}}"#;
    assert_eq!(export(&world, "json", &wanted).prints_text(), format!("{expected}\n"));
}

#[test]
fn an_export_to_a_file_is_for_its_owner_alone() {
    let world = filled();
    world.write("home/work/refs", "A=securestore:a\n");
    let options = ["--env-file", "refs", "--output", "out"];
    assert_eq!(export(&world, "shell", &options).prints(), b"");
    let out = world.at("home/work/out");
    assert_eq!(fs::read_to_string(&out).unwrap(), "export A='value of a'\n");
    assert_eq!(fs::metadata(out).unwrap().mode() & 0o7777, 0o600);
}
