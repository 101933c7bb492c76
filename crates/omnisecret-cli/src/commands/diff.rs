//! `omnisecret diff`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use omnisecret::{Result, Secrets};
use serde_json::json;

use super::both::{PIECE, Side, is_same};
use crate::args::Diff;
use crate::exit;
use crate::output::{Output, escaped};

pub(crate) async fn run(args: &Diff, secrets: &Secrets, output: &Output) -> Result<ExitCode> {
    let (a, b) = (Side::new(secrets, &args.a)?, Side::new(secrets, &args.b)?);
    let in_a: BTreeSet<_> = a.paths(&args.prefix).await?.into_iter().collect();
    let in_b: BTreeSet<_> = b.paths(&args.prefix).await?.into_iter().collect();
    let in_both: Vec<_> = in_a.intersection(&in_b).map(String::as_str).collect();
    let mut compared = Vec::with_capacity(in_both.len());
    for paths in in_both.chunks(PIECE) {
        let (ours, theirs) = (a.read(paths).await, b.read(paths).await);
        for ((path, ours), theirs) in paths.iter().zip(ours).zip(theirs) {
            let is_same =
                ours.and_then(|ours| theirs.map(|theirs| is_same(ours.value(), theirs.value())));
            compared.push(((*path).to_owned(), is_same));
        }
    }
    // What cannot be read may be the same or not, so there is no answer.
    let compared = match output.all(compared) {
        Ok(compared) => compared,
        Err(failed) => return Ok(failed),
    };
    let only_a: Vec<_> = in_a.difference(&in_b).collect();
    let only_b: Vec<_> = in_b.difference(&in_a).collect();
    let different: Vec<_> =
        compared.iter().filter(|(_, is_same)| !is_same).map(|(path, _)| path).collect();
    if output.is_json() {
        output.json(&json!({
            "only_in_a": only_a,
            "only_in_b": only_b,
            "different": different,
            "same": compared.len() - different.len(),
        }))?;
    } else {
        let mut lines: Vec<_> = [('-', &only_a), ('+', &only_b), ('~', &different)]
            .into_iter()
            .flat_map(|(sign, paths)| paths.iter().map(move |path| (*path, sign)))
            .collect();
        lines.sort_unstable();
        let line = |(path, sign): (&String, char)| format!("{sign} {}\n", escaped(path));
        output.bytes(lines.into_iter().map(line).collect::<String>().as_bytes())?;
    }
    let is_same = only_a.is_empty() && only_b.is_empty() && different.is_empty();
    Ok(if is_same { ExitCode::SUCCESS } else { exit::DIFFERENT.into() })
}
