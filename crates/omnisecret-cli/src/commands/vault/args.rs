//! The command line of `omnisecret vault`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use crate::args::{Allowed, Child, Target};

#[derive(Debug, clap::Args)]
pub(crate) struct Vault {
    /// The vault [default: $OMNISECRET_VAULT, else secrets.json]
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(crate) store: Option<PathBuf>,

    /// The key file [default: $OMNISECRET_VAULT_KEY_FILE, and the like; else a password is asked
    /// for]
    #[arg(
        short,
        long,
        visible_aliases = ["keyfile", "key-file"],
        global = true,
        value_name = "FILE",
        conflicts_with = "password_file"
    )]
    pub(crate) key: Option<PathBuf>,

    /// A file that holds the password; one line end behind it does not count
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a new vault, and a key where the key file is not there yet
    Create(Create),
    /// Print a secret
    Get(Get),
    /// Set a secret to what comes from standard input, a file or a prompt
    Set(Set),
    /// Remove secrets
    #[command(visible_alias = "remove")]
    Delete {
        /// Their names; put -- before one that begins with a dash
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Print the names of all secrets, one a line; needs no key
    List {
        /// End each name with a NUL byte and escape nothing
        #[arg(short = '0', long)]
        null: bool,
    },
    /// Write the vault's key to a file, mode 0600
    ExportKey(ExportKey),
    /// Print secrets with their values
    Export(Export),
    /// Run a command with the secrets in its environment
    ///
    /// The program becomes the command: same process, its signals and its exit code. A secret
    /// that cannot be read is named, and nothing is started. 127 is a command that is not found,
    /// 126 one that cannot be run.
    Exec(Exec),
    /// Set secrets from a file or standard input
    Import(Import),
    /// Seal every secret anew under another key or password
    Rekey(Rekey),
    /// Look for damaged secrets, and for names that other clients merge
    Verify,
    /// Make a vault of version 1 or 2 one of version 3
    Upgrade,
    /// Print names, and a digest in place of each value: for git diff
    Textconv {
        /// The file that git names
        file: PathBuf,
    },
    /// Merge two changes of a vault by the names of its secrets: for git merge
    Merge {
        /// What both began with (%O)
        base: PathBuf,
        /// Ours, where the result goes (%A)
        ours: PathBuf,
        /// Theirs (%B)
        theirs: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// The vault
    #[arg(value_name = "STORE", conflicts_with = "store")]
    pub(crate) path: Option<PathBuf>,

    /// Write the key, or the one that the password makes, to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) export_key: Option<PathBuf>,

    /// Do not have git ignore the key file
    #[arg(long)]
    pub(crate) no_vcs: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Get {
    /// The secret's name; put -- before one that begins with a dash
    pub(crate) name: String,

    /// Write the exact value to this file, mode 0600
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Print binary to a terminal as well
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Set {
    /// The secret's name; put -- before one that begins with a dash
    pub(crate) name: String,

    /// Take the value from this file, to the last byte
    #[arg(long, value_name = "FILE")]
    pub(crate) from_file: Option<PathBuf>,

    /// Take bytes that are not UTF-8 text as well
    #[arg(long)]
    pub(crate) binary: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExportKey {
    /// The file
    #[arg(value_name = "FILE")]
    pub(crate) path: PathBuf,

    /// Replace a file that is there
    #[arg(long)]
    pub(crate) force: bool,

    /// Do not have git ignore the file
    #[arg(long)]
    pub(crate) no_vcs: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// The form
    #[arg(long = "as", value_enum, value_name = "FORM")]
    pub(crate) form: Form,

    #[command(flatten)]
    pub(crate) picked: Picked,

    #[command(flatten)]
    pub(crate) allowed: Allowed,

    #[command(flatten)]
    pub(crate) target: Target,
}

#[derive(Debug, clap::Args)]
#[command(
    override_usage = "omnisecret vault exec [OPTIONS] [NAME | VARIABLE=NAME]... -- COMMAND [ARGUMENT]..."
)]
pub(crate) struct Exec {
    #[command(flatten)]
    pub(crate) picked: Picked,

    #[command(flatten)]
    pub(crate) child: Child,
}

/// Which secrets, and the names that they go by.
#[derive(Debug, clap::Args)]
pub(crate) struct Picked {
    /// The secrets [default: all], or VARIABLE=NAME to have one under another name
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,

    /// Only secrets whose names begin so; they go by the rest
    #[arg(long, value_name = "PREFIX", conflicts_with = "names")]
    pub(crate) prefix: Option<String>,

    /// Name the variables as is usual: db:pass-word goes by DB_PASS_WORD
    #[arg(long)]
    pub(crate) upper: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// An array of objects with `key` and `value`, as ssclient prints it
    Json,
    /// One object of names and values, as the .NET client prints it
    JsonMap,
    /// Lines of `name: value`, as ssclient prints them
    Text,
    /// Lines of `NAME='value'` that a POSIX shell and readers of dotenv files take alike
    Dotenv,
    /// Lines of `export NAME='value'` for a POSIX shell
    Shell,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// The form
    #[arg(long = "as", value_enum, value_name = "FORM", default_value_t = Source::Json)]
    pub(crate) form: Source,

    /// The file [default: standard input]
    pub(crate) file: Option<PathBuf>,

    /// Replace secrets that are there with another value
    #[arg(long)]
    pub(crate) overwrite: bool,

    /// The key file of the other vault
    #[arg(long, value_name = "FILE", conflicts_with = "from_password_file")]
    pub(crate) from_key: Option<PathBuf>,

    /// A file with the password of the other vault
    #[arg(long, value_name = "FILE")]
    pub(crate) from_password_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Source {
    /// Either of the two forms of JSON that export knows
    #[value(alias = "json-map")]
    Json,
    /// Lines of `name: value`
    Text,
    /// Lines of `NAME=value`, quoted or not
    Dotenv,
    /// Lines of `export NAME='value'`, as export writes them
    Shell,
    /// Another vault
    Vault,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Rekey {
    /// The new key file, which is made unless it is there [default: a new password is asked for]
    #[arg(long, value_name = "FILE", conflicts_with = "new_password_file")]
    pub(crate) new_key: Option<PathBuf>,

    /// A file that holds the new password
    #[arg(long, value_name = "FILE")]
    pub(crate) new_password_file: Option<PathBuf>,

    /// Write the key that the new password makes to this file as well
    #[arg(long, value_name = "FILE")]
    pub(crate) export_key: Option<PathBuf>,

    /// Do not have git ignore the key files
    #[arg(long)]
    pub(crate) no_vcs: bool,
}
