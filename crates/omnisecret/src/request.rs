//! The four requests: builders that are futures.

use std::collections::BTreeMap;
use std::fmt;
use std::future::{IntoFuture, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use omnisecret_core::{
    Error, ErrorKind, Freshness, GetOptions, KeyPath, ListOptions, Reference, Result, Secret,
    SecretMeta, SecretProvider, SecretValue, UpdateOptions, VersionSelector,
};

use tokio::runtime::Handle;

use crate::{Secrets, Stack};

/// What a request becomes when it is awaited.
type Answer<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// Who is asked, and for how long.
#[derive(Clone, Debug)]
struct Target {
    secrets: Result<Secrets>,
    provider: String,
    path: String,
    timeout: Option<Duration>,
}

impl Target {
    fn stack(&self) -> Result<Stack> {
        self.secrets.clone()?.provider(&self.provider)
    }

    async fn within<T>(
        &self,
        operation: &'static str,
        answer: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let Some(limit) = self.timeout else { return answer.await };
        let within = if Handle::try_current().is_err() {
            Err(Error::new(ErrorKind::InvalidConfig, "a timeout takes a tokio runtime")
                .with_action("call from one, or without a timeout"))
        } else {
            tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| {
                let message = format!("no answer within {}", humantime::format_duration(limit));
                Err(Error::new(ErrorKind::Timeout, message))
            })
        };
        within.map_err(|error| {
            error.with_context(self.provider.clone(), operation).with_path(self.path.clone())
        })
    }
}

macro_rules! with_timeout {
    ($name:ident) => {
        impl $name {
            /// Waits this long at most. A call to the provider that is under way goes on without
            /// this caller. Takes a tokio runtime with its time driver on.
            pub fn timeout(mut self, timeout: Duration) -> Self {
                self.target.timeout = Some(timeout);
                self
            }
        }
    };
}

macro_rules! request {
    ($name:ident, $answer:ty) => {
        with_timeout!($name);

        impl IntoFuture for $name {
            type Output = Result<$answer>;
            type IntoFuture = Answer<$answer>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.send())
            }
        }
    };
}

/// Asks for one secret, or one field of it.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct Get {
    target: Target,
    options: GetOptions,
    key_path: KeyPath,
    default: Option<SecretValue>,
}

with_timeout!(Get);

impl IntoFuture for Get {
    type Output = Result<Secret>;
    type IntoFuture = GetFuture;

    fn into_future(self) -> GetFuture {
        GetFuture(self.begin())
    }
}

/// The answer to a [`Get`]: there already where it was cached, which takes no allocation, or to
/// come from the provider.
#[must_use = "a future does nothing until it is awaited"]
pub struct GetFuture(Begun);

enum Begun {
    Answered(Ready<Result<Secret>>),
    Asking(Answer<Secret>),
}

impl Future for GetFuture {
    type Output = Result<Secret>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Secret>> {
        match &mut self.0 {
            Begun::Answered(answer) => Pin::new(answer).poll(context),
            Begun::Asking(answer) => answer.as_mut().poll(context),
        }
    }
}

impl fmt::Debug for GetFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_answered = matches!(self.0, Begun::Answered(_));
        f.debug_struct("GetFuture").field("is_answered", &is_answered).finish()
    }
}

impl Get {
    pub(crate) fn new(secrets: Result<Secrets>, provider: String, path: String) -> Self {
        let target = Target { secrets, provider, path, timeout: None };
        let options = GetOptions::default();
        Self { target, options, key_path: KeyPath::default(), default: None }
    }

    /// Picks this field of a JSON value: the secret's value is the field's then.
    pub fn key_path(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.key_path = KeyPath::new(keys);
        self
    }

    /// Asks for this version.
    pub fn version(mut self, version: VersionSelector) -> Self {
        self.options.version = version;
        self
    }

    /// Asks the store, whatever is cached.
    pub fn fresh(mut self) -> Self {
        self.options.freshness = Freshness::Fetch;
        self
    }

    /// Asks for the value as the store keeps it, without decryption.
    pub fn raw(mut self) -> Self {
        self.options.decrypt = false;
        self
    }

