//! The program over AWS, on the LocalStack that `cargo xtask integration` names.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program in an empty home, with an emulator's keys.
fn omnisecret(home: &Path, args: &[&str], input: &str) -> Output {
    let endpoint = std::env::var("OMNISECRET_LOCALSTACK_ENDPOINT").expect("an endpoint");
    let mut child = Command::new(env!("CARGO_BIN_EXE_omnisecret"))
        .args(args)
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("PATH", std::env::var_os("PATH").expect("a path"))
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    // A command that reads nothing closes it.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("an end")
}

#[track_caller]
fn prints(output: &Output, text: &str) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{error}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), text, "{error}");
}

/// A name that no run before has left.
fn fresh(start: &str) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    format!("{start}{}", now.expect("after 1970").as_nanos())
}

#[test]
#[ignore = "needs LocalStack: cargo xtask integration"]
fn secrets_and_parameters_are_made_read_listed_and_handed_on_localstack() {
    let home = tempfile::tempdir().expect("a folder");
    let run = |args: &[&str], input: &str| omnisecret(home.path(), args, input);
    for (provider, prefix) in [("aws.sm", fresh("cli")), ("aws.ps", fresh("/cli"))] {
        let path = format!("{prefix}/db");
        let missing = run(&["get", provider, &path], "");
        assert_eq!(missing.status.code(), Some(3), "{provider}");
        assert_eq!(run(&["exists", provider, &path], "").status.code(), Some(1));
        let json = r#"{"user":"app","password":"hunter2"}"#;
        prints(&run(&["update", "--create", provider, &path], json), "");
        prints(&run(&["get", provider, &path], ""), json);
        prints(&run(&["get", provider, &path, "password"], ""), "hunter2");
        prints(&run(&["exists", provider, &path, "user"], ""), "");
        prints(&run(&["list", provider, &prefix], ""), &format!("{path}\n"));
        let reference = format!("PASSWORD={provider}:{path}#password");
        let exec = ["exec", "-e", &reference, "--", "sh", "-c", "printf %s \"$PASSWORD\""];
        prints(&run(&exec, ""), "hunter2");
        let check = run(&["check", &format!("{provider}:{path}")], "");
        assert_eq!(check.status.code(), Some(0), "{}", String::from_utf8_lossy(&check.stderr));
        assert!(!String::from_utf8_lossy(&check.stdout).contains("hunter2"));
    }
}
