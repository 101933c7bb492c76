//! The program gives its process over to a command.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use rustix::fs::{Access, access};

use super::Secrets;
use crate::args::Child;
use crate::output::complain;
use crate::{exit, harden};

/// Becomes the command, with these variables and, unless it is to have nothing else, those of this
/// process without the ones that held keys. Comes back only if that cannot be done, with the exit
/// code that a shell gives then.
pub(crate) fn replace(
    child: &Child,
    variables: Secrets,
    keys: impl IntoIterator<Item = String>,
) -> ExitCode {
    let Some((program, arguments)) = child.command.split_first() else {
        return exit::USAGE.into();
    };
    let path = find(program);
    let mut command = Command::new(path.as_deref().map_or(program.as_os_str(), Path::as_os_str));
    command.arg0(program).args(arguments);
    if child.pristine {
        command.env_clear();
        let kept = child.keep.iter().filter_map(|name| Some((name, env::var_os(name)?)));
        command.envs(kept);
    } else {
        for key in keys.into_iter().filter(|key| !child.keep.contains(key)) {
            command.env_remove(key);
        }
    }
    for (name, value) in &variables {
        command.env(name, OsStr::from_bytes(value.expose_bytes()));
    }
    harden::undo();
    // The standard library empties the signal mask and gives SIGPIPE its usual effect back, which
    // it has taken away at the start of this program.
    let error = command.exec();
    if error.kind() == io::ErrorKind::NotFound {
        complain(&format!("the command {program:?} is not found; check its name and PATH"));
        return exit::NO_COMMAND.into();
    }
    let why = error.kind();
    complain(&format!("the command {program:?} cannot be run: {why}; check that it is a program"));
    exit::CANNOT_RUN.into()
}

/// The program that the caller's PATH means, which may not be the one of the command's own PATH.
fn find(program: &OsStr) -> Option<PathBuf> {
    if program.as_bytes().contains(&b'/') {
        return None;
    }
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(program))
        .find(|file| file.is_file() && access(file, Access::EXEC_OK).is_ok())
}
