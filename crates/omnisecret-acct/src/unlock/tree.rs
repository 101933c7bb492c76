//! Providers and their profiles, and what a file sets beside them.

use std::fmt;

use omnisecret_core::{Error, ErrorKind, Result};

use super::Profile;
use crate::document::Document;
use crate::profiles::{BACKEND_KEY, BACKENDS, DEFAULT};
use crate::tree::Value;
use crate::tree::merge::merge;

/// `{provider: {profile: ...}}`, in order.
///
/// # Security
/// Wiped when it drops. `Debug` shows the names of providers.
#[derive(Clone)]
pub struct ProfileTree(Value);

impl Default for ProfileTree {
    fn default() -> Self {
        Self(Value::Map(Vec::new()))
    }
}

/// What a file says beside its profiles.
pub(super) struct Settings {
    pub(super) default: Option<String>,
    backends: Option<Value>,
}

impl ProfileTree {
    /// Takes a JSON object of that form.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] if it is none; never with the text.
    pub fn from_json(json: &str) -> Result<Self> {
        let document = Document::from_json(json)
            .map_err(|error| Error::new(ErrorKind::InvalidValue, error.message().to_owned()))?;
        Ok(Self(document.into_content()))
    }

    /// Puts a profile over what is there under this provider and name.
    pub fn insert(&mut self, provider: &str, name: &str, profile: &Profile) {
        let key = |name: &str| Value::Text(name.to_owned());
        let of_provider = Value::Map(vec![(key(name), profile.0.clone())]);
        merge(&mut self.0, &Value::Map(vec![(key(provider), of_provider)]));
    }

    /// Puts another tree over this one.
    pub fn merge(&mut self, other: &Self) {
        merge(&mut self.0, &other.0);
    }

    /// The names of the providers, in order.
    pub fn providers(&self) -> Vec<String> {
        entries(&self.0).into_iter().map(|(name, _)| name).collect()
    }

    /// The profiles of a provider, in order.
    pub fn of(&self, provider: &str) -> Vec<(String, Profile)> {
        let found = entries(&self.0).into_iter().find(|(name, _)| name == provider);
        let profiles = found.map(|(_, profiles)| entries(profiles)).unwrap_or_default();
        profiles.into_iter().map(|(name, value)| (name, Profile(value.clone()))).collect()
    }

    /// One profile.
    pub fn get(&self, provider: &str, name: &str) -> Option<Profile> {
        self.of(provider).into_iter().find(|(there, _)| there == name).map(|(_, profile)| profile)
    }

    /// Whether there are no providers.
    pub fn is_empty(&self) -> bool {
        entries(&self.0).is_empty()
    }

    /// The profiles of a file, and apart from them what it reserves.
    pub(super) fn of_file(document: Document) -> (Self, Settings) {
        let mut content = document.into_content();
        let Value::Map(map) = &mut content else {
            return (Self::default(), Settings { default: None, backends: None });
        };
        let take = |map: &mut Vec<(Value, Value)>, name: &str| {
            let at = map.iter().rposition(|(key, _)| key.as_text() == Some(name))?;
            Some(map.remove(at).1)
        };
        let text = |value: Option<Value>| value.and_then(|it| it.as_text().map(str::to_owned));
        let section = text(take(map, BACKEND_KEY)).unwrap_or_else(|| BACKENDS.to_owned());
        let default = text(take(map, DEFAULT));
        let backends = take(map, &section);
        (Self(content), Settings { default, backends })
    }

    /// What acct 8 shows a plugin: the profiles of its sub, and of itself.
    pub(super) fn of_plugin(&self, sub: &str, plugin: &str) -> Self {
        let Value::Map(map) = &self.0 else { return Self::default() };
        let is_shown = |(key, _): &&(Value, Value)| {
            key.as_text().is_some_and(|name| name == sub || name == plugin)
        };
        Self(Value::Map(map.iter().filter(is_shown).cloned().collect()))
    }
}

impl Settings {
    /// Each backend with the name of its entry and what is in that, in order.
    pub(super) fn contexts(&self) -> Result<Vec<(String, String, Profile)>> {
        let Some(section) = &self.backends else { return Ok(Vec::new()) };
        let malformed = || {
            let message = "the section of backends is not of the form backend: {name: {...}}";
            Error::new(ErrorKind::InvalidConfig, message).with_action("correct it with acct edit")
        };
        let mut contexts = Vec::new();
        if !matches!(section, Value::Map(_)) && !section.is_falsy() {
            return Err(malformed());
        }
        for (backend, of_backend) in entries(section) {
            if !matches!(of_backend, Value::Map(_)) && !of_backend.is_falsy() {
                return Err(malformed());
            }
            for (name, context) in entries(of_backend) {
                contexts.push((backend.clone(), name, Profile(context.clone())));
            }
        }
        Ok(contexts)
    }
}

/// Entries of a map by the text of their keys.
fn entries(value: &Value) -> Vec<(String, &Value)> {
    let Value::Map(map) = value else { return Vec::new() };
    map.iter().filter_map(|(key, value)| Some((key.key_text()?.into_owned(), value))).collect()
}

impl fmt::Debug for ProfileTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfileTree").field("providers", &self.providers()).finish_non_exhaustive()
    }
}
