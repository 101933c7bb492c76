//! Backends: other places that a file points to for its profiles.

use async_trait::async_trait;
use omnisecret_core::{Error, ErrorKind, Result, SecretProvider, SecretValue};

use super::{Profile, ProfileTree};

/// A place that profiles are fetched from when a file is unlocked.
///
/// The file has a section for it, `acct-backends` or what its `backend_key` names:
///
/// ```yaml
/// acct-backends:
///   vault:                # the backend
///     production:         # a name that nothing depends on
///       path: prod/acct   # the context
/// ```
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// The profiles that this context stands for. They are put over those of the file.
    async fn unlock(&self, context: &Profile) -> Result<ProfileTree>;
}

/// Any [`SecretProvider`] as a backend, so that an acct file can point into AWS or another file.
///
/// A context has either
/// - `path`: a secret that is `{provider: {profile: {...}}}`;
/// - `path`, `provider` and `profile`: a secret that is the fields of that one profile, or, where
///   it is no JSON object, the value of the field that `field` names (`value` unless set);
/// - `prefix` and `provider`: each secret below the prefix is the fields of a profile, whose name
///   is the rest of the path;
///
/// and where only a part of the secret is meant, its key path in `key`.
///
/// ```
/// use omnisecret_acct::{Document, ProviderBackend};
/// use omnisecret_core::Memory;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret_core::Result<()> {
/// let store = Memory::from_iter([("prod/db", r#"{"user": "app", "password": "x"}"#)]);
/// let file = r#"{"acct-backends": {"store": {"db": {
///     "path": "prod/db", "provider": "postgres", "profile": "default"}}}}"#;
/// let document = Document::from_json(file)?;
/// let backend = ProviderBackend::new(store);
/// let profiles = document.profiles().backend("store", backend).unlock().await?;
/// let profile = profiles.tree().get("postgres", "default").expect("it was unlocked");
/// assert_eq!(profile.require("user")?.expose_str()?, "app");
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct ProviderBackend<P>(P);

impl<P: SecretProvider> ProviderBackend<P> {
    /// Takes the provider: a handle to a shared one, say.
    pub fn new(provider: P) -> Self {
        Self(provider)
    }
}

/// The fields of a context.
const FIELDS: [&str; 6] = ["path", "prefix", "provider", "profile", "key", "field"];

#[async_trait]
impl<P: SecretProvider> Backend for ProviderBackend<P> {
    async fn unlock(&self, context: &Profile) -> Result<ProfileTree> {
        if let Some(field) = context.fields().iter().find(|it| !FIELDS.contains(&it.as_str())) {
            let known = FIELDS.join(", ");
            let message = format!("a context has no field {field:?}; known are {known}");
            return Err(Error::new(ErrorKind::InvalidConfig, message));
        }
        let text = |field: &str| -> Result<Option<String>> {
            context.get(field).map(|value| value.expose_str().map(str::to_owned)).transpose()
        };
        let (path, prefix) = (text("path")?, text("prefix")?);
        let (provider, profile) = (text("provider")?, text("profile")?);
        let (key, field) = (text("key")?, text("field")?);
        let part = |value: &SecretValue| match &key {
            Some(key) => Profile::pick(value, key),
            None => Ok(value.clone()),
        };
        let mut tree = ProfileTree::default();
        match (path, prefix, provider, profile) {
            (Some(path), None, None, None) if field.is_none() => {
                let secret = part(self.0.get(&path).await?.value())?;
                return ProfileTree::from_json(secret.expose_str()?)
                    .map_err(|error| error.with_path(path));
            }
            (Some(path), None, Some(provider), Some(profile)) => {
                let secret = part(self.0.get(&path).await?.value())?;
                let fields = fields(&secret, field.as_deref())?;
                tree.insert(&provider, &profile, &fields);
            }
            (None, Some(prefix), Some(provider), None) => {
                let separators = self.0.info().separators();
                for (path, secret) in self.0.get_by_path(&prefix).await? {
                    let name = path.strip_prefix(&prefix).unwrap_or(&path);
                    let name = name.trim_start_matches(separators);
                    let secret = part(secret.value()).map_err(|error| error.with_path(&path))?;
                    tree.insert(&provider, name, &fields(&secret, field.as_deref())?);
                }
            }
            _ => {
                let message = "a context has path; or path, provider and profile; or prefix and \
                    provider";
                return Err(Error::new(ErrorKind::InvalidConfig, message)
                    .with_action("correct the section of backends with acct edit"));
            }
        }
        Ok(tree)
    }
}

/// The fields that a secret is, or the one that its value is of.
fn fields(secret: &SecretValue, field: Option<&str>) -> Result<Profile> {
    let text = secret.expose_str()?;
    match Profile::from_json(text) {
        Ok(profile) if field.is_none() => Ok(profile),
        _ => Profile::default().with(field.unwrap_or("value"), secret),
    }
}
