//! `omnisecret exec`: what the command gets, what it is, and when there is none.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::world::{Done, VAULT, World};

/// What no error and no list of processes may show.
const CANARY: &str = "hunter2-canary";

fn world() -> World {
    let world = World::new();
    world.create(&VAULT, "db", format!(r#"{{"user":"app","password":"{CANARY}"}}"#).as_bytes());
    world
}

fn exec(world: &World, options: &[&str], command: &[&str]) -> Done {
    world.run([&["exec"], options, &["--"], command].concat())
}

/// What a shell says in the place of the program.
fn sh(world: &World, options: &[&str], script: &str) -> Done {
    exec(world, options, &["sh", "-c", script])
}

/// Lines of a run of which more than one thing failed.
#[track_caller]
fn fails_with(done: &Done, code: i32, starts: &[&str]) {
    assert_eq!((done.code, &*done.stdout), (Some(code), &b""[..]), "{done:?}");
    let lines: Vec<_> = done.stderr.lines().collect();
    assert_eq!(lines.len(), starts.len(), "{lines:#?}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(&format!("omnisecret: {start}")), "{line} is not {start}");
    }
    assert!(!done.stderr.contains(CANARY), "{lines:#?}");
}

#[test]
fn the_command_gets_the_secrets_beside_what_it_gets_anyway() {
    let world = world();
    let options = ["-e", "USER_=securestore:db#user", "--env", "PASSWORD=securestore:db#password"];
    let seen = sh(&world, &options, "printf %s \"$USER_ $PASSWORD $HOME $0 $1\"").prints_text();
    assert_eq!(seen, format!("app {CANARY} {} sh ", world.at("home").display()));
    // Standard input is the command's, to the last byte.
    let mut command = world.command();
    let args = ["exec", "-e", "A=securestore:a", "--", "cat", "-", "--", "/dev/null"];
    assert_eq!(Done::fed(command.args(args), b"in\0put\n").prints(), b"in\0put\n");
}

#[test]
fn the_process_becomes_the_command() {
    let world = world();
    let script = "echo $$; exec sleep 60";
    let mut command = world.command();
    command.args(["exec", "-e", "A=securestore:db#password", "--", "sh", "-c", script]);
    let mut child = command.spawn().unwrap();
    let cmdline = format!("/proc/{}/cmdline", child.id());
    let start = Instant::now();
    while fs::read(&cmdline).unwrap() != b"sleep\x0060\0" {
        assert!(start.elapsed() < Duration::from_secs(20));
        thread::sleep(Duration::from_millis(2));
    }
    let environment = fs::read(format!("/proc/{}/environ", child.id())).unwrap();
    assert!(String::from_utf8_lossy(&environment).contains(CANARY));
    let id = child.id();
    let kill = Command::new("kill").args(["-TERM", &id.to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().signal(), Some(15));
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{id}\n"));
}

#[test]
fn the_exit_code_and_the_signal_are_the_commands() {
    let world = world();
    let run = |script: &str| {
        let mut command = world.command();
        command.args(["exec", "-e", "A=securestore:a", "--", "sh", "-c", script]);
        command.output().unwrap().status
    };
    for code in [0, 1, 3, 42, 255] {
        assert_eq!(run(&format!("exit {code}")).code(), Some(code));
    }
    // Not 2 and 3, which a shell has its background jobs ignore, these tests among them.
    for signal in [9, 10, 13, 15] {
        assert_eq!(run(&format!("kill -{signal} $$")).signal(), Some(signal));
    }
}

#[test]
fn signals_limits_and_files_are_those_of_a_program_that_a_shell_starts() {
    let world = world();
    let script = "grep -E '^Sig(Blk|Ign)' /proc/self/status; ulimit -Sc; ulimit -Hc; \
        for it in /proc/self/fd/*; do readlink \"$it\"; done | grep -v -e pipe: -e /dev/null";
    let all = format!("ulimit -Sc \"$(ulimit -Hc)\"; {script}");
    let by_shell = Done::of(Command::new("sh").args(["-c", &all]).stdin(Stdio::null()).env_clear());
    let raise = "ulimit -Sc \"$(ulimit -Hc)\"; exec \"$@\"";
    let mut command = world.through(&["sh", "-c", raise, "sh"]);
    command.args(["exec", "-e", "A=securestore:a", "--", "sh", "-c", script]);
    let by_us = Done::of(&mut command);
    let text = |done: &Done| String::from_utf8(done.stdout.clone()).unwrap();
    assert!(text(&by_us).contains("SigBlk:\t0000000000000000\nSigIgn:\t"), "{by_us:?}");
    assert_eq!(text(&by_us), text(&by_shell));
    // What belongs to its user is dumpable again.
    let mut command = world.through_plain_user();
    let script = "stat -c %u /proc/$$; id -u";
    command.args(["exec", "-e", "A=securestore:a", "--", "sh", "-c", script]);
    let text = Done::of(&mut command).prints_text();
    let (owner, user) = text.trim().split_once('\n').unwrap();
    assert_eq!(owner, user);
}

#[test]
fn no_value_is_in_an_argument_or_a_file() {
    // Not the canary of the others, who run at the same time and put it into arguments of theirs.
    const VALUE: &str = "hunter2-in-no-argument";

    let world = world();
    world.create(&VAULT, "alone", VALUE.as_bytes());
    world.make_folder("tmp");
    let mut command = world.command();
    command.env("TMPDIR", world.at("tmp")).stdin(Stdio::piped());
    let script = "printf %s \"$A\"; exec >&-; read line";
    command.args(["exec", "-e", "A=securestore:alone", "--", "sh", "-c", script]);
    let mut child = command.spawn().unwrap();
    let mut seen = String::new();
    child.stdout.take().unwrap().read_to_string(&mut seen).unwrap();
    assert_eq!(seen, VALUE);
    let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let arguments = processes.filter_map(|path| fs::read(path.join("cmdline")).ok());
    assert!(arguments.filter(|it| String::from_utf8_lossy(it).contains(VALUE)).count() == 0);
    for folder in ["tmp", "store", "home", "home/work"] {
        for name in world.names_in(folder) {
            let bytes = fs::read(world.at(folder).join(name)).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&bytes).contains(VALUE));
        }
    }
    assert_eq!(world.names_in("tmp"), [""; 0]);
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[test]
fn a_command_that_is_not_there_is_127_and_one_that_may_not_run_is_126() {
    let world = world();
    let a = ["-e", "A=securestore:db#password"];
    world.write("home/work/data", "no program");
    for (command, code) in [("no-such-command", 127), ("./none", 127), ("./data", 126), ("/", 126)]
    {
        for options in [&a[..], &["-e", "A=securestore:db#password", "--pristine"]] {
            let line = exec(&world, options, &[command, "x"]).fails(code);
            assert!(line.contains(&format!("{command:?}")) && !line.contains(CANARY), "{line}");
        }
    }
}

#[test]
fn every_secret_that_is_missing_is_named_and_nothing_is_started() {
    let world = world();
    let options = [
        "-e=A=securestore:none",
        "-e=B=securestore:db#user",
        "-e=C=acct:no/profile",
        "-e=D=securestore:db#pass",
        "-e=E=nobody:x",
        "-e=F=securestore:a?version=1",
    ];
    let done = exec(&world, &options, &["touch", "started"]);
    let starts = [
        "A: securestore get \"none\": ",
        "C: acct get \"no/profile\": ",
        "D: securestore get \"db\": no such key: \"pass\" (not_found)",
        "E: nobody configure: no provider is named \"nobody\" (invalid_config)",
        "F: securestore get \"a\": ",
    ];
    fails_with(&done, 3, &starts);
    // The code is that of the first.
    let reversed: Vec<_> = options.into_iter().rev().collect();
    assert_eq!(exec(&world, &reversed, &["touch", "started"]).code, Some(7));
    assert_eq!(world.names_in("home/work"), [""; 0]);
}

#[test]
fn a_name_is_a_variables_and_none_that_programs_act_on() {
    let world = world();
    let names = [
        "",
        "1A",
        "A B",
        "A-B",
        "\u{e9}",
        "X; touch pwned #",
        "X\n",
        "A\u{1b}[31m",
        "PATH",
        "IFS",
        "ENV",
        "LD_PRELOAD",
        "LD_AUDIT",
        "DYLD_INSERT_LIBRARIES",
        "BASH_ENV",
        "BASH_FUNC_x",
        "PS4",
        "NODE_OPTIONS",
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "GIT_SSH_COMMAND",
        "GIT_DIR",
        "PERL5OPT",
        "RUBYOPT",
        "JAVA_TOOL_OPTIONS",
        "PROMPT_COMMAND",
        "LESSOPEN",
        "GLIBC_TUNABLES",
        "OPENSSL_CONF",
        "CURL_CA_BUNDLE",
        "REQUESTS_CA_BUNDLE",
        "AWS_CA_BUNDLE",
    ];
    for name in names {
        let line =
            exec(&world, &["-e", &format!("{name}=securestore:a")], &["touch", "x"]).fails(2);
        assert!(line.contains("(invalid_path)"), "{line}");
    }
    // All of them are said at once, before anything is read.
    let done = exec(&world, &["-e=PATH=securestore:none", "-e=A B=securestore:a"], &["touch", "x"]);
    fails_with(&done, 2, &["PATH: programs act on this", "A B: this is no name"]);
    assert_eq!(world.names_in("home/work"), [""; 0]);
    let options = ["-e", "PS4=securestore:a", "--allow-env", "PS4"];
    assert_eq!(sh(&world, &options, "printf %s \"$PS4\"").prints(), b"value of a");
    sh(&world, &["-e", "PS4=securestore:a", "--allow-env", "PATH"], "touch x").fails(2);
}

#[test]
fn what_a_variable_cannot_hold_is_refused_and_other_bytes_are_exact() {
    let world = world();
    world.create(&VAULT, "nul", b"a\0b");
    world.create(&VAULT, "bytes", b"\xff\n'\x01\n\n");
    let line = exec(&world, &["-e", "A=securestore:nul"], &["touch", "x"]).fails(2);
    assert!(line.starts_with("omnisecret: A: the value has a NUL byte"), "{line}");
    let seen = exec(&world, &["-e", "A=securestore:bytes"], &["printenv", "-0", "A"]).prints();
    assert_eq!(seen, b"\xff\n'\x01\n\n\0");
    // More than the system lets a program have.
    world.create(&VAULT, "large", &vec![b'x'; 3 << 20]);
    exec(&world, &["-e", "A=securestore:large"], &["touch", "x"]).fails(126);
    assert_eq!(world.names_in("home/work"), [""; 0]);
}

#[test]
fn variables_that_held_keys_are_kept_from_the_command() {
    let world = world();
    let key = String::from_utf8(crate::world::recorded("creds.key")).unwrap();
    let config = world.write(
        "store/omnisecret.toml",
        "[providers.billing]\nkind = \"acct\"\npath = \"creds.fernet\"\nkey_env = \"BILLING_KEY\"\n",
    );
    let seen = |options: &[&str]| {
        let mut command = world.command();
        command.env("BILLING_KEY", &key).env("OMNISECRET_CONFIG", &config);
        command.env("OMNISECRET_VAULT_PASSWORD", "x").arg("exec").args(options);
        let script = "env | grep -E '^(ACCT|BILLING|OMNISECRET_VAULT_P)' | sed 's/=.*//' | sort";
        command.args(["--", "sh", "-c", script]);
        Done::of(&mut command).prints_text().lines().collect::<Vec<_>>().join(" ")
    };
    let of_vault = ["-e", "A=securestore:a"];
    let of_acct = ["-e", "B=billing:provider/profile_name#username"];
    assert_eq!(seen(&of_vault), "ACCT_FILE ACCT_KEY BILLING_KEY");
    assert_eq!(seen(&of_acct), "ACCT_FILE OMNISECRET_VAULT_PASSWORD");
    assert_eq!(seen(&[of_vault, of_acct].concat()), "ACCT_FILE");
    let keep = ["--keep", "BILLING_KEY", "--keep", "NOT_SET"];
    let kept = seen(&[of_acct, [keep[0], keep[1]], [keep[2], keep[3]]].concat());
    assert_eq!(kept, "ACCT_FILE BILLING_KEY OMNISECRET_VAULT_PASSWORD");
    // Who asks for one by name gets it.
    let asked = ["-e", "ACCT_KEY=billing:provider/profile_name#username"];
    assert_eq!(seen(&asked), "ACCT_FILE ACCT_KEY OMNISECRET_VAULT_PASSWORD");
}

#[test]
fn a_pristine_command_gets_nothing_else() {
    let world = world();
    let options = ["-e", "A=securestore:a", "--pristine"];
    assert_eq!(exec(&world, &options, &["env"]).prints(), b"A=value of a\n");
    let options = [&options[..], &["--keep", "HOME", "--keep", "NOT_SET"]].concat();
    let seen = exec(&world, &options, &["env"]).prints_text();
    assert_eq!(seen, format!("A=value of a\nHOME={}\n", world.at("home").display()));
    // The command is the one that the caller means, here as without.
    world.make_folder("bin");
    let tool = world.write("bin/tool", "#!/bin/sh\necho \"$0 $A\"\n");
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o700)).unwrap();
    let mut command = world.command();
    command.env("PATH", world.at("bin")).args(["exec", "-e", "A=securestore:a", "--pristine"]);
    let seen = Done::of(command.args(["--", "tool"])).prints_text();
    assert_eq!(seen, format!("{} value of a\n", tool.display()));
}

