//! Editing, with scripts in an editor's place.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use super::{CANARY, acct, bare, content, made, script, sealed, work};
use crate::world::{Done, World};

fn editing(world: &World, body: &str, args: &[&str]) -> Command {
    let editor = script(world, "home/work/editor", body);
    let mut command = bare(world);
    command.env("EDITOR", editor).args(["edit", "--key-file", "k"]).args(args);
    command
}

/// Runs an edit of `f` by a script that has the text as `$1`; what it says beside the note on
/// copies.
fn edit(world: &World, body: &str) -> Done {
    edit_with(world, body, &["f"])
}

fn edit_with(world: &World, body: &str, args: &[&str]) -> Done {
    let mut done = Done::of(&mut editing(world, body, args));
    let note = done.stderr.lines().next().is_some_and(|line| line.contains("keeps no copy"));
    assert!(note, "{:?}", done.stderr);
    done.stderr = done.stderr.split_once('\n').unwrap().1.to_owned();
    done
}

#[test]
fn a_change_is_put_back_and_all_else_stays() {
    let world = made();
    edit(&world, "sed -i s/AKIA/AKIB/ \"$1\"").prints();
    let expected = format!(
        r#"{{"aws":{{"default":{{"id":"AKIB","secret":"{CANARY}"}},"other":{{"on_call":true,"port":755}}}}}}"#
    );
    assert_eq!(content(&world, "f", "k"), expected);
    edit_with(&world, "sed -i s/AKIB/AKIC/ \"$1\"", &["f", "--output", "json"]).prints();
    assert_eq!(content(&world, "f", "k"), expected.replace("AKIB", "AKIC"));
    Done::of(&mut editing(&world, "true", &["f", "--output", "raw"])).fails(2);
}

#[test]
fn an_edit_that_changes_nothing_leaves_the_bytes_alone() {
    let world = made();
    let (before, inode) = (sealed(&world), fs::metadata(work(&world, "f")).unwrap().ino());
    // Untouched, saved as it was, and with a comment that says nothing to acct.
    for body in ["true", "touch \"$1\"", "cp \"$1\" x; mv x \"$1\"", "echo '# note' >>\"$1\""] {
        edit(&world, body).prints();
        assert_eq!(sealed(&world), before, "{body}");
        assert_eq!(fs::metadata(work(&world, "f")).unwrap().ino(), inode, "{body}");
    }
}

#[test]
fn the_text_is_in_a_folder_of_its_owner_in_memory_and_gone_afterwards() {
    let world = made();
    let body = "d=$(dirname \"$1\"); echo \"$d\" >seen; stat -c %a \"$d\" >>seen; \
        stat -c %a \"$1\" >>seen; stat -f -c %T \"$d\" >>seen; env >env; sed -i s/AKIA/x/ \"$1\"";
    let mut command = editing(&world, body, &["f"]);
    command.env("ACCT_KEY", fs::read_to_string(work(&world, "k")).unwrap());
    assert_eq!(Done::of(&mut command).code, Some(0));
    let seen = fs::read_to_string(work(&world, "seen")).unwrap();
    let [folder, of_folder, of_text, kind] = &*seen.lines().collect::<Vec<_>>() else {
        panic!("{seen}")
    };
    assert_eq!((*of_folder, *of_text), ("700", "600"));
    if std::path::Path::new("/dev/shm").exists() {
        assert_eq!(*kind, "tmpfs");
    }
    assert!(!std::path::Path::new(folder).exists(), "{folder}");
    let env = fs::read_to_string(work(&world, "env")).unwrap();
    assert!(!env.contains("ACCT_KEY"), "{env}");
    for name in world.names_in("home/work") {
        let bytes = fs::read(work(&world, &name)).unwrap();
        assert!(!bytes.windows(CANARY.len()).any(|it| it == CANARY.as_bytes()), "{name}");
    }
}

