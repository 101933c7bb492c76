//! Vaults and keys in a git repository: what is ignored, what a diff shows, what a merge does.

use std::fs;
use std::process::Command;

use super::{bare, get, made, set};
use crate::world::{PROGRAM, World};

#[track_caller]
fn git(world: &World, args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new("git")
        .current_dir(world.at("home/work"))
        .env("HOME", world.at("home"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(["-c", "user.name=x", "-c", "user.email=x@localhost"])
        .args(args)
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[track_caller]
fn done(world: &World, args: &[&str]) -> String {
    let (code, text) = git(world, args);
    assert_eq!(code, Some(0), "git {args:?}: {text}");
    text
}

fn repository() -> World {
    let world = World::new();
    done(&world, &["init", "--quiet", "--initial-branch=main"]);
    world
}

#[test]
fn a_new_key_is_ignored_whatever_its_name_and_whatever_the_rules() {
    let names = ["k", "#we ird.key ", "!x", "a*b[c]?", "back\\slash", "dot.key", "tab\tx"];
    for rules in ["", "target", "*.key\n!dot.key\n", "/k\n!/k", "k\r\n"] {
        for name in names {
            let world = repository();
            world.write("home/work/.gitignore", rules);
            let made = bare(&world, &["create", "-k", name]);
            assert_eq!(made.code, Some(0), "{made:?}");
            let path = format!("./{name}");
            assert_eq!(
                git(&world, &["check-ignore", "-q", "--", &path]).0,
                Some(0),
                "{name:?} {rules:?}"
            );
            let now = fs::read_to_string(world.at("home/work/.gitignore")).unwrap();
            assert!(now.starts_with(rules.trim_end_matches('\n')), "{now:?}");
            let kept = now.lines().take(rules.lines().count()).collect::<Vec<_>>();
            assert!(rules.lines().eq(kept), "{now:?}");
            assert!(!done(&world, &["status", "--porcelain", "-uall"]).contains(name));
        }
    }
}

#[test]
fn a_rule_is_added_once_and_only_in_a_repository() {
    let world = repository();
    bare(&world, &["create", "-k", "k"]);
    let rules = || fs::read_to_string(world.at("home/work/.gitignore")).unwrap();
    let before = rules();
    fs::remove_file(world.at("home/work/k")).unwrap();
    bare(&world, &["create", "b.json", "-k", "k"]);
    assert_eq!(rules(), before);
    bare(&world, &["create", "c.json", "-k", "k3", "--no-vcs"]).prints();
    assert_eq!(rules(), before);
    assert!(!made().at("home/work/.gitignore").exists());
}

/// A repository with a vault in it, under the two lines that README.md gives.
fn configured() -> World {
    let world = repository();
    bare(&world, &["create", "-k", "k"]);
    world.write("home/work/.gitattributes", "secrets.json diff=vault merge=vault\n");
    let textconv = format!("{PROGRAM} vault -k k textconv");
    done(&world, &["config", "diff.vault.textconv", &textconv]);
    done(&world, &["config", "merge.vault.driver", &format!("{PROGRAM} vault merge %O %A %B")]);
    for name in ["a", "b", "c"] {
        set(&world, name, b"hunter2");
    }
    commit(&world);
    world
}

fn commit(world: &World) {
    done(world, &["add", "-A", "--", ":!.secrets.json.lock"]);
    done(world, &["commit", "--quiet", "-m", "x"]);
}

#[test]
fn a_diff_shows_what_has_changed_and_no_value() {
    let world = configured();
    set(&world, "a", b"hunter2");
    let diff = done(&world, &["diff"]);
    assert!(!diff.lines().any(|line| line.starts_with("+") || line.starts_with("@@")), "{diff}");
    set(&world, "b", b"hunter3");
    set(&world, "d", b"hunter3");
    let diff = done(&world, &["diff"]);
    let changed: Vec<_> = diff
        .lines()
        .filter(|line| {
            line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---")
        })
        .map(|line| format!("{}{}", &line[..1], line.rsplit(' ').next().unwrap()))
        .collect();
    assert_eq!(changed, ["-b", "+b", "+d"], "{diff}");
    assert!(!diff.contains("hunter"), "{diff}");
}

fn on_a_branch(world: &World, change: impl FnOnce()) {
    done(world, &["checkout", "--quiet", "-b", "other"]);
    change();
    commit(world);
    done(world, &["checkout", "--quiet", "main"]);
}

#[test]
fn changes_of_two_branches_are_merged_by_name() {
    let world = configured();
    on_a_branch(&world, || {
        set(&world, "a", b"theirs");
        set(&world, "new/theirs", b"theirs");
        bare(&world, &["-k", "k", "delete", "c"]).prints();
    });
    set(&world, "b", b"ours");
    set(&world, "new/ours", b"ours");
    commit(&world);
    done(&world, &["merge", "--quiet", "other"]);
    assert_eq!(bare(&world, &["list"]).prints_text(), "a\nb\nnew/ours\nnew/theirs\n");
    for (name, value) in [("a", "theirs"), ("b", "ours"), ("new/ours", "ours")] {
        assert_eq!(get(&world, super::BY_KEY, name), value.as_bytes());
    }
    assert_eq!(done(&world, &["status", "--porcelain"]).replace("?? .secrets.json.lock\n", ""), "");
}

#[test]
fn a_secret_that_both_have_changed_is_a_conflict() {
    let world = configured();
    on_a_branch(&world, || {
        set(&world, "a", b"theirs");
        set(&world, "b", b"theirs");
    });
    set(&world, "a", b"ours");
    commit(&world);
    let (code, text) = git(&world, &["merge", "other"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(done(&world, &["status", "--porcelain"]).contains("UU secrets.json"));
    assert_eq!(get(&world, super::BY_KEY, "a"), b"ours");
    assert_eq!(get(&world, super::BY_KEY, "b"), b"theirs");
}

#[test]
fn a_branch_that_was_rekeyed_is_a_conflict() {
    let world = configured();
    on_a_branch(&world, || {
        bare(&world, &["-k", "k", "rekey", "--new-key", "k2"]);
    });
    set(&world, "a", b"ours");
    commit(&world);
    assert_eq!(git(&world, &["merge", "other"]).0, Some(1));
    assert_eq!(get(&world, super::BY_KEY, "a"), b"ours");
}
