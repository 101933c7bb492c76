//! A shell in which the commands of a page run, and what it has to say of them.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::page::Step;

/// What the pages call the folder of the clone.
const CLONE: &str = "/home/you/omnisecret";

/// Behind what a command has printed and its exit code. No command prints it.
const MARK: &str = "\u{1}omnisecret-book";

/// A home folder with a clone in it that has the examples, and the program in the path.
pub(crate) struct Session {
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Session {
    pub(crate) fn new() -> Self {
        let session =
            Self { folder: tempfile::tempdir().expect("a folder"), variables: Vec::new() };
        for folder in ["bin", "home", "home/omnisecret", "home/omnisecret/examples"] {
            let path = session.at(folder);
            fs::create_dir(&path).expect("a folder is made");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("a mode is set");
        }
        symlink(env!("CARGO_BIN_EXE_omnisecret"), session.at("bin/omnisecret"))
            .expect("the program has a name");
        // Nobody is there to edit: an editor that leaves everything as it is.
        let editor = session.at("bin/vim");
        fs::write(&editor, "#!/bin/sh\n").expect("an editor is written");
        fs::set_permissions(&editor, fs::Permissions::from_mode(0o700)).expect("a mode is set");
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
        for entry in fs::read_dir(examples).expect("the examples are there") {
            let path = entry.expect("an example").path();
            if let (true, Some(name)) = (path.is_file(), path.file_name()) {
                fs::copy(&path, session.at("home/omnisecret/examples").join(name))
                    .expect("an example is copied");
            }
        }
        let clone = session.at("home/omnisecret");
        let made = Command::new("git").args(["init", "--quiet"]).arg(clone).status();
        assert!(made.is_ok_and(|made| made.success()), "a clone is a repository of git");
        session
    }

    /// With an emulator of AWS, and keys that mean nothing.
    pub(crate) fn on_aws(mut self, endpoint: &str) -> Self {
        let set = [
            ("AWS_ENDPOINT_URL", endpoint),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        self.variables.extend(set.map(|(name, value)| (name, value.to_owned())));
        self
    }

    fn at(&self, name: &str) -> PathBuf {
        // As the shell will call it.
        fs::canonicalize(self.folder.path()).expect("the folder is there").join(name)
    }

    /// Runs the steps one after the other. One that fails does not keep the others from running.
    ///
    /// # Errors
    /// What was not as the page says, with the line of each.
    pub(crate) fn run(&self, steps: &[Step]) -> Result<(), String> {
        let script = self.folder.path().join("script");
        fs::write(&script, script_of(steps)).expect("the script is written");
        let path = std::env::var("PATH").unwrap_or_default();
        let output = Command::new("sh")
            .arg(&script)
            .current_dir(self.at("home/omnisecret"))
            .env_clear()
            .env("HOME", self.at("home"))
            .env("PATH", format!("{}:{path}", self.at("bin").display()))
            .env("EDITOR", "vim")
            .envs(self.variables.iter().cloned())
            .stdin(Stdio::null())
            .output()
            .expect("there is a shell");
        let printed = String::from_utf8_lossy(&output.stdout);
        let printed = printed.replace(&self.at("home/omnisecret").display().to_string(), CLONE);
        // Each command's part ends with its exit code and a mark.
        let mut parts: Vec<_> = printed.split(MARK).collect();
        let rest = parts.pop().unwrap_or_default();
        if let Some(step) = steps.get(parts.len()) {
            let stderr = String::from_utf8_lossy(&output.stderr);
            let Step { line, command, .. } = step;
            return Err(format!("line {line}: {command}the shell ended: {rest}{stderr}"));
        }
        let faults: Vec<_> = steps.iter().zip(parts).filter_map(|it| fault(it.0, it.1)).collect();
        if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
    }
}

/// The commands in one shell, so that folders and variables stay from one to the next.
fn script_of(steps: &[Step]) -> String {
    let mut script = "umask 077\n".to_owned();
    for Step { command, shown, .. } in steps {
        // A block of commands alone ends at the first that fails, and the shell with it.
        let (begin, end) = if shown.is_none() { ("set -e\n", "set +e\n") } else { ("", "") };
        script += &format!("{{\n{begin}{command}{end}}} 2>&1\n");
        script += &format!("printf '\\n%s%s' $? '{MARK}'\n");
    }
    script
}

/// What is not as the page says.
fn fault(step: &Step, part: &str) -> Option<String> {
    let (printed, code) = part.rsplit_once('\n')?;
    let Step { line, command, shown } = step;
    let fault = match shown {
        Some(shown) if squeezed(shown) != squeezed(printed) => {
            format!("shows\n{shown}and the program prints\n{printed}")
        }
        Some(shown) if !shown.is_empty() => return None,
        _ if code == "0" => return None,
        _ => format!("ends with {code}\n{printed}"),
    };
    Some(format!("line {line}: {}: the page {fault}", command.trim_end()))
}

/// Without what a page cannot show: line ends, and how wide a column is.
fn squeezed(text: &str) -> String {
    let line =
        |line: &str| line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    text.trim_end().lines().map(line).collect::<Vec<_>>().join("\n")
}
