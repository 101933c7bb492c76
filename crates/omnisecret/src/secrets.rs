//! `Secrets`: the providers by name, each made once and shared.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use omnisecret_core::{
    Clock, Error, ErrorKind, Reference, Result, Secret, SecretProvider, SecretValue, SystemClock,
};

use crate::config::{ProviderConfig, nearest};
use crate::kinds::{Question, Surroundings, kind, kinds};
use crate::request;
use crate::stack::Layers;
use crate::{Config, Get, GetByPath, PathExists, Stack, Update, find_config};

/// Providers by name, configured by a file and the environment, or wired by hand.
///
/// Cheap to clone; clones share the providers and their caches.
///
/// ```
/// use omnisecret::{Memory, Secrets};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret::Result<()> {
/// let memory = Memory::from_iter([("prod/db", r#"{"password":"hunter2"}"#)]);
/// let secrets = Secrets::builder().provider("aws.sm", memory).build();
/// let password = secrets.get("aws.sm", "prod/db").key_path(["password"]).await?;
/// assert_eq!(password.expose_str()?, "hunter2");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Secrets(Arc<Inner>);

struct Inner {
    config: Config,
    surroundings: Surroundings,
    made: RwLock<BTreeMap<String, Stack>>,
}

impl Secrets {
    /// What the process's environment configures.
    ///
    /// The file is the one that `OMNISECRET_CONFIG` names, else
    /// `$XDG_CONFIG_HOME/omnisecret/omnisecret.toml` (`~/.config` if that is not set), else none.
    /// A provider id that the file does not mention takes its settings from its own variables.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if there is a file and it is not a configuration.
    pub fn from_env() -> Result<Self> {
        let config = find_config(|name| std::env::var_os(name)).map(Config::load).transpose()?;
        Ok(Self::builder().config(config.unwrap_or_default()).build())
    }

    /// What this file configures.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if it is not there or not a configuration.
    pub fn from_file(path: impl Into<PathBuf>) -> Result<Self> {
        Ok(Self::builder().config(Config::load(path)?).build())
    }

    /// Explicit wiring.
    pub fn builder() -> SecretsBuilder {
        SecretsBuilder {
            config: Config::default(),
            providers: BTreeMap::new(),
            surroundings: Surroundings {
                environment: Arc::new(|name| std::env::var_os(name)),
                prompt: None,
                clock: Arc::new(SystemClock::new()),
            },
        }
    }

    /// The secret at exactly this path of this provider.
    pub fn get(&self, provider: impl Into<String>, path: impl Into<String>) -> Get {
        Get::new(Ok(self.clone()), provider.into(), path.into())
    }

    /// The secret that the reference names, with its version and its key path.
    pub fn get_reference(&self, reference: &Reference) -> Get {
        self.get(reference.provider(), reference.path())
            .version(reference.version().clone())
            .key_path(reference.key_path().keys())
    }

    /// The secrets that the references name, in the order asked, each with a result of its own.
    ///
    /// As few calls as there can be: one batch for each provider and version, and one read for all
    /// fields of one secret. The providers are asked one after the other, so that no two of them
    /// ask for a password at once.
    ///
    /// ```
    /// # use omnisecret::{Memory, Reference, Secrets};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> omnisecret::Result<()> {
    /// let memory = Memory::from_iter([("db", r#"{"user":"app","password":"hunter2"}"#)]);
    /// let secrets = Secrets::builder().provider("aws.sm", memory).build();
    /// let references: Vec<Reference> = vec!["aws.sm:db#user".parse()?, "aws.sm:db#none".parse()?];
    /// let answers = secrets.get_references(&references).await;
    /// assert_eq!(answers[0].as_ref().unwrap().expose_str()?, "app");
    /// assert!(answers[1].is_err());
    /// # Ok(()) }
    /// ```
    pub async fn get_references(&self, references: &[Reference]) -> Vec<Result<Secret>> {
        let mut batches: Vec<(&Reference, Vec<usize>)> = Vec::new();
        for (at, reference) in references.iter().enumerate() {
            let is_alike = |other: &Reference| {
                other.provider() == reference.provider() && other.version() == reference.version()
            };
            match batches.iter_mut().find(|(first, _)| is_alike(first)) {
                Some((_, batch)) => batch.push(at),
                None => batches.push((reference, vec![at])),
            }
        }
        let mut answers: Vec<_> = references.iter().map(|_| None).collect();
        for (first, batch) in batches {
            let paths: Vec<_> = batch.iter().map(|at| references[*at].path()).collect();
            let stack = match self.provider(first.provider()) {
                Ok(stack) => stack,
                Err(error) => {
                    batch.iter().for_each(|at| answers[*at] = Some(Err(error.clone())));
                    continue;
                }
            };
            // The cache asks once for a path that is there twice.
            let secrets = stack.get_many(&paths, &first.options()).await;
            for (at, secret) in batch.into_iter().zip(secrets) {
                answers[at] = Some(request::field(secret, &references[at]));
            }
        }
        let unanswered = || Err(Error::new(ErrorKind::Unexpected, "the provider did not answer"));
        answers.into_iter().map(|answer| answer.unwrap_or_else(unanswered)).collect()
    }

