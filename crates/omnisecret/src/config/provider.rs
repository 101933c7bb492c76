//! `[providers.NAME]`: one provider's settings, and the provider with its layers that they make.

use std::fmt;
use std::path::Path;

use omnisecret_core::Result;
use toml::Table;

use super::section::{Section, Source, Trust, nearest};
use super::store::StoreConfig;
use crate::kinds::{Kind, Made, Make, Surroundings, kind, kinds};
use crate::stack::{Layers, Stack};

/// One provider's settings, checked.
pub(crate) struct ProviderConfig {
    pub(super) kind: &'static Kind,
    pub(crate) layers: Layers,
    pub(super) store: Option<StoreConfig>,
    /// The variables that the section names.
    pub(super) variables: Vec<String>,
    make: Make,
}

impl ProviderConfig {
    /// The provider of this kind with nothing set: what the environment gives.
    pub(crate) fn of_environment(kind: &'static Kind) -> Self {
        let table = Table::new();
        let source = Source::new(Path::new(""), Trust::Full);
        let mut section = Section::new(String::new(), &table, &source);
        let mut layers = Layers::of(kind);
        let make = kind.parse(&mut section, &mut layers);
        Self { kind, layers, store: None, variables: Vec::new(), make }
    }

    pub(super) fn parse(name: &str, mut section: Section<'_>) -> Option<Self> {
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
                // `[providers.aws.sm]` is a table `sm` in a table `aws`.
                let meant = kinds().iter().map(|kind| kind.id).find(|id| {
                    id.split_once('.').is_some_and(|(head, tail)| head == name && section.has(tail))
                });
                section.fault(meant.map_or_else(
                    || "has no kind".to_owned(),
                    |id| format!("has no kind: for the provider {id} write [providers.{id:?}]"),
                ));
                return None;
            }
        };
        let (mut layers, mut store) = (Layers::of(kind), None);
        let make = kind.parse(&mut section, &mut layers);
        if let Some(mut cache) = section.subsection("cache") {
            layers.max_entries = cache.integer("max_entries").unwrap_or(layers.max_entries);
            layers.ttl = cache.duration("ttl").unwrap_or(layers.ttl);
            layers.max_stale = cache.duration("max_stale").unwrap_or(layers.max_stale);
            layers.negative_ttl = cache.duration("negative_ttl").unwrap_or(layers.negative_ttl);
            layers.refresh_ahead = cache.boolean("refresh_ahead").unwrap_or(layers.refresh_ahead);
            store = cache
                // Whoever has put the file there has its key too, and is to read nothing of ours.
                .if_named("store", Section::subsection)
                .and_then(|section| StoreConfig::parse(section, layers.ttl));
            cache.finish();
        }
        if let Some(mut retry) = section.subsection("retry") {
            layers.attempts = retry.count("attempts").unwrap_or(layers.attempts);
            layers.deadline = retry.duration("deadline").unwrap_or(layers.deadline);
            retry.finish();
        }
        if let Some(mut timeout) = section.subsection("timeout") {
            layers.attempt = timeout.limit("attempt").or(layers.attempt);
            layers.total = timeout.limit("total").or(layers.total);
            timeout.finish();
        }
        let variables = section.variables();
        section.finish();
        Some(Self { kind, layers, store, variables, make })
    }

    pub(crate) fn make(&self, name: &str, surroundings: &Surroundings) -> Result<Stack> {
        let Made { provider, owner } = (self.make)(surroundings, &self.layers)?;
        let provider = self.layers.inside(provider, &surroundings.clock);
        let provider = match &self.store {
            None => provider,
            Some(store) => store.around(self.kind.id, owner, provider, surroundings)?,
        };
        Ok(self.layers.outside(name, provider, &surroundings.clock))
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