#[test]
fn a_file_names_references_and_single_ones_come_before_it() {
    let world = world();
    world.write(
        "home/work/one",
        "# a comment\n\nA=securestore:a\nexport USER_='securestore:db#user' # another\n",
    );
    world.write("home/work/two", "A=securestore:db#user\nPASSWORD=securestore:db#password\n");
    let seen = |options: &[&str]| {
        sh(&world, options, "printf '%s/%s/%s' \"$A\" \"$USER_\" \"$PASSWORD\"").prints_text()
    };
    assert_eq!(seen(&["--env-file", "one"]), "value of a/app/");
    let both = ["--env-file", "one", "--env-file", "two"];
    assert_eq!(seen(&both), format!("app/app/{CANARY}"));
    let single = ["-e", "A=securestore:a"];
    assert_eq!(seen(&[&single[..], &both].concat()), format!("value of a/app/{CANARY}"));
    exec(&world, &["--env-file", "none"], &["touch", "x"]).fails(2);
    let twice = exec(&world, &["-e=A=securestore:a", "-e=A=securestore:db"], &["touch", "x"]);
    assert!(twice.fails(2).contains("A: the variable is given twice"));
}

#[test]
fn a_value_in_the_place_of_a_reference_is_not_shown() {
    let world = world();
    for (text, code) in [
        (format!("A={CANARY}\n"), 2),
        (format!("A=postgres://user:{CANARY}@host/db\n"), 2),
        (format!("A='securestore:{CANARY}%'\n"), 2),
        (format!("{CANARY}\n"), 2),
        (format!("A='{CANARY}\n"), 2),
    ] {
        world.write("home/work/file", &text);
        let line = exec(&world, &["--env-file", "file"], &["touch", "x"]).fails(code);
        assert!(!line.contains(CANARY), "{line}");
        let line = exec(&world, &["-e", text.trim()], &["touch", "x"]).fails(code);
        assert!(!line.contains(CANARY), "{line}");
    }
}

