//! `omnisecret.toml`: which providers there are, by name, and the settings of each.

mod section;
#[cfg_attr(
    not(all(feature = "cache-disk", feature = "cache-redis")),
    allow(dead_code, reason = "the settings of a store that is not built in are checked alone")
)]
mod store;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use omnisecret_core::{Error, ErrorKind, Reference, Result, file};
use toml::{Table, Value};

pub(crate) use self::section::{Section, nearest};
use self::section::{Source, Trust};
use self::store::StoreConfig;
use crate::kinds::{Kind, Make, Surroundings, kind, kinds};
use crate::stack::{Layers, Stack};

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

/// One provider's settings, checked.
pub(crate) struct ProviderConfig {
    kind: &'static Kind,
    layers: Layers,
    store: Option<StoreConfig>,
    make: Make,
}

/// Where the configuration file is: what `OMNISECRET_CONFIG` names, else
/// `$XDG_CONFIG_HOME/omnisecret/omnisecret.toml` if there is one.
pub fn find_config(environment: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name| environment(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = set("OMNISECRET_CONFIG") {
        return Some(path);
    }
    let folder = set("XDG_CONFIG_HOME")
        .filter(|folder| folder.is_absolute())
        .or_else(|| set("HOME").map(|home| home.join(".config")))?;
    Some(folder.join("omnisecret/omnisecret.toml")).filter(|path| path.exists())
}

impl Config {
    /// Reads a file that the user has named, or that is in a folder of the user's own.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if it is not there, is not TOML, or says something that
    /// cannot be done: every fault is named.
    pub fn load(path: impl Into<PathBuf>) -> Result<Self> {
        Self::read(path.into(), Trust::Full)
    }

    /// Reads a file that was found on the way and that anybody may have put there.
    ///
    /// It may set kinds, regions, the times of caches and retries, and paths that stay below its
    /// own folder. Anything else could send secrets elsewhere, run something, or read another
    /// variable, and is refused.
    ///
    /// # Errors
    /// As [`load`](Self::load), and for every setting that such a file may not have.
    pub fn load_found(path: impl Into<PathBuf>) -> Result<Self> {
        Self::read(path.into(), Trust::Found)
    }

    fn read(path: PathBuf, trust: Trust) -> Result<Self> {
        let bytes = file::read(&path, file::MAX_CONFIG_BYTES)?;
        let text =
            std::str::from_utf8(&bytes).map_err(|_| refused(&path, "it is not UTF-8 text"))?;
        // The parser's own text would quote the line.
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            let at = error.span().map_or(0, |span| text[..span.start].matches('\n').count());
            refused(&path, &format!("it is not TOML: see line {}", at + 1))
        })?;
        let source = Source::new(path.parent().unwrap_or(Path::new("")), trust);
        let config = Self::parse(&table, &source);
        let faults = source.into_faults();
        if faults.is_empty() {
            return Ok(Self { path: Some(path), ..config });
        }
        Err(refused(&path, &faults.join("; ")))
    }

    fn parse(table: &Table, source: &Source<'_>) -> Self {
        let mut config = Self::default();
        let mut top = Section::new(String::new(), table, source);
        let providers = top.table("providers");
        let references = top.named_table("references");
        top.finish();
        for (name, value) in providers.into_iter().flatten() {
            let place = format!("providers.{name}");
            match value {
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

    /// The references that the file names, by name.
    pub fn references(&self) -> &BTreeMap<String, Reference> {
        &self.references
    }

    pub(crate) fn provider(&self, name: &str) -> Option<&ProviderConfig> {
        self.providers.get(name)
    }
}

impl ProviderConfig {
    /// The provider of this kind with nothing set: what the environment gives.
    pub(crate) fn of_environment(kind: &'static Kind) -> Self {
        let table = Table::new();
        let source = Source::new(Path::new(""), Trust::Full);
        let mut section = Section::new(String::new(), &table, &source);
        Self { kind, layers: Layers::default(), store: None, make: kind.parse(&mut section) }
    }

    fn parse(name: &str, mut section: Section<'_>) -> Option<Self> {
        let id = section.open_text("kind");
        let kind = match (&id, kind(name)) {
            (Some(id), Some(kind)) if id != kind.id => {
                section.fault(format!(
                    "is the provider id {name:?}, so its kind must be {name:?} and not {id:?}"
                ));
                return None;
            }
            (_, Some(kind)) => kind,
            (Some(id), None) => match kind(id) {
                Some(kind) => kind,
                None => {
                    let known = kinds().iter().map(|kind| kind.id);
                    let hint = nearest(id, known).unwrap_or("acct");
                    section.fault(format!("has no known kind: {id:?}, did you mean {hint:?}?"));
                    return None;
                }
            },
            (None, None) => {
                section.fault("has no kind".to_owned());
                return None;
            }
        };
        let (mut layers, mut store) = (Layers::default(), None);
        if let Some(mut cache) = section.subsection("cache") {
            layers.max_entries = cache.integer("max_entries");
            layers.ttl = cache.duration("ttl");
            let ttl = layers.ttl.unwrap_or(StoreConfig::MAX_AGE);
            store = cache.subsection("store").and_then(|section| StoreConfig::parse(section, ttl));
            cache.finish();
        }
        let make = kind.parse(&mut section);
        section.finish();
        Some(Self { kind, layers, store, make })
    }

    pub(crate) fn make(&self, surroundings: &Surroundings) -> Result<Stack> {
        let provider = (self.make)(surroundings)?;
        // Inside the cache, outside of what repeats calls to the provider.
        let provider = match &self.store {
            None => provider,
            Some(store) => store.around(self.kind.id, provider, surroundings)?,
        };
        Ok(self.layers.around(provider))
    }
}

impl fmt::Debug for ProviderConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderConfig")
            .field("kind", &self.kind.id)
            .field("layers", &self.layers)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

fn refused(path: &Path, reason: &str) -> Error {
    Error::new(ErrorKind::InvalidConfig, format!("the configuration file {path:?}: {reason}"))
        .with_action("correct the file")
}