    /// Every secret below the prefix, by its full path.
    pub fn get_by_path(&self, provider: impl Into<String>, prefix: impl Into<String>) -> GetByPath {
        GetByPath::new(Ok(self.clone()), provider.into(), prefix.into())
    }

    /// Whether there is a secret at exactly this path.
    pub fn path_exists(&self, provider: impl Into<String>, path: impl Into<String>) -> PathExists {
        PathExists::new(Ok(self.clone()), provider.into(), path.into())
    }

    /// Replaces the value at exactly this path.
    pub fn update(
        &self,
        provider: impl Into<String>,
        path: impl Into<String>,
        value: impl Into<SecretValue>,
    ) -> Update {
        Update::new(Ok(self.clone()), provider.into(), path.into(), value.into())
    }

    /// The provider of this name with its layers, made at the first call.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if the name is neither configured nor a provider id, if its
    /// kind is not built in, or if its settings are not complete.
    pub fn provider(&self, name: &str) -> Result<Stack> {
        if let Some(stack) = self.0.made.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(stack.clone());
        }
        let mut made = self.0.made.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have been faster.
        if let Some(stack) = made.get(name) {
            return Ok(stack.clone());
        }
        let stack =
            self.make(name).map_err(|error| error.with_context(name.to_owned(), "configure"))?;
        made.insert(name.to_owned(), stack.clone());
        Ok(stack)
    }

    /// The configuration that the providers are made from.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    fn make(&self, name: &str) -> Result<Stack> {
        let Inner { config, surroundings, made: _ } = &*self.0;
        if let Some(provider) = config.provider(name) {
            return provider.make(name, surroundings);
        }
        if let Some(kind) = kind(name) {
            return ProviderConfig::of_environment(kind).make(name, surroundings);
        }
        let known = config.names().chain(kinds().iter().map(|kind| kind.id));
        let hint =
            nearest(name, known).map_or_else(String::new, |it| format!(", did you mean {it:?}?"));
        Err(Error::new(ErrorKind::InvalidConfig, format!("no provider is named {name:?}{hint}"))
            .with_action("name a provider of the configuration file, or a provider id"))
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("config", &self.0.config).finish_non_exhaustive()
    }
}

/// Makes [`Secrets`] by hand.
pub struct SecretsBuilder {
    config: Config,
    providers: BTreeMap<String, Arc<dyn SecretProvider>>,
    surroundings: Surroundings,
}

impl SecretsBuilder {
    /// With the providers of this configuration.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// With this provider, under this name, with the layers around it that one of its kind has
    /// where nothing is set. It comes before one of that name in the configuration.
    #[must_use]
    pub fn provider(mut self, name: impl Into<String>, provider: impl SecretProvider) -> Self {
        self.providers.insert(name.into(), Arc::new(provider));
        self
    }

    /// With an environment other than the process's.
    #[must_use]
    pub fn environment(
        mut self,
        look_up: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
    ) -> Self {
        self.surroundings.environment = Arc::new(look_up);
        self
    }

    /// With somebody to ask for what no setting gives: the password of a vault, the digits of an
    /// MFA device. The function may wait; it does so off the runtime.
    #[must_use]
    pub fn prompt(
        mut self,
        ask: impl Fn(Question<'_>) -> Result<SecretValue> + Send + Sync + 'static,
    ) -> Self {
        self.surroundings.prompt = Some(Arc::new(ask));
        self
    }

    /// With time for all layers from this clock: for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.surroundings.clock = Arc::new(clock);
        self
    }

    /// The secrets. Nothing is opened yet.
    #[must_use]
    pub fn build(self) -> Secrets {
        let Self { config, providers, surroundings } = self;
        let around = |(name, provider): (String, Arc<dyn SecretProvider>)| {
            let layers = kind(provider.info().id()).map(Layers::of).unwrap_or_default();
            let stack = layers.around(&name, provider, &surroundings.clock);
            (name, stack)
        };
        let made = providers.into_iter().map(around).collect();
        Secrets(Arc::new(Inner { config, surroundings, made: RwLock::new(made) }))
    }
}

impl fmt::Debug for SecretsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretsBuilder")
            .field("config", &self.config)
            .field("providers", &self.providers.keys())
            .finish_non_exhaustive()
    }
}