#[test]
fn the_references_of_the_configuration_can_be_had_all_at_once() {
    let world = world();
    let config = world.write(
        "store/omnisecret.toml",
        "[references]\nA = \"securestore:a\"\nB = \"securestore:db#user\"\n",
    );
    let run = |options: &[&str], script: &str| {
        let mut command = world.command();
        command.env("OMNISECRET_CONFIG", &config).args(["exec", "--all-references"]);
        Done::of(command.args(options).args(["--", "sh", "-c", script]))
    };
    assert_eq!(run(&[], "printf %s \"$A$B\"").prints(), b"value of aapp");
    assert_eq!(run(&["-e", "A=securestore:db#user"], "printf %s \"$A$B\"").prints(), b"appapp");
    // One that nobody has named is not trusted with references, here as elsewhere.
    fs::rename(&config, world.at("home/work/omnisecret.toml")).unwrap();
    assert!(exec(&world, &["--all-references"], &["touch", "x"]).fails(2).contains("references"));
}

#[test]
fn a_command_line_without_a_secret_or_a_command_is_not_run() {
    let world = world();
    assert!(exec(&world, &[], &["touch", "x"]).fails(2).contains("no secret is asked for"));
    world.run(["exec", "-e", "A=securestore:a"]).fails(2);
    world.run(["exec", "-e", "A=securestore:a", "touch", "x"]).fails(2);
    assert!(exec(&world, &["-e", "A"], &["touch", "x"]).fails(2).contains("no '='"));
    assert_eq!(world.names_in("home/work"), [""; 0]);
}
