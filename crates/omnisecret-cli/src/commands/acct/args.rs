//! The command line of `omnisecret acct`.

use std::convert::Infallible;
use std::path::PathBuf;

use clap::Subcommand;
use omnisecret::SecretValue;
use omnisecret::acct::{CryptoPlugin, Dialect, Form, RenderPipe};

#[derive(Debug, clap::Args)]
pub(crate) struct Acct {
    /// The file, where none is named behind the command [default: $ACCT_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) acct_file: Option<PathBuf>,

    /// The key [default: $ACCT_KEY]. Other users of the machine can see it here: better give it by
    /// another way
    #[arg(
        long,
        global = true,
        value_name = "KEY",
        allow_hyphen_values = true,
        value_parser = secret,
        conflicts_with_all = ["key_file", "key_command"]
    )]
    pub(crate) acct_key: Option<SecretValue>,

    /// A file that holds the key, or - for standard input; encrypt, edit and keygen make it
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "key_command")]
    pub(crate) key_file: Option<PathBuf>,

    /// A command of the shell that prints the key
    #[arg(long, global = true, value_name = "COMMAND")]
    pub(crate) key_command: Option<String>,

    /// How files are encrypted: fernet or aesgcm256
    #[arg(
        long,
        global = true,
        value_name = "PLUGIN",
        default_value = "fernet",
        value_parser = parse::<CryptoPlugin>
    )]
    pub(crate) crypto_plugin: CryptoPlugin,

    /// What documents are written in: yaml, json or toml. With jinja| in front they are templates,
    /// which changes secrets that have {{, {% or {# in them
    #[arg(
        long,
        global = true,
        value_name = "PIPE",
        default_value = "yaml",
        value_parser = parse::<RenderPipe>
    )]
    pub(crate) render_pipe: RenderPipe,

    /// Whose YAML it is where they differ: acct-6 or acct-8
    #[arg(
        long,
        global = true,
        value_name = "DIALECT",
        default_value = "acct-8",
        value_parser = parse::<Dialect>
    )]
    pub(crate) dialect: Dialect,

    /// Profiles as JSON that `get` finds before those of the file
    #[arg(long, global = true, value_name = "JSON", value_parser = secret)]
    pub(crate) overrides: Option<SecretValue>,

    /// Settings as JSON for plugins, of which this program has none
    #[arg(long, global = true, value_name = "JSON", value_parser = secret)]
    pub(crate) extras: Option<SecretValue>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Encrypt a document; without a key a new one is made, and printed or written to --key-file
    Encrypt(Encrypt),
    /// Print the content of a file
    Decrypt(Decrypt),
    /// Show the content of a file, at a terminal page by page
    View(Decrypt),
    /// Change the content of a file in an editor
    Edit(Edit),
    /// Encrypt files anew under another key
    Rekey(Rekey),
    /// Make a key, and print it or write it to --key-file
    Keygen,
    /// Print a profile, or one field of it
    Get(Get),
    /// Say of each file whether the key opens it and how many profiles it has
    Check {
        /// The files
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Encrypt {
    /// The document, or - for standard input
    #[arg(value_name = "DOCUMENT")]
    pub(crate) input_file: PathBuf,

    /// The encrypted file [default: the document's name, a dot and the crypto plugin]
    #[arg(long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Decrypt {
    /// The file
    #[arg(value_name = "FILE")]
    pub(crate) input_file: Option<PathBuf>,

    /// The form: yaml, json, nested, pretty or raw
    #[arg(long, value_name = "FORM", default_value = "yaml", value_parser = parse::<Form>)]
    pub(crate) output: Form,

    /// Write to this file, mode 0600
    #[arg(long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,

    /// Print control characters to a terminal as well
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Edit {
    /// The file, which is made if it is not there
    #[arg(value_name = "FILE")]
    pub(crate) input_file: Option<PathBuf>,

    /// The form to edit: yaml, or json
    #[arg(long, value_name = "FORM", default_value = "yaml", value_parser = parse::<Form>)]
    pub(crate) output: Form,

    /// Leave the file as it is and write the new content to this one
    #[arg(long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,

    /// The editor, as a command of the shell [default: $VISUAL, $EDITOR, else vi]
    #[arg(long, value_name = "COMMAND")]
    pub(crate) editor: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Rekey {
    /// The files
    pub(crate) files: Vec<PathBuf>,

    /// The file of the new key, which is made unless it is there [default: a new key is printed]
    #[arg(long, value_name = "FILE")]
    pub(crate) new_key_file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Get {
    /// The file
    pub(crate) file: PathBuf,

    /// The profile, as provider/profile; put -- before one that begins with a dash
    pub(crate) path: String,

    /// The keys of a field
    #[arg(value_name = "KEY")]
    pub(crate) keys: Vec<String>,

    /// Write the exact value to this file, mode 0600
    #[arg(long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,

    /// Print control characters to a terminal as well
    #[arg(long)]
    pub(crate) force: bool,
}

fn secret(text: &str) -> Result<SecretValue, Infallible> {
    Ok(SecretValue::text(text))
}

/// By the name that the library knows it under. What was typed is not repeated: it may be a key
/// in the wrong place.
fn parse<T: std::str::FromStr<Err = omnisecret::Error>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: omnisecret::Error| error.message().to_owned())
}
