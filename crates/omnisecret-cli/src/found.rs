//! Which configuration file the program reads, and how far it trusts it.

use std::env;
use std::fs;
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
    if let Some(path) = env::current_dir().ok().and_then(|folder| above(&folder)) {
        refuse_of_others(&path)?;
        if trust::is_trusted(&path)? {
            output.remark(&format!("the configuration is {path:?}, found and trusted"));
            return Config::load(path);
        }
        output.remark(&format!("the configuration is {path:?}, found and not trusted"));
        return Config::load_found(path);
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
    let home = env::home_dir();
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
        let metadata = fs::metadata(place).map_err(|error| {
            let message = format!("{place:?} cannot be read: {}", error.kind());
            Error::new(ErrorKind::InvalidConfig, message)
        })?;
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
