//! The grammar of a path: a name or an ARN, with a version or label behind a colon.

use omnisecret_core::{Error, ErrorKind, Result, VersionSelector};

/// Secrets of Secrets Manager, as Parameter Store hands them on.
pub(crate) const REFERENCES: &str = "/aws/reference/secretsmanager/";

const MAX_CHARACTERS: usize = 2048;

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    Parameter(Name),
    /// A secret, perhaps with keys behind it.
    Reference(String),
}

/// A parameter as the service is asked for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    /// A name or an ARN.
    pub(crate) base: String,
    /// A version's number or a label.
    pub(crate) selector: Option<String>,
}

impl Target {
    /// Reads a path and the version that is asked for beside it.
    pub(crate) fn parse(path: &str, version: &VersionSelector) -> Result<Self> {
        if path.starts_with(REFERENCES) {
            let path = match version {
                VersionSelector::Current => path.to_owned(),
                VersionSelector::Id(version) | VersionSelector::Stage(version) => {
                    format!("{path}:{version}")
                }
                _ => return Err(unsupported()),
            };
            check_length(&path)?;
            return Ok(Self::Reference(path));
        }
        Name::parse(path)?.with_version(version).map(Self::Parameter)
    }
}

impl Name {
    pub(crate) fn parse(path: &str) -> Result<Self> {
        check_length(path)?;
        let (base, selector) =
            if path.starts_with("arn:") { split_arn(path)? } else { split(path) };
        let name = base
            .rsplit_once(':')
            .map_or(base, |(_, resource)| resource.strip_prefix("parameter").unwrap_or(resource));
        if name.is_empty() || !name.bytes().all(is_name_byte) {
            return Err(invalid("a parameter's name has letters, digits and _.-/ alone"));
        }
        if name.ends_with('/') {
            return Err(invalid("a parameter's name does not end in a slash"));
        }
        if selector.is_some_and(|selector| !is_version(selector) && !is_label(selector)) {
            return Err(invalid("behind the colon stands neither a version nor a label"));
        }
        Ok(Self { base: base.to_owned(), selector: selector.map(str::to_owned) })
    }

    fn with_version(mut self, version: &VersionSelector) -> Result<Self> {
        let selector = match version {
            VersionSelector::Current => return Ok(self),
            // A label cannot be all digits, and no version has a name: neither may pass for the
            // other.
            VersionSelector::Id(id) if is_version(id) => id,
            VersionSelector::Stage(label) if is_label(label) => label,
            VersionSelector::Id(_) => return Err(no_such("version")),
            VersionSelector::Stage(_) => return Err(no_such("label")),
            _ => return Err(unsupported()),
        };
        if self.selector.replace(selector.clone()).is_some() {
            return Err(invalid("the path names a version, and so do the options"));
        }
        Ok(self)
    }

    /// As the service takes it.
    pub(crate) fn full(&self) -> String {
        match &self.selector {
            None => self.base.clone(),
            Some(selector) => format!("{}:{selector}", self.base),
        }
    }

    /// The label, if one is asked for.
    pub(crate) fn label(&self) -> Option<&str> {
        self.selector.as_deref().filter(|selector| is_label(selector))
    }

    /// The name that may be written: one of this account, without a selector.
    pub(crate) fn writable(path: &str) -> Result<String> {
        if path.starts_with(REFERENCES) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "a reference cannot be written through",
            )
            .with_action("update the secret itself, with aws.sm"));
        }
        let name = Self::parse(path)?;
        if name.selector.is_some() {
            return Err(invalid("a version or label cannot be written")
                .with_action("update the name without what is behind the colon"));
        }
        if name.base.starts_with("arn:") {
            return Err(invalid("a parameter is written by its name, not by an ARN")
                .with_action("update the name, in the parameter's own account"));
        }
        Ok(name.base)
    }
}

fn split(path: &str) -> (&str, Option<&str>) {
    match path.split_once(':') {
        None => (path, None),
        Some((name, selector)) => (name, Some(selector)),
    }
}

/// `arn:aws:ssm:eu-central-1:123456789012:parameter/shared/db:3`, at its last colon.
fn split_arn(path: &str) -> Result<(&str, Option<&str>)> {
    let mut colons = path.match_indices(':').map(|(at, _)| at);
    let resource = colons.nth(4).map(|at| &path[at + 1..]);
    let is_parameter = path.split(':').nth(2) == Some("ssm")
        && resource.is_some_and(|resource| resource.starts_with("parameter/"));
    if !is_parameter {
        return Err(invalid("the ARN is not one of a parameter"));
    }
    Ok(match colons.next() {
        None => (path, None),
        Some(at) => (&path[..at], Some(&path[at + 1..])),
    })
}

fn check_length(path: &str) -> Result<()> {
    if path.len() > MAX_CHARACTERS {
        return Err(invalid("the name has more than 2048 characters"));
    }
    Ok(())
}

fn is_version(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_label(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| is_name_byte(byte) && byte != b'/')
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte)
}

pub(crate) fn invalid(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidPath, what)
}

fn no_such(what: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("no such {what}"))
}

fn unsupported() -> Error {
    Error::new(ErrorKind::Unsupported, "Parameter Store has no such way to name a version")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(path: &str, version: VersionSelector) -> Result<String, ErrorKind> {
        match Target::parse(path, &version) {
            Ok(Target::Parameter(name)) => Ok(name.full()),
            Ok(Target::Reference(path)) => Ok(path),
            Err(error) => Err(error.kind()),
        }
    }

    #[test]
    fn names_arns_and_selectors_are_taken() {
        for path in [
            "flat",
            "/prod/db",
            "/prod/db:3",
            "/prod/db:blue-1.0",
            "arn:aws:ssm:eu-central-1:123456789012:parameter/prod/db",
            "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/prod/db:3",
            "/aws/reference/secretsmanager/prod/db/a key",
        ] {
            assert_eq!(parsed(path, VersionSelector::Current).as_deref(), Ok(path));
        }
        assert_eq!(parsed("/a", VersionSelector::Id("3".into())).as_deref(), Ok("/a:3"));
        assert_eq!(parsed("/a", VersionSelector::Stage("b".into())).as_deref(), Ok("/a:b"));
    }

    #[test]
    fn what_cannot_be_a_name_is_refused() {
        let long = format!("/{}", "x".repeat(2048));
        for path in [
            "",
            "/",
            "/prod/",
            "/prod/db:",
            "/prod/db:1a",
            "/prod/db:a:b",
            "/prod db",
            "/pr\u{f6}d",
            "/prod\n",
            "arn:aws:s3:::bucket",
            "arn:aws:ssm:eu-central-1:123456789012:document/x",
            &long,
        ] {
            let kind = parsed(path, VersionSelector::Current);
            assert_eq!(kind, Err(ErrorKind::InvalidPath), "{path:?}");
        }
        let twice = parsed("/a:1", VersionSelector::Id("2".into()));
        assert_eq!(twice, Err(ErrorKind::InvalidPath));
    }

    #[test]
    fn a_label_does_not_pass_for_a_version_nor_a_version_for_a_label() {
        for version in [VersionSelector::Id("blue".into()), VersionSelector::Stage("1".into())] {
            assert_eq!(parsed("/a", version), Err(ErrorKind::NotFound));
        }
    }
}
