//! Names of environment variables that a secret may go by.

use omnisecret::{Error, ErrorKind, Result};

/// Variables by which programs are told what to run or to load.
const RISKY: &[&str] =
    &["PATH", "BASH_ENV", "ENV", "IFS", "SHELLOPTS", "BASHOPTS", "PS4", "NODE_OPTIONS"];
const RISKY_STARTS: &[&str] =
    &["LD_", "DYLD_", "PYTHON", "GIT_", "PERL5", "RUBY", "JAVA_TOOL_", "BASH_FUNC"];

/// Refuses what is no variable's name, and one that programs act on unless it is allowed.
pub(super) fn check(name: &str, allowed: &[String]) -> Result<()> {
    let is_word = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    let is_variable = !name.is_empty()
        && name.bytes().all(is_word)
        && !name.starts_with(|first: char| first.is_ascii_digit());
    if !is_variable {
        let message = format!("{name:?} is no name of a variable");
        return Err(Error::new(ErrorKind::InvalidPath, message)
            .with_action("name the secrets you want as VARIABLE=NAME, or export as json"));
    }
    let is_risky = RISKY.contains(&name) || RISKY_STARTS.iter().any(|it| name.starts_with(it));
    if is_risky && !allowed.iter().any(|it| it == name) {
        let message = format!("programs act on the variable {name}");
        return Err(Error::new(ErrorKind::InvalidPath, message)
            .with_action(format!("give --allow-env {name} if you mean it")));
    }
    Ok(())
}
