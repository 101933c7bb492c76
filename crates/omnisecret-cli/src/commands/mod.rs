//! What each command does.

#[cfg(feature = "acct")]
pub(crate) mod acct;
mod both;
mod check;
mod copy;
mod diff;
mod exec;
mod export;
mod get;
mod list;
mod providers;
mod variables;
#[cfg(feature = "securestore")]
pub(crate) mod vault;

use std::process::ExitCode;

use clap::CommandFactory;
use omnisecret::{Error, ErrorKind, Question, Result, Secrets};

use crate::args::{Args, Command};
use crate::output::Output;
use crate::{exit, found, input, trust};

pub(crate) async fn run(args: &Args, output: &Output) -> Result<ExitCode> {
    match &args.command {
        Command::Get(get) => get::run(get, &open(args, output)?, output).await?,
        Command::List(list) => list::run(list, &open(args, output)?, output).await?,
        Command::Exists(exists) => {
            let request = open(args, output)?.path_exists(&exists.provider, &exists.path);
            let is_there = request.key_path(&exists.keys).await?;
            return Ok(if is_there { ExitCode::SUCCESS } else { exit::NO.into() });
        }
        Command::Update(update) => {
            let secrets = open(args, output)?;
            // A provider that is not there shows before anybody types a value.
            secrets.provider(&update.provider)?;
            let value = input::new_value(update.from_file.as_deref())?;
            let request = secrets.update(&update.provider, &update.path, value);
            if update.create {
                request.create_missing().await?
            } else {
                request.await?
            };
        }
        Command::Check(check) => return check::run(check, &open(args, output)?, output).await,
        Command::Copy(copy) => return copy::run(copy, &open(args, output)?, output).await,
        Command::Diff(diff) => return diff::run(diff, &open(args, output)?, output).await,
        Command::Exec(exec) => return exec::run(exec, &open(args, output)?, output).await,
        Command::Export(export) => {
            return export::run(export, &open(args, output)?, output).await;
        }
        Command::Providers => providers::run(&open(args, output)?, output)?,
        #[cfg(feature = "acct")]
        Command::Acct(acct) => return acct::run(acct, output).await,
        #[cfg(feature = "securestore")]
        Command::Vault(vault) => return vault::run(vault, output),
        Command::Trust { file } => trust::trust(file)?,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "omnisecret", &mut script);
            output.bytes(&script)?;
        }
        Command::Man { folder } => {
            clap_mangen::generate_to(Args::command(), folder).map_err(|error| {
                let message =
                    format!("cannot write manual pages into {folder:?}: {}", error.kind());
                Error::new(ErrorKind::InvalidPath, message)
                    .with_action("give a folder that is there and can be written to")
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn open(args: &Args, output: &Output) -> Result<Secrets> {
    let mut builder = Secrets::builder().config(found::config(args, output)?);
    if input::has_terminal() {
        builder = builder.prompt(|question| match question {
            Question::Password(path) => input::prompt(&format!("Vault {path:?}. Password: ")),
            Question::MfaToken(serial) => {
                input::prompt(&format!("MFA device {serial:?}. Digits: "))
            }
            _ => Err(Error::new(ErrorKind::Unsupported, "nobody here knows what to ask for")),
        });
    }
    Ok(builder.build())
}
