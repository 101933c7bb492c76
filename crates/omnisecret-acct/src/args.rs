//! acct's options in a program's own command line.

use std::path::PathBuf;

use clap::Args;
use omnisecret_core::SecretValue;

use crate::config::AcctBuilder;
use crate::crypto::CryptoPlugin;

/// acct's options, to be flattened into a program's own.
///
/// ```
/// use clap::Parser;
/// use omnisecret_acct::AcctArgs;
///
/// #[derive(Parser)]
/// struct Cli {
///     #[command(flatten)]
///     acct: AcctArgs,
/// }
///
/// let cli = Cli::parse_from(["app", "--acct-file", "creds.fernet", "--acct-key", "-A9Z"]);
/// assert_eq!(cli.acct.acct_profile, "default");
/// ```
#[derive(Args, Clone, Debug)]
#[non_exhaustive]
pub struct AcctArgs {
    /// The encrypted file of profiles
    #[arg(long, env = "ACCT_FILE", value_name = "FILE")]
    pub acct_file: Option<PathBuf>,

    /// The key of that file; better given by the environment, which other users do not see
    #[arg(
        long,
        env = "ACCT_KEY",
        value_name = "KEY",
        hide_env_values = true,
        allow_hyphen_values = true,
        value_parser = secret
    )]
    pub acct_key: Option<SecretValue>,

    /// The profile to use
    #[arg(long, env = "ACCT_PROFILE", value_name = "NAME", default_value = "default")]
    pub acct_profile: String,

    /// How the file is encrypted: fernet or aesgcm256
    #[arg(long, value_name = "PLUGIN", default_value = "fernet", value_parser = plugin)]
    pub crypto_plugin: CryptoPlugin,
}

impl AcctArgs {
    /// What the options say; a file or key that is missing is an error of the builder.
    pub fn builder(&self) -> AcctBuilder {
        let mut builder = AcctBuilder::default().crypto_plugin(self.crypto_plugin);
        if let Some(file) = self.acct_file.as_ref().filter(|file| !file.as_os_str().is_empty()) {
            builder = builder.path(file);
        }
        if let Some(key) = self.acct_key.as_ref().filter(|key| !key.expose_bytes().is_empty()) {
            builder = builder.key(key.clone());
        }
        builder
    }
}

fn secret(text: &str) -> Result<SecretValue, std::convert::Infallible> {
    Ok(SecretValue::text(text))
}

/// Without what was typed, which may be a key in the wrong place.
fn plugin(name: &str) -> Result<CryptoPlugin, String> {
    name.parse().map_err(|error: omnisecret_core::Error| error.message().to_owned())
}
