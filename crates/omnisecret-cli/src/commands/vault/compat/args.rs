//! The command line of ssclient 2.0.1.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

/// Create and manage SecureStore vaults, with ssclient's options and exit codes
///
/// Exit codes: 0 done; 1 an error, or not found; 2 usage, or no such store; 17 a file that would
/// have been overwritten.
#[derive(Debug, Parser)]
#[command(name = "ssclient", version, max_term_width = 100)]
pub(super) struct Args {
    /// The vault
    #[arg(short, long, global = true, default_value = "secrets.json")]
    pub(super) store: PathBuf,

    /// The password: asked for at a terminal, else given here
    #[arg(short, long, global = true, conflicts_with = "key")]
    pub(super) password: Option<String>,

    /// The key file
    #[arg(
        short,
        long,
        visible_aliases = ["keyfile", "key-file"],
        global = true,
        value_name = "KEYFILE"
    )]
    pub(super) key: Option<PathBuf>,

    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a new vault
    Create {
        /// The vault
        #[arg(value_name = "STORE")]
        path: Option<PathBuf>,
        /// Write the key to this file as well
        #[arg(long, value_name = "PATH")]
        export_key: Option<PathBuf>,
        /// Do not have git ignore the key file
        #[arg(long)]
        no_vcs: bool,
    },
    /// Print a secret, or all
    Get {
        /// The secret's name
        #[arg(value_name = "KEY", required_unless_present = "all")]
        name: Option<String>,
        /// All secrets
        #[arg(short, long, conflicts_with = "name")]
        all: bool,
        /// The form of all
        #[arg(long, value_enum, default_value_t = Format::Json)]
        format: Format,
    },
    /// Set a secret
    Set {
        /// The secret's name
        #[arg(value_name = "KEY")]
        name: String,
        /// Its value, which other users can see while this runs
        value: Option<String>,
    },
    /// Remove a secret
    #[command(visible_alias = "remove")]
    Delete {
        /// The secret's name
        #[arg(value_name = "KEY")]
        name: String,
    },
    /// Write the vault's key to a file
    ExportKey {
        /// The file
        #[arg(value_name = "EXPORT_PATH")]
        path: PathBuf,
        /// Do not have git ignore the file
        #[arg(long)]
        no_vcs: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Json,
    Text,
}

/// `-p` takes a value where standard input is no terminal, and none where it is one.
pub(super) fn parse(arguments: Vec<std::ffi::OsString>) -> Result<Args, clap::Error> {
    let command = Args::command().mut_arg("password", |password| {
        if io::stdin().is_terminal() {
            password.num_args(0).default_missing_value("")
        } else {
            password.num_args(1)
        }
    });
    Args::from_arg_matches(&command.try_get_matches_from(arguments)?)
}
