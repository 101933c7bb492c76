//! `[providers.NAME.cache.store]`: a second cache level, for more than one process.

#[cfg(any(feature = "cache-disk", feature = "cache-redis"))]
mod open;

use std::path::PathBuf;
use std::time::Duration;

#[cfg(not(all(feature = "cache-disk", feature = "cache-redis")))]
use omnisecret_core::{Error, ErrorKind};

use super::{Section, nearest};

/// The settings of a second level, checked as far as it goes without I/O.
#[derive(Debug)]
pub(super) struct StoreConfig {
    place: Place,
    key: KeyFrom,
    max_age: Duration,
    offline: Option<Duration>,
}

#[derive(Debug)]
enum Place {
    Disk { path: PathBuf },
    Redis { url: UrlFrom, namespace: String },
}

#[derive(Debug)]
enum UrlFrom {
    /// Names nobody: a file holds no secret.
    File(String),
    Env(String),
}

#[derive(Debug)]
enum KeyFrom {
    File(PathBuf),
    Env(String),
}

const KINDS: [&str; 2] = ["disk", "redis"];

impl StoreConfig {
    /// Reads the section; the cache in front keeps an answer for `ttl`.
    pub(super) fn parse(mut section: Section<'_>, ttl: Duration) -> Option<Self> {
        let place = Place::parse(&mut section);
        let (key_file, key_env) = (section.path("key_file"), section.text("key_env"));
        let key = match (key_env, key_file) {
            (Some(name), _) => Some(KeyFrom::Env(name)),
            (None, Some(path)) => Some(KeyFrom::File(path)),
            (None, None) => {
                section.fault("has neither key_file nor key_env".to_owned());
                None
            }
        };
        let max_age = section.duration("max_age").unwrap_or(ttl);
        if max_age > ttl {
            let reason = "longer than the cache's ttl, past which no answer is served";
            section.fault_of("max_age", reason);
        }
        let offline = section.duration("offline");
        section.finish();
        Some(Self { place: place?, key: key?, max_age, offline })
    }

    /// How long a value is given after it was fetched.
    pub(super) fn longest_use(&self) -> Duration {
        self.max_age.saturating_add(self.offline.unwrap_or_default())
    }
}

impl Place {
    fn parse(section: &mut Section<'_>) -> Option<Self> {
        let kind = section.open_text("kind");
        // Each is asked for, so that a key of the other kind is not called unknown.
        let path = section.path("path");
        let (url, url_env) = (section.text("url"), section.text("url_env"));
        let namespace = section.text("namespace");
        match kind.as_deref() {
            Some("disk") => match path {
                Some(path) => return Some(Self::Disk { path }),
                None => section.fault("has no path, the folder of the records".to_owned()),
            },
            Some("redis") => {
                let url = match (url_env, url) {
                    (Some(name), _) => Some(UrlFrom::Env(name)),
                    (None, Some(url)) if names_a_user(&url) => {
                        let reason = "names a user; name the variable that holds it in url_env";
                        section.fault_of("url", reason);
                        None
                    }
                    (None, url) => url.map(UrlFrom::File),
                };
                match (url, namespace) {
                    (Some(url), Some(namespace)) => return Some(Self::Redis { url, namespace }),
                    _ => section.fault("needs url or url_env, and namespace".to_owned()),
                }
            }
            Some(other) => {
                let hint = nearest(other, KINDS.into_iter()).unwrap_or("disk");
                section.fault(format!("has no known kind: {other:?}, did you mean {hint:?}?"));
            }
            None => section.fault("has no kind: \"disk\" or \"redis\"".to_owned()),
        }
        None
    }
}

/// Before the host, or among the parameters of a socket's address.
fn names_a_user(url: &str) -> bool {
    let mut parameters = url.split(['?', '&']).skip(1);
    url.contains('@') || parameters.any(|it| it.starts_with("user=") || it.starts_with("pass="))
}

#[cfg(not(any(feature = "cache-disk", feature = "cache-redis")))]
impl StoreConfig {
    pub(super) fn around(
        &self,
        _kind: &str,
        _owner: crate::kinds::Owner,
        _provider: std::sync::Arc<dyn omnisecret_core::SecretProvider>,
        _surroundings: &crate::kinds::Surroundings,
    ) -> omnisecret_core::Result<std::sync::Arc<dyn omnisecret_core::SecretProvider>> {
        Err(match self.place {
            Place::Disk { .. } => not_built_in("disk", "cache-disk"),
            Place::Redis { .. } => not_built_in("redis", "cache-redis"),
        })
    }
}

#[cfg(not(all(feature = "cache-disk", feature = "cache-redis")))]
fn not_built_in(kind: &str, feature: &str) -> Error {
    let message = format!("the cache store of kind {kind:?} is not built in");
    Error::new(ErrorKind::InvalidConfig, message)
        .with_action(format!("build with the feature {feature:?}"))
}
