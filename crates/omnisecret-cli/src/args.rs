//! The command line.

use std::env;
use std::ffi::OsString;
use std::mem::ManuallyDrop;
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Secrets from many places at the shell.
///
/// Exit codes: 0 done; 1 `exists` says no, `diff` has found a difference, or a fault of the
/// program; 2 usage, configuration, path or value; 3 not found; 4 permission denied or not
/// authenticated; 5 throttled, timed out or unavailable; 6 corrupt, or a wrong key; 7 conflict or
/// unsupported. `exec` ends as its command does.
#[derive(Debug, Parser)]
#[command(name = "omnisecret", version, max_term_width = 100)]
pub(crate) struct Args {
    /// The configuration file [default: $OMNISECRET_CONFIG, omnisecret.toml in this folder or one
    /// above it, omnisecret/omnisecret.toml in the user's configuration folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The form of what goes to standard output
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,

    /// Whether errors are coloured
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,

    /// Say on standard error what is read
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Args {
    /// What this process was given, as `Parser::try_parse` reads it.
    pub(crate) fn of_process() -> Result<Self, clap::Error> {
        // It holds descriptions alone and nothing of the user's, and to free its thousands of
        // pieces, which wipes them, takes longer than to read a secret.
        let mut command = ManuallyDrop::new(Self::command());
        let mut matches = command.try_get_matches_from_mut(env::args_os())?;
        Self::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print a secret, or one field of it
    Get(Get),
    /// Print the names below a prefix, one a line
    List(List),
    /// Say by the exit code whether there is a secret: 0 yes, 1 no
    Exists(Exists),
    /// Replace a secret by what comes from standard input, a file or a prompt
    Update(Update),
    /// Run a command with secrets in its environment
    ///
    /// The program becomes the command: same process, its signals and its exit code. A secret
    /// that cannot be read is named, and nothing is started. 127 is a command that is not found,
    /// 126 one that cannot be run.
    Exec(Exec),
    /// Print secrets as assignments to variables, or as JSON
    Export(Export),
    /// Copy secrets from one provider to another, and read each back
    ///
    /// Nothing is deleted. What is there already with the same value is left alone, so a copy that
    /// was cut short goes on where it was.
    Copy(Copy),
    /// Compare the secrets of two providers without showing a value: 0 the same, 1 different
    ///
    /// A line for each that differs: "- NAME" is in A alone, "+ NAME" in B alone, "~ NAME" has
    /// another value.
    Diff(Diff),
    /// Ask every configured provider and reference whether it answers
    ///
    /// The table says of each how long a service with this configuration goes on with a value
    /// after it was revoked.
    Check(Check),
    /// Show the providers and what each can do
    Providers,
    /// Encrypt, edit and read files of Python acct, named by their files
    ///
    /// Needs no configuration. The options are those of the acct program, and may stand before
    /// or behind the command.
    #[cfg(feature = "acct")]
    Acct(Box<crate::commands::acct::args::Acct>),
    /// Make and keep SecureStore vaults, named by their files
    ///
    /// Needs no configuration. With --compat right behind `vault`, or under the program name
    /// ssclient, it takes ssclient's own command line and ends with its exit codes.
    #[cfg(feature = "securestore")]
    Vault(Box<crate::commands::vault::args::Vault>),
    /// Trust a configuration file that is found in its folder, as it is now
    Trust {
        /// The file
        file: PathBuf,
    },
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, clap::Args)]
#[command(override_usage = "omnisecret get [OPTIONS] PROVIDER PATH [KEY]...\n       \
    omnisecret get [OPTIONS] REFERENCE")]
pub(crate) struct Get {
    /// A provider, a path and the keys of a field; or a reference such as aws.sm:prod/db#password.
    /// Put -- before a path that begins with a dash
    #[arg(required = true, value_name = "PROVIDER PATH KEY")]
    pub(crate) target: Vec<String>,

    /// Ask the store, whatever is cached
    #[arg(long)]
    pub(crate) fresh: bool,

    /// The version with this identifier
    #[arg(long, value_name = "ID", conflicts_with = "stage")]
    pub(crate) version: Option<String>,

