//! The program at a terminal: line ends, binary, and what is typed without echo.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use crate::world::{Done, VAULT, World, recorded};

/// Longer than any of this takes: what hangs fails.
const LIMIT: Duration = Duration::from_secs(20);

/// Our end of a terminal, and the program that runs at the other.
struct Terminal {
    ours: File,
    child: Child,
    seen: String,
    /// How much of it was there at the last answer.
    answered: usize,
}

impl Terminal {
    /// Runs the program as the first of a session whose terminal is a new one. Its standard
    /// output is the terminal too, unless the command says otherwise.
    fn run(world: &World, args: &[&str], change: impl FnOnce(&mut Command)) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
        let theirs = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OFlags::NOCTTY.bits().cast_signed())
            .open(name)
            .unwrap();
        let end = || Stdio::from(theirs.try_clone().unwrap());
        let mut command = world.through(&["timeout", "--foreground", "20", "setsid", "--ctty"]);
        command.args(args).stdin(end()).stdout(end()).stderr(end());
        change(&mut command);
        let child = command.spawn().unwrap();
        Self { ours: ours.into(), child, seen: String::new(), answered: 0 }
    }

    /// Types an answer to a prompt, once the prompt is there and the echo is off.
    fn answer(&mut self, prompt: &str, typed: &str) {
        while !self.seen[self.answered..].ends_with(prompt) {
            assert!(self.read() > 0, "no {prompt:?} in {:?}", self.seen);
        }
        let start = Instant::now();
        while tcgetattr(&self.ours).unwrap().local_modes.contains(LocalModes::ECHO) {
            assert!(start.elapsed() < LIMIT, "the echo stays on");
            thread::sleep(Duration::from_millis(1));
        }
        self.answered = self.seen.len();
        self.ours.write_all(format!("{typed}\n").as_bytes()).unwrap();
    }

    /// What was shown, to the end, and how the program ended.
    fn end(mut self) -> (String, Done) {
        while self.read() > 0 {}
        let done = self.child.wait_with_output().unwrap().into();
        (self.seen, done)
    }

    fn read(&mut self) -> usize {
        let mut buffer = [0; 4096];
        // Linux says EIO when nobody holds the other end any more.
        let count = self.ours.read(&mut buffer).unwrap_or(0);
        // Bytes of binary values need not be seen one by one.
        self.seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
        count
    }
}

fn shown(world: &World, args: &[&str]) -> (String, Option<i32>) {
    let (seen, done) = Terminal::run(world, args, |_| {}).end();
    (seen, done.code)
}

#[test]
fn text_gets_a_line_end_at_a_terminal() {
    let world = World::new();
    assert_eq!(shown(&world, &["get", "securestore", "a"]), ("value of a\r\n".into(), Some(0)));
    world.create(&VAULT, "lines", b"one\n\ttwo\n");
    let expected = "one\r\n\ttwo\r\n\r\n".to_owned();
    assert_eq!(shown(&world, &["get", "securestore", "lines"]), (expected, Some(0)));
}

#[test]
fn binary_and_control_characters_need_force_at_a_terminal() {
    let world = World::new();
    for value in [&b"\xff"[..], b"\x1b[31mred", b"a\rb", b"\0", "\u{9b}31m".as_bytes()] {
        world.create(&VAULT, "binary", value);
        let (seen, code) = shown(&world, &["get", "securestore", "binary"]);
        assert_eq!(code, Some(2), "{seen:?}");
        assert!(seen.starts_with("omnisecret: the value is binary"), "{seen:?}");
        assert!(seen.contains("--force"), "{seen:?}");
        let (seen, code) = shown(&world, &["get", "--force", "securestore", "binary"]);
        assert_eq!((seen, code), (String::from_utf8_lossy(value).into_owned(), Some(0)));
    }
}

#[test]
fn an_output_file_takes_binary_at_a_terminal() {
    let world = World::new();
    world.create(&VAULT, "binary", b"\xff\n");
    let args = ["get", "--output", "file", "securestore", "binary"];
    assert_eq!(shown(&world, &args), (String::new(), Some(0)));
    assert_eq!(std::fs::read(world.at("home/work/file")).unwrap(), b"\xff\n");
}