    /// Gives this value where there is no such secret, or no such field in it; any other error
    /// stays one. Its origin is the store, and it has no version.
    pub fn default(mut self, value: impl Into<SecretValue>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// Looks into the cache, and asks the provider only for what is not there.
    fn begin(self) -> Begun {
        let stack = match self.target.stack() {
            Ok(stack) => stack,
            Err(error) => return Begun::Answered(ready(Err(error))),
        };
        match stack.lookup(&self.target.path, &self.options) {
            Some(secret) => Begun::Answered(ready(self.finish(Ok(secret)))),
            None => Begun::Asking(Box::pin(self.ask(stack))),
        }
    }

    async fn ask(self, stack: Stack) -> Result<Secret> {
        let answer = stack.get_with(&self.target.path, &self.options);
        let answer = self.target.within("get", answer).await;
        self.finish(answer)
    }

    fn finish(self, answer: Result<Secret>) -> Result<Secret> {
        let Self { target, options: _, key_path, default } = self;
        let picked = answer.and_then(|secret| {
            pick(secret, &key_path)
                .map_err(|error| error.with_context(target.provider, "get").with_path(target.path))
        });
        match (picked, default) {
            (Err(error), Some(value)) if error.kind() == ErrorKind::NotFound => {
                Ok(Secret::new(value, SecretMeta::default()))
            }
            (picked, _) => picked,
        }
    }
}

/// The field that the reference names of an answer to it.
pub(crate) fn field(answer: Result<Secret>, reference: &Reference) -> Result<Secret> {
    answer.and_then(|secret| pick(secret, reference.key_path())).map_err(|error| {
        error.with_context(reference.provider().to_owned(), "get").with_path(reference.path())
    })
}

fn pick(secret: Secret, key_path: &KeyPath) -> Result<Secret> {
    if key_path.is_empty() {
        return Ok(secret);
    }
    let field = Secret::new(secret.pick(key_path)?, secret.meta().clone());
    Ok(field.with_origin(secret.origin(), secret.age()))
}

/// Asks for every secret below a prefix.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct GetByPath {
    target: Target,
    options: ListOptions,
}

request!(GetByPath, BTreeMap<String, Secret>);

impl GetByPath {
    pub(crate) fn new(secrets: Result<Secrets>, provider: String, path: String) -> Self {
        let target = Target { secrets, provider, path, timeout: None };
        Self { target, options: ListOptions::default() }
    }

    /// Says whether to go below the next separator; true unless set.
    pub fn recursive(mut self, recursive: bool) -> Self {
        self.options.recursive = recursive;
        self
    }

    /// Asks the store, whatever is cached.
    pub fn fresh(mut self) -> Self {
        self.options.freshness = Freshness::Fetch;
        self
    }

    /// Asks for the values as the store keeps them, without decryption.
    pub fn raw(mut self) -> Self {
        self.options.decrypt = false;
        self
    }

    async fn send(self) -> Result<BTreeMap<String, Secret>> {
        let Self { target, options } = self;
        let stack = target.stack()?;
        target.within("get_by_path", stack.get_by_path_with(&target.path, &options)).await
    }
}

/// Asks whether there is a secret.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct PathExists {
    target: Target,
    key_path: KeyPath,
}

request!(PathExists, bool);

impl PathExists {
    pub(crate) fn new(secrets: Result<Secrets>, provider: String, path: String) -> Self {
        let target = Target { secrets, provider, path, timeout: None };
        Self { target, key_path: KeyPath::default() }
    }

    /// Asks whether the secret's JSON value has this field, which takes the right to read it.
    pub fn key_path(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.key_path = KeyPath::new(keys);
        self
    }

    async fn send(self) -> Result<bool> {
        let Self { target, key_path } = self;
        if key_path.is_empty() {
            let stack = target.stack()?;
            return target.within("path_exists", stack.path_exists(&target.path)).await;
        }
        let get = Get { target, options: GetOptions::default(), key_path, default: None };
        match get.await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Replaces the value of a secret.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct Update {
    target: Target,
    value: SecretValue,
    options: UpdateOptions,
}

request!(Update, SecretMeta);

impl Update {
    pub(crate) fn new(
        secrets: Result<Secrets>,
        provider: String,
        path: String,
        value: SecretValue,
    ) -> Self {
        let target = Target { secrets, provider, path, timeout: None };
        Self { target, value, options: UpdateOptions::default() }
    }

    /// Creates the secret if it is not there.
    pub fn create_missing(mut self) -> Self {
        self.options.create_missing = true;
        self
    }

    async fn send(self) -> Result<SecretMeta> {
        let Self { target, value, options } = self;
        let stack = target.stack()?;
        target.within("update", stack.update_with(&target.path, &value, &options)).await
    }
}
