//! Secrets of Secrets Manager below `/aws/reference/secretsmanager/`, with keys behind their names.

use aws_sdk_ssm::types::Parameter;
use omnisecret_core::{Error, ErrorKind, KeyPath, Result, Secret};

use crate::batch::BATCH;
use crate::name::{Name, REFERENCES};
use crate::provider::Inner;
use crate::read::{not_found, secret};

/// What Secrets Manager allows a name.
const MAX_NAME: usize = 512;
/// Deeper than a key path goes.
const MAX_KEYS: usize = 64;

/// The secret of the longest name that there is, or what its keys name in it.
///
/// The path does not tell where the name ends. The whole path is asked for first, then the name
/// with one key, then all shorter ones in tens.
pub(crate) async fn get(inner: &Inner, path: &str, decrypt: bool) -> Result<Secret> {
    let candidates = candidates(path);
    let (singles, rest) = candidates.split_at(candidates.len().min(2));
    for candidate in singles {
        match inner.get_parameter(&candidate.name, decrypt).await {
            Ok(parameter) => return candidate.pick(parameter),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    for batch in rest.chunks(BATCH) {
        let names: Vec<_> = batch.iter().map(Candidate::as_name).collect();
        let (mut found, _) = inner.get_parameters(&names, decrypt).await?;
        for candidate in batch {
            let is_it = |it: &Parameter| it.name() == Some(&candidate.name);
            if let Some(at) = found.iter().position(is_it) {
                return candidate.pick(found.swap_remove(at));
            }
        }
    }
    Err(match candidates.first() {
        Some(_) => not_found(),
        None => Error::new(ErrorKind::InvalidPath, "no secret has such a name"),
    })
}

/// A name that the path may begin with, and the keys that are then behind it.
#[derive(Debug, PartialEq, Eq)]
struct Candidate {
    name: String,
    keys: Vec<String>,
}

impl Candidate {
    fn pick(&self, parameter: Parameter) -> Result<Secret> {
        let whole = secret(parameter, None)?;
        if self.keys.is_empty() {
            return Ok(whole);
        }
        let picked = whole.pick(&KeyPath::new(self.keys.iter().cloned()))?;
        Ok(Secret::new(picked, whole.meta().clone()))
    }

    fn as_name(&self) -> Name {
        Name { base: self.name.clone(), selector: None }
    }
}

/// The longest name first.
fn candidates(path: &str) -> Vec<Candidate> {
    let segments: Vec<_> = path[REFERENCES.len()..].split('/').collect();
    let candidate = |end: usize| {
        let name = segments[..end].join("/");
        let keys = segments[end..].iter().map(|key| (*key).to_owned()).collect();
        Candidate { name: format!("{REFERENCES}{name}"), keys }
    };
    let is_name = |candidate: &Candidate| {
        let name = &candidate.name[REFERENCES.len()..];
        (1..=MAX_NAME).contains(&name.len())
            && candidate.keys.len() <= MAX_KEYS
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+=.@-:".contains(&byte))
    };
    (1..=segments.len()).rev().map(candidate).filter(is_name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_comes_first_and_none_that_can_be_none() {
        let names = |path: &str| -> Vec<(String, Vec<String>)> {
            let all = candidates(&format!("{REFERENCES}{path}"));
            all.into_iter().map(|it| (it.name[REFERENCES.len()..].to_owned(), it.keys)).collect()
        };
        let pair = |name: &str, keys: &[&str]| {
            (name.to_owned(), keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            names("a/b/c"),
            [pair("a/b/c", &[]), pair("a/b", &["c"]), pair("a", &["b", "c"])]
        );
        assert_eq!(names("a/the key"), [pair("a", &["the key"])]);
        assert_eq!(names(""), []);
        assert!(names(&vec!["x"; 1000].join("/")).len() <= MAX_KEYS + 1);
    }
}
