//! What is below a prefix, with values and without.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_ssm::types::{Parameter, ParameterMetadata, ParameterStringFilter};
use omnisecret_core::{
    Error, ErrorKind, ListOptions, Result, Secret, SecretEntry, is_below, is_directly_below,
};

use crate::name::{Name, REFERENCES, Target, invalid};
use crate::provider::Inner;
use crate::read::{meta, secret};
use crate::reference;

const SEPARATORS: &[char] = &['/'];
/// What DescribeParameters and GetParametersByPath give in a page.
const NAMES_A_PAGE: i32 = 50;
const VALUES_A_PAGE: i32 = 10;

/// The parameters below a prefix. Where it is no path of Parameter Store, their names are listed
/// and then read in tens.
pub(crate) async fn secrets(
    inner: &Arc<Inner>,
    prefix: &str,
    options: &ListOptions,
) -> Result<BTreeMap<String, Secret>> {
    if let Scope::Path(path) = Scope::of(prefix)? {
        let mut secrets = BTreeMap::new();
        let mut pages = Pages::default();
        loop {
            let (found, next) =
                by_path(inner, &path, options.recursive, options.decrypt, VALUES_A_PAGE, &pages)
                    .await?;
            for mut parameter in found {
                let name = parameter.name.take().unwrap_or_default();
                if is_wanted(&name, prefix, options) {
                    secrets.insert(name, secret(parameter, None)?);
                }
            }
            if !pages.turn(next)? {
                return Ok(secrets);
            }
        }
    }
    let names: Vec<_> =
        entries(inner, prefix, options).await?.into_iter().map(|entry| entry.path).collect();
    let target = |path: &String| Ok(Target::Parameter(Name::parse(path)?));
    let targets = names.iter().map(target).collect();
    let answers = Arc::clone(inner).get_many(targets, options.decrypt).await;
    let mut secrets = BTreeMap::new();
    for (name, answer) in names.into_iter().zip(answers) {
        match answer {
            Ok(secret) => drop(secrets.insert(name, secret)),
            // Deleted since it was listed.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error.with_path(name)),
        }
    }
    Ok(secrets)
}

/// The names below a prefix. DescribeParameters needs no right to decrypt, nor to read.
pub(crate) async fn entries(
    inner: &Inner,
    prefix: &str,
    options: &ListOptions,
) -> Result<Vec<SecretEntry>> {
    let filter = match Scope::of(prefix)? {
        Scope::All => None,
        Scope::Path(path) => {
            let depth = if options.recursive { "Recursive" } else { "OneLevel" };
            Some(filter("Path", depth, path)?)
        }
        Scope::Beginning(beginning) => Some(filter("Name", "BeginsWith", beginning)?),
    };
    let mut entries = BTreeMap::new();
    let mut pages = Pages::default();
    loop {
        let (found, next) = describe(inner, filter.clone(), &pages).await?;
        for parameter in found {
            let ParameterMetadata { name, arn, version, last_modified_date, .. } = parameter;
            let Some(name) = name.filter(|name| is_wanted(name, prefix, options)) else { continue };
            entries.insert(name, meta(arn, version, last_modified_date));
        }
        if !pages.turn(next)? {
            return Ok(entries
                .into_iter()
                .map(|(path, meta)| SecretEntry::new(path, meta))
                .collect());
        }
    }
}

/// Whether there is a parameter of exactly this name, or a path that has parameters below it.
pub(crate) async fn exists(inner: &Inner, path: &str) -> Result<bool> {
    if path.starts_with(REFERENCES) {
        return found(reference::get(inner, path, true).await);
    }
    let name = match path.strip_suffix('/') {
        Some(folder) => Name::parse(&format!("{folder}/x")).map(|_| None)?,
        None => Some(Name::parse(path)?),
    };
    if let Some(name) = &name
        && found(inner.get_parameter(&name.full(), false).await)?
    {
        return Ok(true);
    }
    if !path.starts_with('/') || name.is_some_and(|name| name.selector.is_some()) {
        return Ok(false);
    }
    let Scope::Path(path) = Scope::of(path)? else { return Ok(false) };
    let mut pages = Pages::default();
    loop {
        let (found, next) = by_path(inner, &path, true, false, 1, &pages).await?;
        if !found.is_empty() || !pages.turn(next)? {
            return Ok(!found.is_empty());
        }
    }
}

