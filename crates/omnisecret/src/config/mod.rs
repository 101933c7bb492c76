//! `omnisecret.toml`: which providers there are, by name, and the settings of each.

mod provider;
mod section;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use omnisecret_core::{Error, ErrorKind, Reference, Result, file};
use toml::{Table, Value};

pub(crate) use self::provider::ProviderConfig;
pub(crate) use self::section::{Section, nearest};
use self::section::{Source, Trust};
use crate::kinds::{Kind, kind};
use crate::stack::Layers;

/// The providers of a configuration file, by name, and the references that it names.
///
/// ```toml
/// [providers.securestore]          # the name may be the kind itself
/// path = "secrets.json"            # relative to this file
/// key_file = "secrets.key"
///
/// [providers.billing]
/// kind = "acct"
/// path = "billing.yml.fernet"
/// key_env = "BILLING_ACCT_KEY"
///
/// [providers.billing.cache]
/// ttl = "1m"
/// max_entries = 100
///
/// [references]                     # what `omnisecret check` probes
/// S3_KEY = "securestore:aws:s3:accessKey"
/// ```
#[derive(Debug, Default)]
pub struct Config {
    path: Option<PathBuf>,
    providers: BTreeMap<String, ProviderConfig>,
    references: BTreeMap<String, Reference>,
}

/// Where the configuration file is: what `OMNISECRET_CONFIG` names, else
/// `$XDG_CONFIG_HOME/omnisecret/omnisecret.toml` if there is one.
pub fn find_config(environment: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(path) = set(&environment, "OMNISECRET_CONFIG") {
        return Some(path);
    }
    // One that may not be looked at is there: reading it will say so.
    Some(config_folder(environment)?.join("omnisecret.toml"))
        .filter(|path| !matches!(path.try_exists(), Ok(false)))
}

/// The user's own folder for what configures this crate: `$XDG_CONFIG_HOME/omnisecret`, or
/// `~/.config/omnisecret` where that is not set.
pub fn config_folder(environment: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = set(&environment, "XDG_CONFIG_HOME")
        .filter(|folder| folder.is_absolute())
        .or_else(|| set(&environment, "HOME").map(|home| home.join(".config")))?;
    Some(folder.join("omnisecret"))
}

