//! `omnisecret vault`: SecureStore vaults by their files, without a configuration.

pub(crate) mod args;
pub(crate) mod compat;
mod create;
mod exec;
mod export;
mod git;
mod ignore;
mod import;
mod json;
mod keys;
mod pick;
mod rekey;
mod text;
mod values;

use std::process::ExitCode;

use omnisecret::Result;
use omnisecret::securestore::SecureStore;

use crate::commands::variables::Secrets;
use crate::output::Output;
use args::Command;
use keys::Keys;

pub(crate) fn run(args: &args::Vault, output: &Output) -> Result<ExitCode> {
    let keys = Keys::new(args);
    let (operation, result) = match &args.command {
        Command::Create(create) => ("create", create::create(create, &keys)),
        Command::Get(get) => ("get", values::get(get, &keys, output)),
        Command::Set(set) => ("set", values::set(set, &keys)),
        Command::Delete { names } => ("delete", values::delete(names, &keys)),
        Command::List { null } => ("list", values::list(*null, &keys, output)),
        Command::ExportKey(export) => ("export-key", create::export_key(export, &keys)),
        Command::Import(import) => ("import", import::import(import, &keys)),
        Command::Rekey(rekey) => ("rekey", rekey::rekey(rekey, &keys)),
        Command::Upgrade => ("upgrade", rekey::upgrade(&keys, output)),
        Command::Export(export) => {
            return in_context("export", export::export(export, &keys, output));
        }
        Command::Exec(exec) => return in_context("exec", exec::exec(exec, &keys, output)),
        Command::Verify => return in_context("verify", rekey::verify(&keys, output)),
        Command::Textconv { file } => ("textconv", git::textconv(file, &keys, output)),
        Command::Merge { base, ours, theirs } => ("merge", git::merge(base, ours, theirs)),
    };
    in_context(operation, result.map(|()| ExitCode::SUCCESS))
}

fn in_context<T>(operation: &'static str, result: Result<T>) -> Result<T> {
    result.map_err(|error| error.with_context(SecureStore::ID, operation))
}
