//! The user's editor, on a text in the clear.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::ExitStatus;

use omnisecret::{Error, ErrorKind, Result};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

use super::keys::KEY_VARIABLE;
use crate::output::complain;

/// What keeps vim and neovim from writing the text anywhere else: no swap file, no undo file, no
/// backup, no viminfo or shada, no netrw history.
const VIM: [&str; 5] =
    ["-n", "-i", "NONE", "--cmd", "set noswapfile nobackup nowritebackup noundofile"];

pub(super) struct Editor {
    command: OsString,
}

/// How an editor ended.
pub(super) enum Ended {
    /// As one that was content.
    Done,
    /// With this code, which is then ours too.
    Failed(u8),
}

impl Editor {
    /// The one that is named, else the user's, else vi.
    pub(super) fn new(named: Option<&str>) -> Self {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        let command = named.map(OsString::from).or_else(|| set("VISUAL")).or_else(|| set("EDITOR"));
        Self { command: command.unwrap_or_else(|| "vi".into()) }
    }

    /// Tells of an editor that may keep copies.
    pub(super) fn warn(&self) {
        if !self.is_vim() {
            let name = self.program();
            complain(&format!(
                "see that {name:?} keeps no copy of the text: backups, swap files, an undo history"
            ));
        }
    }

    /// Runs it on a file. Whoever interrupts it at the keyboard means the editor, so this process
    /// goes on; asked to end, it ends the editor first.
    pub(super) async fn run(&self, file: &Path) -> Result<Ended> {
        let listen = |kind| {
            signal(kind).map_err(|error| {
                Error::new(ErrorKind::Unexpected, format!("signals cannot be handled: {error}"))
            })
        };
        let mut interrupt = listen(SignalKind::interrupt())?;
        let mut quit = listen(SignalKind::quit())?;
        let mut terminate = listen(SignalKind::terminate())?;
        let mut hangup = listen(SignalKind::hangup())?;
        let mut child = self.spawn(file)?;
        loop {
            tokio::select! {
                status = child.wait() => return ended(status.ok(), &self.program()),
                _ = interrupt.recv() => {}
                _ = quit.recv() => {}
                _ = terminate.recv() => return end(child, SignalKind::terminate()).await,
                _ = hangup.recv() => return end(child, SignalKind::hangup()).await,
            }
        }
    }

    fn spawn(&self, file: &Path) -> Result<Child> {
        // By the shell, because that is what a command in a variable is written for.
        let mut script = OsString::from("exec ");
        script.push(&self.command);
        script.push(" \"$@\"");
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).arg("sh");
        if self.is_vim() {
            command.args(VIM);
        }
        command.arg(file).env_remove(KEY_VARIABLE).kill_on_drop(true).spawn().map_err(|error| {
            Error::new(ErrorKind::InvalidConfig, format!("sh cannot be started: {}", error.kind()))
        })
    }

    fn program(&self) -> String {
        let command = self.command.to_string_lossy();
        command.split_whitespace().next().unwrap_or_default().to_owned()
    }

    /// By its name, or by the name of the file that `vi` leads to.
    fn is_vim(&self) -> bool {
        let program = self.program();
        let names = ["vim", "nvim", "vimx", "gvim"];
        let is_vim = |path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            names.iter().any(|it| {
                name == *it || name.strip_prefix(it).is_some_and(|rest| rest.starts_with('.'))
            })
        };
        if is_vim(Path::new(&program)) {
            return true;
        }
        let folders = env::var_os("PATH").unwrap_or_default();
        let found = if program.contains('/') {
            Some(program.into())
        } else {
            env::split_paths(&folders).map(|folder| folder.join(&program)).find(|it| it.is_file())
        };
        found.and_then(|found| fs::canonicalize(found).ok()).is_some_and(|path| is_vim(&path))
    }
}

fn ended(status: Option<ExitStatus>, program: &str) -> Result<Ended> {
    match status.map(|status| status.code()) {
        Some(Some(0)) => Ok(Ended::Done),
        // What the shell says of a command that is not there, or may not run.
        Some(Some(code @ (126 | 127))) => {
            let what = if code == 127 { "is not there" } else { "cannot be run" };
            Err(Error::new(ErrorKind::InvalidConfig, format!("the editor {program:?} {what}"))
                .with_action("set EDITOR, or give --editor"))
        }
        Some(Some(code)) => Ok(Ended::Failed(u8::try_from(code).unwrap_or(1))),
        _ => Err(Error::new(ErrorKind::Unavailable, "the editor was ended; nothing is changed")),
    }
}

async fn end(mut child: Child, by: SignalKind) -> Result<Ended> {
    // Both fail where it has ended already.
    drop(child.start_kill());
    drop(child.wait().await);
    Ok(Ended::Failed(u8::try_from(128 + by.as_raw_value()).unwrap_or(1)))
}
