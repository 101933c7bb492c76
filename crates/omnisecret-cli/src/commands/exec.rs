//! `omnisecret exec`.

use std::process::ExitCode;

use omnisecret::{Reference, Result, Secrets};

use super::variables::{self, process, wanted};
use crate::args::Exec;
use crate::output::Output;

pub(crate) async fn run(args: &Exec, secrets: &Secrets, output: &Output) -> Result<ExitCode> {
    let wanted = wanted::collect(&args.wanted, &[], secrets.config())?;
    Ok(start(args, wanted, secrets, output).await.unwrap_or_else(|failed| failed))
}

async fn start(
    args: &Exec,
    wanted: Vec<(String, Result<Reference>)>,
    secrets: &Secrets,
    output: &Output,
) -> Result<ExitCode, ExitCode> {
    let allowed = &args.child.allowed;
    // What shows without asking anybody comes first: nobody types a password for a misspelling.
    let checked = wanted.into_iter().map(|(name, reference)| {
        let checked = variables::check(&name, allowed).and(reference);
        (name, checked)
    });
    let wanted = output.all(checked)?;
    let keys: Vec<_> = wanted
        .iter()
        .flat_map(|(_, reference)| secrets.config().key_variables(reference.provider()))
        .map(str::to_owned)
        .collect();
    let values = wanted::read(wanted, secrets).await.map(|(name, value)| {
        let admitted = value.and_then(|value| variables::admit(&name, value, allowed));
        (name, admitted)
    });
    Ok(process::replace(&args.child, output.all(values)?, keys))
}