fn set(environment: impl Fn(&str) -> Option<OsString>, name: &str) -> Option<PathBuf> {
    environment(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

impl Config {
    /// Reads a file that the user has named, or that is in a folder of the user's own.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if it is not there, is not TOML, or says something that
    /// cannot be done: every fault is named.
    pub fn load(path: impl Into<PathBuf>) -> Result<Self> {
        Self::read(path.into(), |_| Ok(true))
    }

    /// Reads a file that was found on the way and that anybody may have put there, unless
    /// `is_trusted` says of its bytes that they are what the user has looked at.
    ///
    /// It may set kinds, regions, the times of caches and retries, and paths that stay below its
    /// own folder. Anything else could send secrets elsewhere, run something, or read another
    /// variable, and is refused.
    ///
    /// # Errors
    /// As [`load`](Self::load), and for every setting that such a file may not have.
    pub fn load_found(
        path: impl Into<PathBuf>,
        is_trusted: impl FnOnce(&[u8]) -> Result<bool>,
    ) -> Result<Self> {
        Self::read(path.into(), is_trusted)
    }

    fn read(path: PathBuf, is_trusted: impl FnOnce(&[u8]) -> Result<bool>) -> Result<Self> {
        let bytes = file::read(&path, file::MAX_CONFIG_BYTES)?;
        let trust = if is_trusted(&bytes)? { Trust::Full } else { Trust::Found };
        let text =
            std::str::from_utf8(&bytes).map_err(|_| refused(&path, "it is not UTF-8 text"))?;
        // The parser's own text would quote the line.
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| bytes.get(..span.start)).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            refused(&path, &format!("it is not TOML: see line {line}"))
        })?;
        // What it names is opened later, perhaps in another working folder: a service leaves its own.
        let absolute = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
        let source = Source::new(absolute.parent().unwrap_or(Path::new("")), trust);
        let config = Self::parse(&table, &source);
        let faults = source.into_faults();
        if faults.is_empty() {
            return Ok(Self { path: Some(path), ..config });
        }
        let error = refused(&path, &faults.join("; "));
        Err(match trust {
            Trust::Full => error,
            Trust::Found => error.with_action(
                "correct the file, or look at it and trust it as it is with `omnisecret trust`",
            ),
        })
    }

    fn parse(table: &Table, source: &Source<'_>) -> Self {
        let mut config = Self::default();
        let mut top = Section::new(String::new(), table, source);
        let providers = top.table("providers");
        let references = top.if_named("references", Section::table);
        top.finish();
        for (name, value) in providers.into_iter().flatten() {
            let place = format!("providers.{name}");
            match value {
                _ if Reference::new(name.as_str(), "").is_err() => source
                    .fault(format!("{place}: a name has letters, digits, '.', '_' and '-' alone")),
                Value::Table(table) => {
                    let section = Section::new(place, table, source);
                    if let Some(provider) = ProviderConfig::parse(name, section) {
                        config.providers.insert(name.clone(), provider);
                    }
                }
                _ => source.fault(format!("{place} is not a table")),
            }
        }
        for (name, value) in references.into_iter().flatten() {
            match value.as_str().map(str::parse::<Reference>) {
                Some(Ok(reference)) => {
                    config.references.insert(name.clone(), reference);
                }
                Some(Err(error)) => source.fault(format!("references.{name}: {}", error.message())),
                None => source.fault(format!("references.{name} is not a string")),
            }
        }
        config
    }

    /// The file, if there is one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The names of the configured providers, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.providers.keys().map(String::as_str)
    }

    /// The kind of the provider of this name.
    pub fn kind_of(&self, name: &str) -> Option<&'static Kind> {
        self.provider(name).map(|provider| provider.kind)
    }

    /// How long the cache of the provider of this name, or its second level, may serve a value that
    /// the store has revoked, as they are configured here or by default.
    pub fn longest_use(&self, name: &str) -> Duration {
        let usual = Layers::default();
        let provider = self.provider(name);
        let layers = provider.map_or(&usual, |provider| &provider.layers);
        let first = layers.ttl.saturating_add(layers.max_stale);
        let second = provider.and_then(|provider| provider.store.as_ref());
        second.map_or(first, |second| first.max(second.longest_use()))
    }

    /// The environment variables that may hold a key or a password for the provider of this name:
    /// those that its section names, and those of its kind. A program that starts another one
    /// with secrets takes them out of its environment.
    ///
    /// ```
    /// # use omnisecret::Config;
    /// let config = Config::default();
    /// let variables = config.key_variables("acct");
    /// assert!(variables.contains("ACCT_KEY") && !variables.contains("ACCT_FILE"));
    /// ```
    pub fn key_variables(&self, name: &str) -> BTreeSet<&str> {
        let provider = self.provider(name);
        let kind = provider.map(|provider| provider.kind).or_else(|| kind(name));
        let of_kind = kind.into_iter().flat_map(|kind| kind.key_variables.iter().copied());
        let named = provider.into_iter().flat_map(|provider| &provider.variables);
        of_kind.chain(named.map(String::as_str)).collect()
    }

    /// The references that the file names, by name.
    pub fn references(&self) -> &BTreeMap<String, Reference> {
        &self.references
    }

    pub(crate) fn provider(&self, name: &str) -> Option<&ProviderConfig> {
        self.providers.get(name)
    }
}

fn refused(path: &Path, reason: &str) -> Error {
    Error::new(ErrorKind::InvalidConfig, format!("the configuration file {path:?}: {reason}"))
        .with_action("correct the file")
}
