//! From what people write to content: acct's render pipes.

#[cfg(feature = "jinja")]
mod jinja;
#[cfg(feature = "toml")]
mod toml;

use std::fmt;
use std::str::FromStr;

use omnisecret_core::{Error, ErrorKind, Result};
use zeroize::Zeroizing;

use crate::dialect::Dialect;
use crate::document::Document;
use crate::tree::Value;
use crate::{json, yaml};

/// What a document is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Syntax {
    /// YAML as PyYAML reads it.
    #[default]
    Yaml,
    /// JSON.
    Json,
    /// TOML, without dates. Takes the feature `toml`.
    Toml,
}

/// A render pipe: a syntax, with jinja before it or not.
///
/// acct's own default, `jinja|yaml`, is not ours: jinja changes every secret with `{{`, `{%` or
/// `{#` in it, and cuts the last line end off a text at the end of a file.
///
/// ```
/// use omnisecret_acct::RenderPipe;
///
/// assert_eq!(RenderPipe::default().to_string(), "yaml");
/// assert!("jinja|yaml".parse::<RenderPipe>()?.jinja);
/// # Ok::<(), omnisecret_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RenderPipe {
    /// Whether the text is a jinja template. Takes the feature `jinja`.
    pub jinja: bool,
    /// What the text, or what jinja makes of it, is.
    pub syntax: Syntax,
}

impl fmt::Display for RenderPipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.jinja { "jinja|" } else { "" })?;
        f.write_str(match self.syntax {
            Syntax::Yaml => "yaml",
            Syntax::Json => "json",
            Syntax::Toml => "toml",
        })
    }
}

impl FromStr for RenderPipe {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (first, rest) = text.split_once('|').map_or((text, None), |(a, b)| (a, Some(b)));
        let jinja = first.trim() == "jinja";
        let syntax = match (jinja, rest) {
            (false, None) => first,
            (true, Some(rest)) => rest,
            _ => "",
        };
        let syntax = match syntax.trim() {
            "yaml" => Syntax::Yaml,
            "json" => Syntax::Json,
            "toml" => Syntax::Toml,
            _ => {
                let message = "not a render pipe; it is yaml, json or toml, or jinja| before that";
                return Err(Error::new(ErrorKind::InvalidConfig, message)
                    .with_action("name one of yaml, json, toml, jinja|yaml"));
            }
        };
        Ok(Self { jinja, syntax })
    }
}

/// How documents that people write are read.
///
/// A first line such as `#!yaml` or `#!toml` says what the rest is, as in acct 8. One that asks for
/// jinja is refused, unless the pipe that is set has jinja in it too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Render {
    dialect: Dialect,
    pipe: RenderPipe,
}

impl Render {
    /// Reads as this version of acct does. acct 6 knows YAML alone.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Reads through this pipe, unless the first line names another. `yaml` unless set otherwise.
    #[must_use]
    pub fn pipe(mut self, pipe: RenderPipe) -> Self {
        self.pipe = pipe;
        self
    }

    /// Reads a document.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] with the position for what acct would refuse, for a document
    /// beyond the limits, and for a template that is not allowed; [`ErrorKind::Unsupported`] for
    /// a pipe that this build does not have. Never with the text.
    pub fn read(&self, source: &[u8]) -> Result<Document> {
        Document::new(self.value(source)?)
    }

    fn value(&self, source: &[u8]) -> Result<Value> {
        if self.dialect == Dialect::Acct6 {
            if self.pipe != RenderPipe::default() {
                let message = "acct 6 has no render pipes, it reads YAML";
                return Err(Error::new(ErrorKind::InvalidConfig, message)
                    .with_action("leave the render pipe or the dialect out"));
            }
            return yaml::read(source, self.dialect);
        }
        // As acct does first of all, in all pipes.
        let without_returns: Zeroizing<Vec<u8>>;
        let source = if source.contains(&b'\r') {
            without_returns =
                source.iter().copied().filter(|byte| *byte != b'\r').collect::<Vec<_>>().into();
            &**without_returns
        } else {
            source
        };
        let pipe = match first_line(source)? {
            Some(pipe) if pipe.jinja && !self.pipe.jinja => {
                let message = "the first line asks for jinja, which is not allowed";
                return Err(Error::new(ErrorKind::InvalidValue, message).with_action(
                    "allow the render pipe jinja|yaml if the file is a template and no secret in \
                     it has {{, {% or {#; else take the first line out",
                ));
            }
            Some(pipe) => pipe,
            None => self.pipe,
        };
        if pipe.jinja {
            return syntax(rendered(source)?.as_bytes(), pipe.syntax, self.dialect);
        }
        syntax(source, pipe.syntax, self.dialect)
    }
}

/// The pipe that the first line names.
fn first_line(source: &[u8]) -> Result<Option<RenderPipe>> {
    let Some(rest) = source.strip_prefix(b"#!") else { return Ok(None) };
    let line = rest.split(|byte| *byte == b'\n').next().filter(|line| line.len() < rest.len());
    let pipe = line.and_then(|line| str::from_utf8(line).ok()?.parse().ok());
    let pipe = pipe.ok_or_else(|| {
        Error::new(ErrorKind::InvalidValue, "the first line names no render pipe that is known")
            .with_action("write #!yaml there, or take the line out")
    })?;
    Ok(Some(pipe))
}

fn syntax(source: &[u8], syntax: Syntax, dialect: Dialect) -> Result<Value> {
    match syntax {
        Syntax::Yaml => yaml::read(source, dialect),
        Syntax::Json => json::read_document(utf8(source)?),
        #[cfg(feature = "toml")]
        Syntax::Toml => toml::read(utf8(source)?),
        #[cfg(not(feature = "toml"))]
        Syntax::Toml => Err(missing("toml")),
    }
}

fn utf8(source: &[u8]) -> Result<&str> {
    str::from_utf8(source).map_err(|error| {
        let message = format!("the document is not UTF-8 at byte {}", error.valid_up_to());
        Error::new(ErrorKind::InvalidValue, message).with_action("save it as UTF-8")
    })
}

#[cfg(feature = "jinja")]
fn rendered(source: &[u8]) -> Result<Zeroizing<String>> {
    jinja::render(utf8(source)?)
}

#[cfg(not(feature = "jinja"))]
fn rendered(_: &[u8]) -> Result<Zeroizing<String>> {
    Err(missing("jinja"))
}

#[cfg(not(all(feature = "jinja", feature = "toml")))]
fn missing(feature: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("the feature `{feature}` is not built in"))
        .with_action("write the document in YAML, or build with the feature")
}

#[cfg(test)]
mod tests;
