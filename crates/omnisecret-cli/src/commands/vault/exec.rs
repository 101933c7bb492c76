//! `vault exec`.

use std::process::ExitCode;

use omnisecret::securestore::SecureStore;
use omnisecret::{Config, Result};

use super::args::Exec;
use super::keys::Keys;
use super::pick::pick;
use crate::commands::variables::{admit, process};
use crate::output::Output;

pub(super) fn exec(args: &Exec, keys: &Keys<'_>, output: &Output) -> Result<ExitCode> {
    let allowed = &args.child.allowed;
    let picked = pick(&args.picked, keys, "exec")?.into_iter().map(|(name, value)| {
        let admitted = value.and_then(|value| admit(&name, value, allowed));
        (name, admitted)
    });
    let variables = match output.all(picked) {
        Ok(variables) => variables,
        Err(failed) => return Ok(failed),
    };
    let environment = Config::default();
    let keys = environment.key_variables(SecureStore::ID).into_iter().map(str::to_owned);
    Ok(process::replace(&args.child, variables, keys))
}
