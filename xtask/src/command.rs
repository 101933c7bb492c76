//! Running other programs: with their output shown, or captured and checked.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

/// The cargo that started this program, so that every step has the same toolchain.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

pub(crate) trait CommandExt {
    /// Runs it with its output shown and nothing to read; anything but success is an error.
    fn run(&mut self) -> Result<()>;

    /// Runs it with nothing to read, and gives what it wrote to stdout.
    fn read(&mut self) -> Result<Vec<u8>>;

    /// Runs it with `input` on its stdin, and gives what it wrote to stdout.
    fn feed(&mut self, input: &[u8]) -> Result<Vec<u8>>;
}

impl CommandExt for Command {
    fn run(&mut self) -> Result<()> {
        // To stderr, as cargo does it: stdout may be read by a program.
        eprintln!("    $ {}", line(self));
        let status = self.stdin(Stdio::null()).status().with_context(|| cannot_start(self))?;
        if !status.success() {
            bail!("{status}: {}", line(self));
        }
        Ok(())
    }

    fn read(&mut self) -> Result<Vec<u8>> {
        let output = self.stdin(Stdio::null()).output().with_context(|| cannot_start(self))?;
        stdout_of(self, output)
    }

    fn feed(&mut self, input: &[u8]) -> Result<Vec<u8>> {
        self.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.spawn().with_context(|| cannot_start(self))?;
        let stdin = child.stdin.take().context("a piped stdin is there to be taken")?;
        // Both ends at once: a program that answers before it has read all would fill its pipe.
        let output = thread::scope(|scope| {
            scope.spawn(move || {
                let mut stdin = stdin;
                // A program that ends early says why itself; the closed pipe adds nothing.
                let _ = stdin.write_all(input);
            });
            child.wait_with_output()
        })?;
        stdout_of(self, output)
    }
}

fn stdout_of(command: &Command, output: Output) -> Result<Vec<u8>> {
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("{}: {}\n{}", output.status, line(command), stderr.trim_end());
    }
    Ok(output.stdout)
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start {}", command.get_program().display())
}

/// The command as a person would type it, near enough to copy.
fn line(command: &Command) -> String {
    let set = command.get_envs().filter_map(|(name, value)| {
        value.map(|value| format!("{}={:?}", name.display(), value.to_string_lossy()))
    });
    let program = command.get_program();
    let program = if program == cargo().get_program() { OsStr::new("cargo") } else { program };
    let words = std::iter::once(program).chain(command.get_args()).map(|word| {
        let word = word.to_string_lossy();
        let plain = |c: char| c.is_alphanumeric() || "-_=+./:,@".contains(c);
        if !word.is_empty() && word.chars().all(plain) {
            word.into_owned()
        } else {
            format!("{word:?}")
        }
    });
    set.chain(words).collect::<Vec<_>>().join(" ")
}