    /// The version at this stage or label
    #[arg(long, value_name = "NAME")]
    pub(crate) stage: Option<String>,

    /// Write the exact value to this file, mode 0600
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Print binary to a terminal as well
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// A provider
    pub(crate) provider: String,

    /// What the names begin with, up to a separator
    #[arg(default_value = "", hide_default_value = true)]
    pub(crate) prefix: String,

    /// Print a JSON object of names and values
    #[arg(long)]
    pub(crate) values: bool,

    /// End each name with a NUL byte and escape nothing
    #[arg(short = '0', long, conflicts_with = "values")]
    pub(crate) null: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Exists {
    /// A provider
    pub(crate) provider: String,

    /// A path; put -- before one that begins with a dash
    pub(crate) path: String,

    /// The keys of a field
    #[arg(value_name = "KEY")]
    pub(crate) keys: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Update {
    /// A provider
    pub(crate) provider: String,

    /// A path; put -- before one that begins with a dash
    pub(crate) path: String,

    /// Take the value from this file, to the last byte
    #[arg(long, value_name = "FILE")]
    pub(crate) from_file: Option<PathBuf>,

    /// Create the secret if it is not there
    #[arg(long)]
    pub(crate) create: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// References to read [default: those of the configuration file, and every provider that it
    /// names]
    #[arg(value_name = "REFERENCE")]
    pub(crate) references: Vec<String>,
}

#[derive(Debug, clap::Args)]
#[command(override_usage = "omnisecret exec [OPTIONS] -- COMMAND [ARGUMENT]...")]
pub(crate) struct Exec {
    #[command(flatten)]
    pub(crate) wanted: Wanted,

    #[command(flatten)]
    pub(crate) child: Child,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// The form
    #[arg(long = "as", value_enum, value_name = "FORM")]
    pub(crate) form: ExportForm,

    #[command(flatten)]
    pub(crate) wanted: Wanted,

    #[command(flatten)]
    pub(crate) allowed: Allowed,

    #[command(flatten)]
    pub(crate) target: Target,

    /// A variable and the reference of its value, as after -e
    #[arg(value_name = "NAME=REFERENCE")]
    pub(crate) more: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportForm {
    /// Lines of `NAME='value'` that a POSIX shell and readers of dotenv files take alike
    Dotenv,
    /// One object of names and values
    Json,
    /// Lines of `export NAME='value'` for a POSIX shell
    Shell,
}

/// Which variables there are to be.
#[derive(Debug, clap::Args)]
pub(crate) struct Wanted {
    /// A variable and the reference of its value: DB_PASSWORD=aws.sm:prod/db#password
    #[arg(short, long, value_name = "NAME=REFERENCE")]
    pub(crate) env: Vec<String>,

    /// A file of such lines, with # for comments. Where two name one variable the later file counts,
    /// and -e over all
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Vec<PathBuf>,

    /// All that [references] in the configuration file names
    #[arg(long)]
    pub(crate) all_references: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Allowed {
    /// Take this variable though programs act on it
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) allow_env: Vec<String>,
}

/// Where secrets are printed.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// Write to this file, mode 0600
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Print control characters to a terminal as well
    #[arg(long)]
    pub(crate) force: bool,
}

/// A command, and what it gets beside the secrets.
#[derive(Debug, clap::Args)]
pub(crate) struct Child {
    #[command(flatten)]
    pub(crate) allowed: Allowed,

    /// Give the command no variables but the secrets and those of --keep
    #[arg(long)]
    pub(crate) pristine: bool,

    /// Leave the command this variable, even one that holds the key of a provider
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) keep: Vec<String>,

    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Copy {
    /// The provider to read
    pub(crate) from: String,

    /// The provider to write
    pub(crate) to: String,

    /// What the names begin with, up to a separator
    #[arg(default_value = "", hide_default_value = true)]
    pub(crate) prefix: String,

    /// Replace secrets that are there with another value
    #[arg(long)]
    pub(crate) overwrite: bool,

    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Diff {
    /// A provider
    pub(crate) a: String,

    /// Another one
    pub(crate) b: String,

    /// What the names begin with, up to a separator
    #[arg(default_value = "", hide_default_value = true)]
    pub(crate) prefix: String,
}
