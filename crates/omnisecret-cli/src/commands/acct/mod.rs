//! `omnisecret acct`: files of Python acct, by their names and without a configuration.

pub(crate) mod args;
mod edit;
mod editor;
mod encrypt;
mod keys;
mod rekey;
mod room;
mod show;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use omnisecret::acct::{Document, FileKey, Render};
use omnisecret::{Error, ErrorKind, Result, file};

use crate::output::Output;
use args::{Acct, Command};

/// The provider's id, which errors name.
const ID: &str = "acct";

pub(crate) async fn run(args: &Acct, output: &Output) -> Result<ExitCode> {
    let (operation, result) = match &args.command {
        Command::Encrypt(encrypt) => ("encrypt", encrypt::encrypt(encrypt, args, output)),
        Command::Decrypt(decrypt) => ("decrypt", show::decrypt(decrypt, args, output)),
        Command::View(view) => ("view", show::view(view, args, output)),
        Command::Edit(edit) => {
            return in_context("edit", edit::edit(edit, args, output).await);
        }
        Command::Rekey(rekey) => ("rekey", rekey::rekey(rekey, args, output)),
        Command::Keygen => ("keygen", encrypt::keygen(args, output)),
        Command::Get(get) => ("get", show::get(get, args, output)),
        Command::Check { files } => return in_context("check", show::check(files, args, output)),
    };
    in_context(operation, result.map(|()| ExitCode::SUCCESS))
}

fn in_context<T>(operation: &'static str, result: Result<T>) -> Result<T> {
    result.map_err(|error| error.with_context(ID, operation))
}

impl Acct {
    /// The file that a command is about: named behind it, else by option or environment.
    fn file(&self, named: Option<&Path>) -> Result<PathBuf> {
        let by_environment = || env::var_os("ACCT_FILE").filter(|value| !value.is_empty());
        named
            .or(self.acct_file.as_deref())
            .map(Path::to_owned)
            .or_else(|| by_environment().map(PathBuf::from))
            .ok_or_else(|| {
                Error::new(ErrorKind::InvalidConfig, "no file is named")
                    .with_action("name the encrypted file, or set ACCT_FILE")
            })
    }

    /// How documents are read.
    fn render(&self) -> Render {
        Render::default().dialect(self.dialect).pipe(self.render_pipe)
    }

    fn open(&self, path: &Path) -> Result<Document> {
        // That there is no such file shows before anybody types a key.
        let sealed = file::read_sealed(path, file::MAX_STORE_BYTES)?;
        Document::decrypt(&self.key()?, &sealed).map_err(|error| of_file(error, path))
    }

    fn key(&self) -> Result<FileKey> {
        FileKey::new(self.crypto_plugin, &keys::key(self)?)
    }
}

/// An error that says which file it is about.
fn of_file(error: Error, path: &Path) -> Error {
    error.with_path(path.display().to_string())
}

/// Puts bytes in a file's place, or makes the file for its owner alone.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if path.symlink_metadata().is_ok() {
        return file::update(path, file::MAX_STORE_BYTES, |_| Ok((bytes, ())));
    }
    file::create_new(path, bytes)
}
