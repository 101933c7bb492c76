//! `vault export` and `vault import`.

use std::process::Command;

use super::{BY_KEY, bare, fed, get, made, set, vault};
use crate::world::{Done, World};

const VALUES: &[(&str, &str)] = &[
    ("EMPTY", ""),
    ("LINES", "two\nlines\n"),
    ("PLAIN", "value"),
    ("QUOTES", r#"it's "$HOME" `x` \ #"#),
    ("SCRIPT", "é 'пароль' 🔒"),
];

fn filled() -> World {
    let world = made();
    for (name, value) in VALUES {
        set(&world, name, value.as_bytes());
    }
    world
}

#[test]
fn what_is_exported_is_imported_again() {
    for form in ["json", "json-map", "dotenv", "shell"] {
        let world = filled();
        if form == "dotenv" {
            // A shell would run what is in it.
            let line = bare(&world, &["-k", "k", "export", "--as", form]).fails(2);
            assert!(line.starts_with("omnisecret: QUOTES: the value has quotes"), "{line}");
            bare(&world, &["-k", "k", "delete", "QUOTES"]).prints();
        }
        let text = bare(&world, &["-k", "k", "export", "--as", form]).prints();
        bare(&world, &["create", "b.json", "-k", "k"]).prints();
        fed(&world, &["-s", "b.json", "-k", "k", "import", "--as", form], &text).prints();
        let again = bare(&world, &["-s", "b.json", "-k", "k", "export", "--as", form]).prints();
        assert_eq!(again, text, "{form}");
    }
}

#[test]
fn the_two_shapes_of_json_are_those_of_the_originals() {
    let world = made();
    set(&world, "b", b"x\"");
    set(&world, "a", &[0xff, 0]);
    let json = |form| bare(&world, &["-k", "k", "export", "--as", form]).prints_text();
    assert_eq!(
        json("json"),
        "[\n  {\n    \"key\": \"a\",\n    \"value\": [\n      255,\n      0\n    ]\n  },\n  {\n    \
         \"key\": \"b\",\n    \"value\": \"x\\\"\"\n  }\n]\n"
    );
    assert_eq!(json("json-map"), "{\n  \"a\": [\n    255,\n    0\n  ],\n  \"b\": \"x\\\"\"\n}\n");
    assert_eq!(json("text"), "a: base64:/wA=\nb: x\"\n");
    bare(&world, &["create", "b.json", "-k", "k"]).prints();
    fed(&world, &["-s", "b.json", "-k", "k", "import", "--as", "text"], json("text").as_bytes())
        .prints();
    let binary = bare(&world, &["-s", "b.json", "-k", "k", "get", "a"]).prints();
    assert_eq!(binary, [0xff, 0]);
}

#[test]
fn a_shell_takes_exactly_the_values() {
    let world = filled();
    let text = bare(&world, &["-k", "k", "export", "--as", "shell"]).prints_text();
    for shell in ["sh", "bash"] {
        for (name, value) in VALUES {
            let script = format!("eval \"$1\"; printf %s \"${name}\"");
            let output = Command::new(shell).args(["-c", &script, shell, &text]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), *value, "{shell} {name}");
            assert!(output.stderr.is_empty());
        }
    }
}

#[test]
fn names_that_a_shell_acts_on_are_refused() {
    let world = made();
    for name in ["X; touch pwned #", "a:b", "", "1A", "PATH", "LD_PRELOAD", "GIT_SSH", "é"] {
        set(&world, name, b"x");
        for form in ["shell", "dotenv"] {
            bare(&world, &["-k", "k", "export", "--as", form, "--", name]).fails(2);
        }
        bare(&world, &["-k", "k", "delete", "--", name]).prints();
    }
    set(&world, "a:b", b"x");
    set(&world, "PATH", b"x");
    let export = |args: &[&str]| {
        bare(&world, &[&["-k", "k", "export", "--as", "shell"], args].concat()).prints_text()
    };
    assert_eq!(export(&["A_B=a:b"]), "export A_B='x'\n");
    assert_eq!(export(&["PATH", "--allow-env", "PATH"]), "export PATH='x'\n");
    set(&world, "BINARY", b"a\0b");
    bare(&world, &["-k", "k", "export", "--as", "shell", "BINARY"]).fails(2);
}

#[test]
fn an_import_is_all_or_nothing() {
    let world = filled();
    let before = vault(&world);
    let import = |args: &[&str], text: &str| {
        let args = [&["-k", "k", "import", "--as", "dotenv"], args].concat();
        fed(&world, &args, text.as_bytes())
    };
    let line = import(&[], "NEW=1\nPLAIN=other\n").fails(7);
    assert!(line.contains("\"PLAIN\"") && line.contains("--overwrite"), "{line}");
    import(&[], "NEW=1\nbroken").fails(2);
    import(&[], "PLAIN=value\n").prints();
    assert_eq!(vault(&world), before, "what is the same is not sealed anew");
    import(&["--overwrite"], "NEW=1\nPLAIN=other\n").prints();
    assert_eq!(get(&world, BY_KEY, "PLAIN"), b"other");
}

#[test]
fn another_vault_is_imported() {
    let world = filled();
    bare(&world, &["create", "b.json", "--password-file", "p", "--no-vcs"]).prints();
    let import: &[&str] = &["import", "--as", "vault", "secrets.json"];
    let into = |args: &[&str]| -> Done {
        bare(&world, &[&["-s", "b.json", "--password-file", "p"], import, args].concat())
    };
    into(&["--from-password-file", "p"]).fails(6);
    into(&["--from-key", "k"]).prints();
    let export =
        |args: &[&str]| bare(&world, &[args, &["export", "--as", "json"]].concat()).prints();
    assert_eq!(export(&["-s", "b.json", "--password-file", "p"]), export(&BY_KEY));
}

#[test]
fn an_export_to_a_file_is_for_its_owner_alone() {
    use std::os::unix::fs::MetadataExt;

    let world = filled();
    bare(&world, &["-k", "k", "export", "--as", "json", "--output", "out"]).prints();
    let metadata = std::fs::metadata(world.at("home/work/out")).unwrap();
    assert_eq!(metadata.mode() & 0o7777, 0o600);
}
