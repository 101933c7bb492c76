//! Which configuration file the program reads, and how far it trusts it.

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use omnisecret::{Config, Error, ErrorKind, Result, find_config};

use crate::args::Args;
use crate::output::Output;
use crate::trust;

const NAME: &str = "omnisecret.toml";

/// The file that `--config` or `OMNISECRET_CONFIG` names; else one in the working folder or above
/// it, which is trusted with little; else the one in the user's configuration folder; else none.
pub(crate) fn config(args: &Args, output: &Output) -> Result<Config> {
    let named = args.config.clone().or_else(|| {
        env::var_os("OMNISECRET_CONFIG").filter(|value| !value.is_empty()).map(PathBuf::from)
    });
    if let Some(path) = named {
        output.remark(&format!("the configuration is {path:?}"));
        return Config::load(path);
    }
    if let Some(found) = env::current_dir().ok().and_then(|folder| above(&folder)) {
        // The file itself, not a link to it: trust is in the file, and what its paths are relative
        // to must not be for the owner of the link to say.
        let path = fs::canonicalize(&found).map_err(|error| unreadable(&found, &error))?;
        refuse_of_others(&found)?;
        refuse_of_others(&path)?;
        return Config::load_found(&path, |bytes| {
            let is_trusted = trust::is_trusted(&path, bytes)?;
            let how = if is_trusted { "trusted" } else { "not trusted" };
            output.remark(&format!("the configuration is {path:?}, found and {how}"));
            Ok(is_trusted)
        });
    }
    match find_config(|name| env::var_os(name)) {
        Some(path) => {
            output.remark(&format!("the configuration is {path:?}"));
            Config::load(path)
        }
        None => Ok(Config::default()),
    }
}

/// The nearest file of the right name, up to the home folder or the end of the file system.
fn above(folder: &Path) -> Option<PathBuf> {
    // The working folder has its links resolved, so the home folder needs it too to be met.
    let home = env::home_dir().and_then(|home| fs::canonicalize(home).ok());
    let device = fs::metadata(folder).ok()?.dev();
    for folder in folder.ancestors() {
        if fs::metadata(folder).map_or(true, |metadata| metadata.dev() != device) {
            return None;
        }
        let path = folder.join(NAME);
        if path.symlink_metadata().is_ok() {
            return Some(path);
        }
        if home.as_deref() == Some(folder) {
            return None;
        }
    }
    None
}

/// A file that somebody else can write says what somebody else wants.
fn refuse_of_others(path: &Path) -> Result<()> {
    let me = rustix::process::geteuid().as_raw();
    let folder = path.parent().unwrap_or(Path::new("/"));
    for place in [folder, path] {
        let metadata = fs::metadata(place).map_err(|error| unreadable(place, &error))?;
        let reason = if metadata.uid() != me && metadata.uid() != 0 {
            "belongs to another user"
        } else if metadata.mode() & 0o022 != 0 {
            "can be written by others"
        } else {
            continue;
        };
        let message = format!("the configuration file {path:?} was found, and {place:?} {reason}");
        return Err(Error::new(ErrorKind::InvalidConfig, message)
            .with_action("name the file with --config if you want it"));
    }
    Ok(())
}

fn unreadable(place: &Path, error: &io::Error) -> Error {
    let message = format!("{place:?} was found and cannot be read: {}", error.kind());
    Error::new(ErrorKind::InvalidConfig, message)
        .with_action("remove it, or name another file with --config")
}
