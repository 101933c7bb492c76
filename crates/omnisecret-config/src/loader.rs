//! Secrets for keys of a configuration, read before it is put together.

use std::collections::BTreeMap;
use std::fmt;

use omnisecret::typed::Fields;
use omnisecret::{
    Error, ErrorKind, FromSecret, Result, Secret, SecretProvider, SecretValue, Secrets,
};

/// Which secrets there are to be, and under which keys.
///
/// ```
/// use omnisecret::{Memory, Secrets};
/// use omnisecret_config::Loader;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret::Result<()> {
/// let memory = Memory::from_iter([("prod/db", r#"{"user":"app"}"#), ("prod/app/mail/key", "k1")]);
/// let secrets = Secrets::builder().provider("vault", memory).build();
///
/// let loaded = Loader::new()
///     .secret("db.user", "vault:prod/db#user")
///     .below("vault", "prod/app/")
///     .load(&secrets)
///     .await?;
/// assert!(loaded.keys().eq(["db.user", "mail.key"]));
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
#[must_use = "nothing is read before `load`"]
pub struct Loader {
    named: Vec<Named>,
    /// Providers and prefixes.
    below: Vec<(String, String)>,
}

#[derive(Clone)]
struct Named {
    key: String,
    reference: String,
    is_optional: bool,
}

impl Loader {
    /// No secrets yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With the secret of this reference under this key: `db.password`, `aws.sm:prod/db#password`.
    pub fn secret(self, key: impl Into<String>, reference: impl Into<String>) -> Self {
        self.with(key.into(), reference.into(), false)
    }

    /// The same, unless there is no such secret: then the key keeps what other sources say.
    pub fn optional(self, key: impl Into<String>, reference: impl Into<String>) -> Self {
        self.with(key.into(), reference.into(), true)
    }

    /// With every secret below this prefix, under the rest of its path with dots in place of the
    /// provider's separators: `prod/app/db/password` below `prod/app/` is `db.password`. A key that
    /// is named by [`secret`](Self::secret) comes first.
    pub fn below(mut self, provider: impl Into<String>, prefix: impl Into<String>) -> Self {
        self.below.push((provider.into(), prefix.into()));
        self
    }

    fn with(mut self, key: String, reference: String, is_optional: bool) -> Self {
        self.named.push(Named { key, reference, is_optional });
        self
    }

    /// Reads them: the named ones by one [`Secrets::get_references`], and one listing for each
    /// prefix.
    ///
    /// # Errors
    /// One error for all named secrets that are missing, not text, or cannot be read, as
    /// [`from_secrets`](omnisecret::FromSecrets::from_secrets) has it. The error of a listing.
    /// [`ErrorKind::InvalidConfig`] if two secrets have one key, or a key is a value and a table
    /// at once.
    pub async fn load(&self, secrets: &Secrets) -> Result<Loaded> {
        let mut named = BTreeMap::new();
        for it in &self.named {
            insert(&mut named, it.key.clone(), it)?;
        }
        let named = Fields::resolve(secrets, |fields| {
            let found = named.values().filter_map(|it| Some((it.key.clone(), it.read(fields)?)));
            Some(found.collect::<Vec<_>>())
        });
        let named = named.await?;
        let mut values = BTreeMap::new();
        for (provider, prefix) in &self.below {
            for (key, value) in list(secrets, provider, prefix).await? {
                insert(&mut values, key, value)?;
            }
        }
        values.extend(named);
        check_tables(&values)?;
        Ok(Loaded { values })
    }
}

impl Named {
    fn read(&self, fields: &mut Fields) -> Option<SecretValue> {
        match self.is_optional {
            true => fields.optional(&self.key, &self.reference, text)?,
            false => fields.required(&self.key, &self.reference, text),
        }
    }
}

/// The keys and secrets below a prefix.
async fn list(
    secrets: &Secrets,
    provider: &str,
    prefix: &str,
) -> Result<Vec<(String, SecretValue)>> {
    let separators = secrets.provider(provider)?.info().separators();
    let found = secrets.get_by_path(provider, prefix).await?;
    let keyed = found.iter().map(|(path, secret)| {
        let rest = path.strip_prefix(prefix).unwrap_or(path).trim_start_matches(separators);
        let value = text(secret)
            .map_err(|error| error.with_context(provider.to_owned(), "load").with_path(path))?;
        Ok((rest.replace(separators, "."), value))
    });
    keyed.collect()
}

/// A configuration has no place for bytes.
fn text(secret: &Secret) -> Result<SecretValue> {
    secret.expose_str()?;
    SecretValue::from_secret(secret)
}

fn insert<T>(values: &mut BTreeMap<String, T>, key: String, value: T) -> Result<()> {
    if key.split('.').any(str::is_empty) {
        return Err(wrong_key(&key, "has an empty part"));
    }
    if values.contains_key(&key) {
        return Err(wrong_key(&key, "is that of two secrets"));
    }
    values.insert(key, value);
    Ok(())
}

fn check_tables(values: &BTreeMap<String, SecretValue>) -> Result<()> {
    for key in values.keys() {
        let mut tables = key.match_indices('.').map(|(at, _)| &key[..at]);
        if let Some(table) = tables.find(|table| values.contains_key(*table)) {
            return Err(wrong_key(table, "is that of a secret and of a table of secrets"));
        }
    }
    Ok(())
}

fn wrong_key(key: &str, fault: &str) -> Error {
    Error::new(ErrorKind::InvalidConfig, format!("the key {key:?} {fault}"))
        .with_action("name the secrets one by one, with a key of its own for each")
}

/// Without the references: one may be a secret in the wrong place.
impl fmt::Debug for Loader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.named.iter().map(|named| &named.key).collect();
        f.debug_struct("Loader").field("keys", &keys).field("below", &self.below).finish()
    }
}

/// Secrets that have been read, by key: a source for `config` and a provider for `figment`, behind
/// the feature of that name.
///
/// It is a snapshot, read once and shared by its clones.
///
/// # Security
/// The values are wiped when the last clone is dropped, and `Debug` shows none. What `config` or
/// `figment` has taken out is a copy of its own, in the clear.
#[derive(Clone)]
pub struct Loaded {
    values: BTreeMap<String, SecretValue>,
}

impl Loaded {
    /// The keys, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// The value under a key, for what is better not put into a configuration.
    pub fn get(&self, key: &str) -> Option<&SecretValue> {
        self.values.get(key)
    }

    #[cfg(any(feature = "config", feature = "figment"))]
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        // All of them are text: the loader takes nothing else.
        self.values.iter().filter_map(|(key, value)| Some((key.as_str(), value.expose_str().ok()?)))
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.values).finish()
    }
}