#[test]
fn a_text_that_is_no_document_comes_back_for_another_try() {
    let world = made();
    let body = "if test -e again; then grep -q '^  x: \\[hunter2' \"$1\" && cp \"$1\" back; \
        sed -i 's/^  x: .*/  x: {y: z}/' \"$1\"; \
        else touch again; echo '  x: [hunter2' >>\"$1\"; fi";
    let done = edit(&world, body);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stderr.contains("line") && !done.stderr.contains("hunter2"), "{done:?}");
    assert!(work(&world, "back").exists(), "the text as it was left");
    assert!(content(&world, "f", "k").contains(r#""x":{"y":"z"}"#));
}

#[test]
fn a_text_that_stays_no_document_changes_nothing() {
    let world = made();
    let before = sealed(&world);
    let done = edit(&world, "grep -q hunter3 \"$1\" || echo '[hunter3' >>\"$1\"");
    assert_eq!(done.code, Some(2));
    assert!(!done.stderr.contains("hunter"), "{done:?}");
    assert_eq!(sealed(&world), before);
}

#[test]
fn an_editor_that_fails_changes_nothing_and_its_code_is_ours() {
    let world = made();
    let before = sealed(&world);
    let done = edit(&world, "echo 'b: {}' >>\"$1\"; exit 42");
    assert_eq!((done.code, &*done.stderr), (Some(42), ""));
    let done = edit(&world, "rm \"$1\"");
    assert_eq!(done.code, Some(2));
    let mut command = bare(&world);
    command.args(["edit", "--key-file", "k", "f", "--editor", "/none/editor -x"]);
    assert_eq!(Done::of(&mut command).code, Some(2));
    assert_eq!(sealed(&world), before);
    acct(&world, &["edit", "f", "--acct-key", "hunter2"]).fails(2);
}

#[test]
fn vim_is_told_to_keep_no_copies() {
    let world = made();
    world.make_folder("bin");
    for name in ["vim", "nvim", "other-vi"] {
        script(&world, &format!("bin/{name}"), "echo \"$0 $*\" >called");
    }
    fs::rename(world.at("bin/other-vi"), world.at("bin/vim.basic")).unwrap();
    std::os::unix::fs::symlink("vim.basic", world.at("bin/vi")).unwrap();
    let path = format!("{}:{}", world.at("bin").display(), std::env::var("PATH").unwrap());
    for (editor, by) in
        [("vim", "EDITOR"), ("nvim -u x", "VISUAL"), ("vi", "EDITOR"), ("", "EDITOR")]
    {
        let mut command = bare(&world);
        command.env("PATH", &path).env("EDITOR", "false").env(by, editor);
        Done::of(command.args(["edit", "f", "--key-file", "k"])).prints();
        let called = fs::read_to_string(work(&world, "called")).unwrap();
        assert!(called.contains(" -n -i NONE --cmd set noswapfile"), "{called}");
        assert!(called.trim_end().ends_with("/profiles.yaml"), "{called}");
    }
}

#[test]
fn a_new_file_is_made_with_a_new_key() {
    let world = World::new();
    world.write("home/work/text", "a: {b: {c: 1}}\n");
    let done = edit_with(&world, "cp text \"$1\"", &["new"]);
    done.prints();
    assert_eq!(content(&world, "new", "k"), r#"{"a":{"b":{"c":1}}}"#);
    // One that stays empty is none, and has no key.
    fs::remove_file(work(&world, "k")).unwrap();
    edit_with(&world, "true", &["none"]).prints();
    assert!(!work(&world, "none").exists() && !work(&world, "k").exists());
    let editor = script(&world, "home/work/editor", "cp text \"$1\"");
    let mut command = bare(&world);
    let done = Done::of(command.env("EDITOR", editor).args(["edit", "printed"]));
    world.write("home/work/k", done.stdout);
    assert_eq!(content(&world, "printed", "k"), r#"{"a":{"b":{"c":1}}}"#);
}

#[test]
fn another_file_may_take_the_result() {
    let world = made();
    let before = sealed(&world);
    edit_with(&world, "sed -i s/AKIA/AKIB/ \"$1\"", &["f", "--output-file", "g"]).prints();
    assert_eq!(sealed(&world), before);
    assert!(content(&world, "g", "k").contains("AKIB"));
}

#[test]
fn of_two_editors_the_second_to_save_is_told_and_loses_nothing() {
    let world = made();
    let body = "touch open; while test ! -e go; do sleep 0.01; done; sed -i s/AKIA/SECOND/ \"$1\"";
    let second = editing(&world, body, &["f"]).spawn().unwrap();
    wait_for(|| work(&world, "open").exists());
    let first = script(&world, "home/work/first", "sed -i s/AKIA/FIRST/ \"$1\"");
    let mut command = bare(&world);
    command.env("EDITOR", first).args(["edit", "f", "--key-file", "k"]);
    assert_eq!(Done::of(&mut command).code, Some(0));
    fs::write(work(&world, "go"), "").unwrap();
    let done = Done::from(second.wait_with_output().unwrap());
    assert_eq!(done.code, Some(7), "{done:?}");
    assert!(done.stderr.contains("f.edited") && !done.stderr.contains("hunter2"), "{done:?}");
    assert!(content(&world, "f", "k").contains("FIRST"));
    assert!(content(&world, "f.edited", "k").contains("SECOND"));
}

#[test]
fn the_next_removes_what_killed_ones_left_and_nothing_that_is_in_use() {
    let world = made();
    let memory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let editing = |body: &str| {
        let mut command = editing(&world, body, &["f"]);
        command.env("XDG_RUNTIME_DIR", memory.path()).env("TMPDIR", memory.path());
        command
    };
    // Killed before anything was in it, and in the middle of the editor.
    let [empty, full] =
        ["empty", "full"].map(|it| memory.path().join(format!("omnisecret-edit-{it}")));
    fs::create_dir(&empty).unwrap();
    fs::create_dir(&full).unwrap();
    fs::write(full.join("profiles.yaml"), CANARY).unwrap();
    let body =
        "dirname \"$1\" >open.new; mv open.new open; while test ! -e go; do sleep 0.01; done";
    let mut used = editing(body).spawn().unwrap();
    wait_for(|| work(&world, "open").exists());
    let folder = fs::read_to_string(work(&world, "open")).unwrap();
    let folder = std::path::Path::new(folder.trim_end());
    assert_eq!(folder.parent(), Some(memory.path()));
    assert!(!empty.exists() && !full.exists());
    assert!(editing("true").status().unwrap().success());
    assert!(folder.join("profiles.yaml").exists(), "a folder in use was removed");
    fs::write(work(&world, "go"), "").unwrap();
    assert!(used.wait().unwrap().success());
    assert_eq!(fs::read_dir(memory.path()).unwrap().count(), 0);

    // What could not be put back, nor kept beside the file, is no leftover.
    world.write("home/work/f.edited", "taken");
    let body = "sed -i s/AKIA/AKIB/ \"$1\"; cp f f.old; printf x >>f";
    assert_eq!(editing(body).status().unwrap().code(), Some(7));
    fs::rename(work(&world, "f.old"), work(&world, "f")).unwrap();
    assert!(editing("true").status().unwrap().success());
    let kept: Vec<_> = fs::read_dir(memory.path()).unwrap().flatten().collect();
    let [kept] = &*kept else { panic!("{kept:?}") };
    fs::copy(kept.path().join("f.edited"), work(&world, "edited")).unwrap();
    assert!(content(&world, "edited", "k").contains("AKIB"));
}

#[test]
fn a_program_that_is_asked_to_end_leaves_no_text_behind() {
    let world = made();
    let before = sealed(&world);
    for (signal, code) in [("TERM", 143), ("HUP", 129)] {
        let body =
            "dirname \"$1\" >open.new; mv open.new open; echo 'b: {}' >>\"$1\"; exec sleep 20";
        let mut child = editing(&world, body, &["f"]).spawn().unwrap();
        wait_for(|| work(&world, "open").exists());
        // The keyboard's signal is for the editor.
        send(&child, "INT");
        thread::sleep(Duration::from_millis(50));
        assert!(child.try_wait().unwrap().is_none());
        send(&child, signal);
        assert_eq!(child.wait().unwrap().code(), Some(code));
        let folder = fs::read_to_string(work(&world, "open")).unwrap();
        assert!(!std::path::Path::new(folder.trim_end()).exists(), "{folder}");
        fs::remove_file(work(&world, "open")).unwrap();
    }
    assert_eq!(sealed(&world), before);
}

fn send(child: &Child, signal: &str) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
}

fn wait_for(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "it does not come");
        thread::sleep(Duration::from_millis(2));
    }
}
