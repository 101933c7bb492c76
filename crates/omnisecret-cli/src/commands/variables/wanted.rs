//! The variables that are wanted, and where their values are.

use std::collections::HashMap;
use std::mem;
use std::path::Path;

use omnisecret::{Config, Error, ErrorKind, Reference, Result, SecretValue, Secrets, file};

use super::dotenv;
use crate::args::Wanted;

/// Each variable once, with what is to be its value, or why that is no reference. What is given
/// later comes before what was given earlier: the configuration, files, then single ones.
///
/// Whoever gives a value where a reference belongs is not to find it in a log: what does not parse
/// goes into no error, nor does the path where there is no such provider.
pub(crate) fn collect(
    args: &Wanted,
    more: &[String],
    config: &Config,
) -> Result<Vec<(String, Result<Reference>)>> {
    let Wanted { env, env_file, all_references } = args;
    if env.is_empty() && env_file.is_empty() && more.is_empty() && !all_references {
        return Err(Error::new(ErrorKind::InvalidConfig, "no secret is asked for")
            .with_action("give -e NAME=REFERENCE, --env-file or --all-references"));
    }
    let mut sources = Vec::new();
    if *all_references {
        let named = config.references().iter();
        sources.push(named.map(|(name, it)| (name.clone(), Ok(it.clone()))).collect());
    }
    for path in env_file {
        sources.push(in_file(path)?);
    }
    sources.push(env.iter().chain(more).map(|text| single(text)).collect::<Result<_>>()?);
    Ok(merged(sources))
}

/// The values, in the order of the variables.
pub(crate) async fn read(
    wanted: Vec<(String, Reference)>,
    secrets: &Secrets,
) -> impl Iterator<Item = (String, Result<SecretValue>)> {
    let (names, references): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
    let answers = secrets.get_references(&references).await.into_iter();
    names.into_iter().zip(answers.map(|answer| answer.map(|secret| secret.value().clone())))
}

type Pair = (String, Result<Reference>);

/// A name that is twice in one source is somebody's mistake, and one of the two would be lost.
fn merged(sources: Vec<Vec<Pair>>) -> Vec<Pair> {
    let mut wanted: Vec<Pair> = Vec::new();
    let mut places = HashMap::new();
    for (source, pairs) in sources.into_iter().enumerate() {
        for (name, reference) in pairs {
            let Some(place) = places.get_mut(&name) else {
                places.insert(name.clone(), (source, wanted.len()));
                wanted.push((name, reference));
                continue;
            };
            let (earlier, at) = mem::replace(place, (source, place.1));
            let twice = || {
                Error::new(ErrorKind::InvalidConfig, "the variable is given twice")
                    .with_action("leave one of them")
            };
            wanted[at].1 = if earlier == source { Err(twice()) } else { reference };
        }
    }
    wanted
}

fn in_file(path: &Path) -> Result<Vec<Pair>> {
    let action = "write NAME=REFERENCE on each line, and # before a comment";
    let in_file = |error: Error| error.with_path(path.to_string_lossy()).with_action(action);
    let bytes = file::read(path, file::MAX_CONFIG_BYTES)?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| in_file(Error::new(ErrorKind::InvalidValue, "the file is not UTF-8 text")))?;
    let lines = dotenv::parse_dotenv(text).map_err(in_file)?;
    let pair = |(name, text): (String, SecretValue)| {
        let reference = text.expose_str().and_then(str::parse);
        (name, reference)
    };
    Ok(lines.into_iter().map(pair).collect())
}

fn single(text: &str) -> Result<Pair> {
    let (name, reference) = text.split_once('=').ok_or_else(|| {
        Error::new(ErrorKind::InvalidConfig, "an argument has no '=' in it")
            .with_action("give NAME=REFERENCE")
    })?;
    Ok((name.to_owned(), reference.parse()))
}
