//! Names of environment variables that a secret may go by.

use omnisecret::{Error, ErrorKind, Result};

use crate::args::Allowed;

/// Variables by which programs are told what to run, to load or whom to believe: those of the
/// system's loader and library, of shells, of interpreters, and of tools that start others.
const RISKY: &[&str] = &[
    "AWS_CA_BUNDLE",
    "BASHOPTS",
    "BASH_ENV",
    "BROWSER",
    "CDPATH",
    "CLASSPATH",
    "CURL_CA_BUNDLE",
    "EDITOR",
    "ENV",
    "FPATH",
    "GCONV_PATH",
    "GLOBIGNORE",
    "HOME",
    "HOSTALIASES",
    "IFS",
    "JDK_JAVA_OPTIONS",
    "LESSCLOSE",
    "LESSOPEN",
    "LOCALDOMAIN",
    "LOCPATH",
    "NLSPATH",
    "NODE_EXTRA_CA_CERTS",
    "NODE_OPTIONS",
    "NODE_PATH",
    "OPENSSL_CONF",
    "OPENSSL_CONF_INCLUDE",
    "OPENSSL_ENGINES",
    "OPENSSL_MODULES",
    "PAGER",
    "PATH",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "PROMPT_COMMAND",
    "PS4",
    "REQUESTS_CA_BUNDLE",
    "RES_OPTIONS",
    "SHELL",
    "SHELLOPTS",
    "SSH_ASKPASS",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "SUDO_ASKPASS",
    "TERMCAP",
    "TERMINFO",
    "TERMINFO_DIRS",
    "VISUAL",
    "ZDOTDIR",
    "_JAVA_OPTIONS",
];
const RISKY_STARTS: &[&str] = &[
    "BASH_FUNC",
    "CORECLR_",
    "COR_",
    "DOTNET_",
    "DYLD_",
    "GIT_",
    "GLIBC_",
    "JAVA_TOOL_",
    "LD_",
    "LUA_",
    "MALLOC_",
    "NPM_CONFIG_",
    "PERL5",
    "PERLLIB",
    "PYTHON",
    "RUBY",
    "npm_config_",
];

/// Refuses what is no variable's name, and one that programs act on unless it is allowed.
pub(crate) fn check(name: &str, allowed: &Allowed) -> Result<()> {
    let is_word = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    let is_variable = !name.is_empty()
        && name.bytes().all(is_word)
        && !name.starts_with(|first: char| first.is_ascii_digit());
    if !is_variable {
        let message = "this is no name of a variable";
        return Err(Error::new(ErrorKind::InvalidPath, message)
            .with_action("take letters, digits and underscores, or export as json"));
    }
    let is_risky = RISKY.contains(&name) || RISKY_STARTS.iter().any(|it| name.starts_with(it));
    if is_risky && !allowed.allow_env.iter().any(|it| it == name) {
        return Err(Error::new(ErrorKind::InvalidPath, "programs act on this variable")
            .with_action(format!("give --allow-env {name} if you mean it")));
    }
    Ok(())
}
