//! What acct means by the content: providers, their profiles, and what is reserved.

use std::borrow::Cow;

use omnisecret_core::{Error, ErrorKind, MAX_PATH_BYTES, Result};

use crate::json;
use crate::path::{ProfilePath, SEPARATOR};
use crate::tree::{Value, dict};

/// Top-level keys that are settings of acct and no providers.
pub(crate) const BACKEND_KEY: &str = "backend_key";
pub(crate) const DEFAULT: &str = "default";

/// The section of backends, unless `backend_key` names another.
pub(crate) const BACKENDS: &str = "acct-backends";

/// A file's content: `{provider: {profile: value}}`.
pub(crate) struct Profiles(Value);

impl Profiles {
    /// Takes a map, or what Python calls false, which acct 8 takes for an empty one.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] for any other content.
    pub(crate) fn new(content: Value) -> Result<Self> {
        if !matches!(content, Value::Map(_)) && !content.is_falsy() {
            let message = "the file opens with this key but holds no map of providers";
            return Err(Error::new(ErrorKind::InvalidValue, message)
                .with_action("encrypt a file of the form provider: {profile: {...}}"));
        }
        Ok(Self(content))
    }

    pub(crate) fn into_content(self) -> Value {
        self.0
    }

    pub(crate) fn content(&self) -> &Value {
        &self.0
    }

    /// The profile at this path. The section of backends has the form of a provider, and can be
    /// asked for by whoever knows its name.
    pub(crate) fn find(&self, path: &ProfilePath) -> Option<&Value> {
        value_of(value_of(&self.0, path.provider())?, path.profile())
    }

    /// Every profile with its path, where `find` can be asked for it. What is reserved has none.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (String, &Value)> {
        let reserved = self.reserved();
        named(&self.0)
            .into_iter()
            .filter(move |(provider, _)| {
                !provider.contains(SEPARATOR) && !reserved.contains(provider)
            })
            .flat_map(|(provider, profiles)| {
                named(profiles)
                    .into_iter()
                    .map(move |(profile, value)| (format!("{provider}{SEPARATOR}{profile}"), value))
            })
            .filter(|(path, _)| path.len() <= MAX_PATH_BYTES)
    }

    /// Gives the profile at this path a new value.
    ///
    /// A profile that is a text takes the new one as it is; any other takes JSON. A created one
    /// is the map that a JSON object says, or else the text. All else stays as it was.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is none and none is to be created;
    /// [`ErrorKind::InvalidPath`] and [`ErrorKind::Conflict`] if none can be;
    /// [`ErrorKind::InvalidValue`] for a value that is not JSON where it has to be.
    pub(crate) fn set(&mut self, path: &ProfilePath, text: &str, create: bool) -> Result<()> {
        if let Some(profile) = self.find_mut(path) {
            return replace(profile, text);
        }
        if !create {
            return Err(Error::new(ErrorKind::NotFound, "no such profile"));
        }
        if self.reserved().iter().any(|name| name == path.provider()) {
            let message = format!("{:?} is a setting of acct, not a provider", path.provider());
            return Err(Error::new(ErrorKind::InvalidPath, message)
                .with_action("choose another provider name"));
        }
        let created =
            if json::is_object(text) { json::read(text)? } else { Value::Text(text.to_owned()) };
        self.insert(path, created)
    }

    fn find_mut(&mut self, path: &ProfilePath) -> Option<&mut Value> {
        value_of_mut(value_of_mut(&mut self.0, path.provider())?, path.profile())
    }

    /// Adds a profile at the end of its provider, and that at the end of the file.
    fn insert(&mut self, path: &ProfilePath, value: Value) -> Result<()> {
        let key = |name: &str| Value::Text(name.to_owned());
        if let Some(provider) = value_of_mut(&mut self.0, path.provider()) {
            let Value::Map(profiles) = provider else {
                let message = format!("{:?} is there, but holds no profiles", path.provider());
                return Err(Error::new(ErrorKind::Conflict, message)
                    .with_action("remove it from the file, or choose another provider name"));
            };
            profiles.push((key(path.profile()), value));
            return Ok(());
        }
        if !matches!(self.0, Value::Map(_)) {
            self.0 = Value::Map(Vec::new());
        }
        if let Value::Map(providers) = &mut self.0 {
            let profiles = Value::Map(vec![(key(path.profile()), value)]);
            providers.push((key(path.provider()), profiles));
        }
        Ok(())
    }

    /// The names at the top that are no providers.
    fn reserved(&self) -> [Cow<'_, str>; 3] {
        let backends = value_of(&self.0, BACKEND_KEY).and_then(Value::key_text);
        [BACKEND_KEY.into(), DEFAULT.into(), backends.unwrap_or_else(|| BACKENDS.into())]
    }
}

/// Gives an existing profile a new value, of the kind of the old.
fn replace(profile: &mut Value, text: &str) -> Result<()> {
    if profile.as_text() == Some(text) {
        return Ok(());
    }
    if matches!(profile, Value::Text(_) | Value::Bytes(_)) {
        *profile = Value::Text(text.to_owned());
    } else {
        let mut new = json::read(text)?;
        json::keep(profile, &mut new);
        *profile = new;
    }
    Ok(())
}

/// The entries of a map that have a name, of equal names the last; none of what is no map.
fn named(value: &Value) -> Vec<(Cow<'_, str>, &Value)> {
    let Value::Map(map) = value else { return Vec::new() };
    dict(map.iter().filter_map(|(key, value)| Some((key.key_text()?, value))))
}

/// The last value of this name in a map.
fn value_of<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let Value::Map(map) = value else { return None };
    place(map, name).map(|at| &map[at].1)
}

fn value_of_mut<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    let Value::Map(map) = value else { return None };
    place(map, name).map(|at| &mut map[at].1)
}

fn place(map: &[(Value, Value)], name: &str) -> Option<usize> {
    map.iter().rposition(|(key, _)| key.key_text().as_deref() == Some(name))
}