fn found<T>(answer: Result<T>) -> Result<bool> {
    match answer {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Where to look for what is below a prefix.
enum Scope {
    All,
    /// A path as the service takes it: without a slash at its end.
    Path(String),
    /// A name without a slash at its beginning has none in it on AWS, but emulators have some.
    Beginning(String),
}

impl Scope {
    fn of(prefix: &str) -> Result<Self> {
        if prefix.is_empty() {
            return Ok(Self::All);
        }
        if prefix.starts_with("arn:") {
            return Err(Error::new(ErrorKind::Unsupported, "shared parameters cannot be listed")
                .with_action("name each by its ARN"));
        }
        if prefix.starts_with(REFERENCES) {
            return Err(Error::new(ErrorKind::Unsupported, "references cannot be listed")
                .with_action("list the secrets with aws.sm"));
        }
        let end = prefix.strip_suffix('/').unwrap_or(prefix);
        if !end.is_empty() {
            Name::parse(end).map_err(|_| invalid("no parameter can be below this"))?;
            if end.contains(':') {
                return Err(invalid("nothing is below a version"));
            }
        }
        Ok(match prefix.strip_prefix('/') {
            Some(_) if end.is_empty() => Self::Path("/".to_owned()),
            Some(_) => Self::Path(end.to_owned()),
            None => Self::Beginning(end.to_owned()),
        })
    }
}

fn is_wanted(name: &str, prefix: &str, options: &ListOptions) -> bool {
    let is_wanted = if options.recursive { is_below } else { is_directly_below };
    is_wanted(name, prefix, SEPARATORS)
}

/// GetParametersByPath, a page.
async fn by_path(
    inner: &Inner,
    path: &str,
    recursive: bool,
    decrypt: bool,
    a_page: i32,
    pages: &Pages,
) -> Result<(Vec<Parameter>, Option<String>)> {
    let answer = inner
        .session
        .call(|ssm| {
            ssm.get_parameters_by_path()
                .path(path)
                .recursive(recursive)
                .with_decryption(decrypt)
                .max_results(a_page)
                .set_next_token(pages.token.clone())
                .send()
        })
        .await?;
    Ok((answer.parameters.unwrap_or_default(), answer.next_token))
}

/// DescribeParameters, a page.
pub(crate) async fn describe(
    inner: &Inner,
    filter: Option<ParameterStringFilter>,
    pages: &Pages,
) -> Result<(Vec<ParameterMetadata>, Option<String>)> {
    let answer = inner
        .session
        .call(|ssm| {
            ssm.describe_parameters()
                .set_parameter_filters(filter.clone().map(|filter| vec![filter]))
                .max_results(NAMES_A_PAGE)
                .set_next_token(pages.token.clone())
                .send()
        })
        .await?;
    Ok((answer.parameters.unwrap_or_default(), answer.next_token))
}

pub(crate) fn filter(key: &str, option: &str, value: String) -> Result<ParameterStringFilter> {
    ParameterStringFilter::builder()
        .key(key)
        .option(option)
        .values(value)
        .build()
        .map_err(|_| Error::new(ErrorKind::Unexpected, "a filter cannot be made"))
}

/// The way through the pages of a listing, some of which may be empty.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    token: Option<String>,
}

impl Pages {
    /// Goes to the next page; whether there is one.
    pub(crate) fn turn(&mut self, next: Option<String>) -> Result<bool> {
        let next = next.filter(|token| !token.is_empty());
        if next.is_some() && next == self.token {
            return Err(Error::new(
                ErrorKind::Unexpected,
                "the pages of the listing go in a circle",
            ));
        }
        self.token = next;
        Ok(self.token.is_some())
    }
}
