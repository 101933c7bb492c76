//! `omnisecret copy`.

use std::process::ExitCode;

use omnisecret::{
    Error, ErrorKind, Result, Secret, SecretProvider, SecretValue, Secrets, UpdateOptions,
};
use serde_json::json;

use super::both::{PIECE, Side, is_same};
use crate::args::Copy;
use crate::output::{Output, escaped};
use crate::progress::Progress;

pub(crate) async fn run(args: &Copy, secrets: &Secrets, output: &Output) -> Result<ExitCode> {
    let (from, to) = (Side::new(secrets, &args.from)?, Side::new(secrets, &args.to)?);
    let paths = from.paths(&args.prefix).await?;
    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
    let progress = Progress::new(paths.len());
    let mut outcomes = Vec::with_capacity(paths.len());
    for piece in paths.chunks(PIECE) {
        let (values, there) = (from.read(piece).await, to.read(piece).await);
        let items = piece.iter().copied().zip(values).zip(there);
        let done = copy(args, &to, items, &progress).await;
        let is_over = done.iter().any(|(_, outcome)| is_hopeless(outcome));
        outcomes.extend(done);
        if is_over {
            break;
        }
    }
    progress.finish();
    report(args, outcomes, paths.len(), output)
}

/// What becomes of a secret that is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    Created,
    Overwritten,
    Equal,
}

type Outcome = Result<Done>;

/// Copies these, and reads back what it has written. Ends early where it is hopeless to go on.
async fn copy<'a>(
    args: &Copy,
    to: &Side,
    items: impl Iterator<Item = ((&'a str, Result<Secret>), Result<Secret>)>,
    progress: &Progress,
) -> Vec<(&'a str, Outcome)> {
    let (mut outcomes, mut written) = (Vec::new(), Vec::new());
    for ((path, secret), there) in items {
        let outcome = match &secret {
            Ok(secret) => put(args, to, path, secret.value(), there).await,
            Err(error) => Err(error.clone()),
        };
        let is_over = is_hopeless(&outcome);
        if let (Ok(Done::Created | Done::Overwritten), Ok(secret)) = (&outcome, secret) {
            written.push((outcomes.len(), path, secret));
        }
        outcomes.push((path, outcome));
        progress.step();
        if is_over {
            break;
        }
    }
    if !args.dry_run {
        let paths: Vec<_> = written.iter().map(|(_, path, _)| *path).collect();
        let back = to.read(&paths).await;
        for ((at, path, secret), back) in written.into_iter().zip(back) {
            let verified = back.and_then(|back| same(to, path, secret.value(), back.value()));
            if let Err(error) = verified {
                outcomes[at].1 = Err(error);
            }
        }
    }
    outcomes
}

async fn put(
    args: &Copy,
    to: &Side,
    path: &str,
    value: &SecretValue,
    there: Result<Secret>,
) -> Outcome {
    let mut done = plan(args, to, path, value, there)?;
    if done == Done::Created && !args.dry_run {
        // The copies before this one took their time, and somebody else may have made it meanwhile.
        done = plan(args, to, path, value, to.read_one(path).await)?;
    }
    if done == Done::Equal {
        return Ok(done);
    }
    let options = UpdateOptions::default().with_create_missing(done == Done::Created);
    if args.dry_run {
        to.provider().info().admit_update(path, value, &options)?;
    } else {
        to.provider().update_with(path, value, &options).await?;
    }
    Ok(done)
}

/// What is to be done about a secret, by what is there.
fn plan(args: &Copy, to: &Side, path: &str, value: &SecretValue, there: Result<Secret>) -> Outcome {
    match there {
        Ok(there) if is_same(value, there.value()) => Ok(Done::Equal),
        Ok(_) if args.overwrite => Ok(Done::Overwritten),
        Ok(_) => {
            let error = Error::new(ErrorKind::Conflict, "the secret is there with another value")
                .with_action("give --overwrite to replace it");
            Err(to.in_context(error, path))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Done::Created),
        Err(error) => Err(error),
    }
}

fn same(to: &Side, path: &str, given: &SecretValue, back: &SecretValue) -> Result<()> {
    if is_same(given, back) {
        return Ok(());
    }
    let message = "the store gives back another value than it was given";
    let error = Error::new(ErrorKind::InvalidValue, message)
        .with_action("look whether it keeps values in a form of its own, or somebody writes there");
    Err(to.in_context(error, path))
}

/// A store that does not answer, or does not know us, does neither for the next secret.
fn is_hopeless(outcome: &Outcome) -> bool {
    use ErrorKind::{InvalidConfig, Throttled, Timeout, Unauthenticated, Unavailable};

    let is_of_store =
        |kind| matches!(kind, InvalidConfig | Throttled | Timeout | Unauthenticated | Unavailable);
    outcome.as_ref().is_err_and(|error| is_of_store(error.kind()))
}

fn report(
    args: &Copy,
    outcomes: Vec<(&str, Outcome)>,
    count: usize,
    output: &Output,
) -> Result<ExitCode> {
    let of = |done: Done| {
        let is_it = move |outcome: &Outcome| outcome.as_ref().is_ok_and(|it| *it == done);
        let paths = outcomes.iter().filter(move |(_, outcome)| is_it(outcome));
        paths.map(|(path, _)| *path).collect::<Vec<_>>()
    };
    let (created, overwritten) = (of(Done::Created), of(Done::Overwritten));
    let equal = of(Done::Equal).len();
    let failed = outcomes.iter().filter_map(|(path, it)| Some((path, it.as_ref().err()?)));
    let (failures, untried) = (failed.clone().count(), count - outcomes.len());
    if output.is_json() {
        let describe =
            |(path, error): (&&str, &Error)| json!({ "path": path, "error": error.to_string() });
        output.json(&json!({
            "dry_run": args.dry_run,
            "created": created,
            "overwritten": overwritten,
            "equal": equal,
            "failed": failed.map(describe).collect::<Vec<_>>(),
            "not_tried": untried,
        }))?;
    } else {
        let mut text = String::new();
        if args.dry_run {
            let line = |what, path: &&str| format!("{what} {}\n", escaped(path));
            text.extend(created.iter().map(|path| line("create", path)));
            text.extend(overwritten.iter().map(|path| line("overwrite", path)));
        }
        let (created, overwritten) = (created.len(), overwritten.len());
        let would = if args.dry_run { "dry run: " } else { "" };
        text += &format!(
            "{would}{created} created, {overwritten} overwritten, {equal} equal, \
             {failures} failed, {untried} not tried\n"
        );
        output.bytes(text.as_bytes())?;
    }
    let results = outcomes.into_iter().map(|(path, outcome)| (path.to_owned(), outcome));
    Ok(output.all(results).map_or_else(|failed| failed, |_| ExitCode::SUCCESS))
}