fn with_password(world: &World, args: &[&str], change: impl FnOnce(&mut Command)) -> Terminal {
    world.write("store/vault.json", recorded("password-vault.json"));
    Terminal::run(world, args, |command| {
        command.env_remove("OMNISECRET_VAULT_KEY_FILE");
        change(command);
    })
}

#[test]
fn a_password_is_asked_for_without_echo() {
    let world = World::new();
    let mut terminal = with_password(&world, &["get", "securestore", "k"], |_| {});
    terminal.answer("Password: ", "x");
    let (seen, done) = terminal.end();
    let vault = world.at("store/vault.json");
    let expected = format!("Vault {vault:?}. Password: \r\nv\r\n");
    assert_eq!((seen, done.code), (expected, Some(0)));
}

#[test]
fn a_password_is_asked_for_at_the_terminal_where_the_value_goes_to_a_pipe() {
    let world = World::new();
    let mut terminal = with_password(&world, &["get", "securestore", "k"], |command| {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
    });
    terminal.answer("Password: ", "x");
    let (seen, done) = terminal.end();
    assert!(seen.ends_with("Password: \r\n"), "{seen:?}");
    assert_eq!(done.prints(), b"v");
}

#[test]
fn a_wrong_password_is_corrupt_and_not_shown() {
    let world = World::new();
    let mut terminal = with_password(&world, &["get", "securestore", "k"], |_| {});
    terminal.answer("Password: ", "hunter2");
    let (seen, done) = terminal.end();
    assert_eq!(done.code, Some(6), "{seen:?}");
    assert!(!seen.contains("hunter2"), "{seen:?}");
}

#[test]
fn a_new_value_is_asked_for_without_echo() {
    let world = World::new();
    let mut terminal = Terminal::run(&world, &["update", "securestore", "a"], |_| {});
    terminal.answer("New value: ", "hunter2 ");
    let (seen, done) = terminal.end();
    assert_eq!((&*seen, done.code), ("New value: \r\n", Some(0)));
    assert_eq!(world.get(&VAULT, "a"), b"hunter2 ");
}

#[test]
fn a_password_for_a_new_vault_is_typed_twice_and_may_be_in_any_script() {
    let world = World::new();
    let bare = |command: &mut Command| {
        command.env_remove("OMNISECRET_VAULT").env_remove("OMNISECRET_VAULT_KEY_FILE");
    };
    let mut terminal = Terminal::run(&world, &["vault", "create"], bare);
    terminal.answer("New password: ", "short");
    terminal.answer("New password: ", "p\u{e4}ssw\u{f6}rd one");
    terminal.answer("The same again: ", "p\u{e4}ssw\u{f6}rd two");
    terminal.answer("New password: ", "p\u{e4}ssw\u{f6}rd");
    terminal.answer("The same again: ", "p\u{e4}ssw\u{f6}rd");
    let (seen, done) = terminal.end();
    assert_eq!(done.code, Some(0), "{seen:?}");
    assert!(!seen.contains('\u{f6}'), "{seen:?}");
    world.write("home/work/p", "p\u{e4}ssw\u{f6}rd\n");
    let mut command = world.command();
    bare(&mut command);
    let list = ["vault", "--password-file", "p", "verify"];
    assert_eq!(Done::of(command.args(list)).prints(), b"");
    // The same at ssclient's question, and a value that is typed.
    let args = ["vault", "--compat", "set", "a"];
    let mut terminal = Terminal::run(&world, &args, bare);
    terminal.answer("Value: ", "v\u{e4}lue");
    terminal.answer("Password: ", "p\u{e4}ssw\u{f6}rd");
    assert_eq!(terminal.end().1.code, Some(0));
}

#[test]
fn an_export_with_control_characters_needs_force_at_a_terminal() {
    let world = World::new();
    world.create(&VAULT, "A", b"\x1b[31mred");
    let (seen, code) = shown(&world, &["vault", "export", "--as", "shell", "A"]);
    assert_eq!(code, Some(2), "{seen:?}");
    assert!(seen.contains("--force") && !seen.contains("red"), "{seen:?}");
    let (seen, code) = shown(&world, &["vault", "export", "--force", "--as", "shell", "A"]);
    assert_eq!((&*seen, code), ("export A='\u{1b}[31mred'\r\n", Some(0)));
}

#[test]
fn a_key_of_an_acct_file_is_asked_for_without_echo() {
    let world = World::new();
    let mut terminal = Terminal::run(&world, &["acct", "check"], |command| {
        command.env_remove("ACCT_KEY");
    });
    let key = String::from_utf8(recorded("creds.key")).unwrap();
    terminal.answer("Key: ", &key);
    let (seen, done) = terminal.end();
    assert_eq!(done.code, Some(0), "{seen:?}");
    assert!(!seen.contains(&key) && seen.ends_with(": 1 profiles\r\n"), "{seen:?}");
}

#[test]
fn an_outline_in_colours_is_shown_and_one_with_other_controls_needs_force() {
    let world = World::new();
    let args = ["acct", "decrypt", "--output", "nested"];
    let (seen, code) = shown(&world, &args);
    assert_eq!(code, Some(0), "{seen:?}");
    assert!(seen.starts_with("\u{1b}[36mprovider\u{1b}[39m:\r\n"), "{seen:?}");
    for value in ["\u{1b}]0;title\u{7}", "\u{1b}[2J", "\u{9b}2J"] {
        world.create(&crate::world::ACCT, "p/q", value.as_bytes());
        let (seen, code) = shown(&world, &args);
        assert_eq!(code, Some(2), "{seen:?}");
        assert!(seen.contains("--force"), "{seen:?}");
    }
}

#[test]
fn a_view_goes_through_the_pager() {
    let world = World::new();
    let view = |pager: &str| {
        let terminal = Terminal::run(&world, &["acct", "view"], |command| {
            command.env("PAGER", pager);
        });
        terminal.end()
    };
    let (seen, done) = view("env | grep -c ^ACCT_KEY=; head -n 1");
    assert_eq!((&*seen, done.code), ("0\r\nprovider:\r\n", Some(0)));
    let (seen, done) = view("/none/pager");
    assert!(seen.contains("provider:\r\n") && done.code == Some(0), "{seen:?}");
}

#[test]
fn an_export_of_references_needs_force_for_control_characters_too() {
    let world = World::new();
    world.create(&VAULT, "A", b"\x1b[31mred");
    let export = ["export", "--as", "shell", "A=securestore:A"];
    let (seen, code) = shown(&world, &export);
    assert!(code == Some(2) && seen.contains("--force") && !seen.contains("red"), "{seen:?}");
    let (seen, code) = shown(&world, &[&export[..], &["--force"]].concat());
    assert_eq!((&*seen, code), ("export A='\u{1b}[31mred'\r\n", Some(0)));
}

#[test]
fn a_copy_shows_how_far_it_is_at_a_terminal_alone() {
    let world = World::new();
    let create = ["vault", "create", "-s", "../../store/two.json", "-k", "../../store/vault.key"];
    Done::of(world.command().env_remove("OMNISECRET_VAULT").args(create)).prints();
    let config = "[providers.two]\nkind = \"securestore\"\npath = \"two.json\"\n";
    let config = world.write("store/omnisecret.toml", config);
    let copy = ["copy", "securestore", "two"];
    let with_config = |command: &mut Command| {
        command.env("OMNISECRET_CONFIG", &config).env("TERM", "xterm");
    };
    let (seen, done) = Terminal::run(&world, &copy, |command| {
        with_config(command);
        command.stdout(Stdio::piped());
    })
    .end();
    let sum = done.prints_text();
    assert!(sum.ends_with(" created, 0 overwritten, 0 equal, 0 failed, 0 not tried\n"), "{sum}");
    let count = sum.split(' ').next().unwrap();
    assert!(seen.contains(&format!("/{count}")), "{seen:?}");
    let mut command = world.command();
    with_config(&mut command);
    Done::of(command.args(copy)).prints();
}
