//! The same without `async`: one thread does the I/O, and callers wait for it.
//!
//! It has providers and a cache of its own and shares nothing with the async side: a caller that
//! blocks a runtime's thread could otherwise wait for work that needs that very thread. So it
//! works outside a runtime and inside one.
//!
//! ```no_run
//! let secrets = omnisecret::blocking::Secrets::from_env()?;
//! let key = secrets.get("acct", "aws/default")?;
//! let password = secrets.wait(|secrets| secrets.get("securestore", "db").key_path(["password"]))?;
//! # Ok::<(), omnisecret::Error>(())
//! ```

use std::collections::BTreeMap;
use std::future::IntoFuture;
use std::sync::mpsc;
use std::thread;

use omnisecret_core::{Error, ErrorKind, Result, Secret, SecretMeta, SecretValue};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::SecretsBuilder;

/// Providers by name, asked by callers that wait.
#[derive(Debug)]
pub struct Secrets {
    secrets: crate::Secrets,
    runtime: Handle,
    /// Dropping it ends the thread.
    _stop: oneshot::Sender<()>,
}

impl Secrets {
    /// As [`Secrets::from_env`](crate::Secrets::from_env).
    ///
    /// # Errors
    /// As there, and [`ErrorKind::Unexpected`] if no thread can be started.
    pub fn from_env() -> Result<Self> {
        Self::start(crate::Secrets::from_env()?)
    }

    /// As [`Secrets::from_file`](crate::Secrets::from_file).
    ///
    /// # Errors
    /// As there, and [`ErrorKind::Unexpected`] if no thread can be started.
    pub fn from_file(path: impl Into<std::path::PathBuf>) -> Result<Self> {
        Self::start(crate::Secrets::from_file(path)?)
    }

    /// As [`SecretsBuilder::build`].
    ///
    /// # Errors
    /// [`ErrorKind::Unexpected`] if no thread can be started.
    pub fn new(builder: SecretsBuilder) -> Result<Self> {
        Self::start(builder.build())
    }

    fn start(secrets: crate::Secrets) -> Result<Self> {
        let no_thread =
            |_| Error::new(ErrorKind::Unexpected, "no thread can be started for the I/O");
        let runtime = Builder::new_current_thread().enable_all().build().map_err(no_thread)?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        thread::Builder::new()
            .name("omnisecret".to_owned())
            // Whichever way it ends, it is the end.
            .spawn(move || drop(runtime.block_on(stopped)))
            .map_err(no_thread)?;
        Ok(Self { secrets, runtime: handle, _stop: stop })
    }

    /// The secret at exactly this path of this provider.
    ///
    /// # Errors
    /// As [`get`](crate::get()).
    pub fn get(&self, provider: &str, path: &str) -> Result<Secret> {
        self.wait(|secrets| secrets.get(provider, path))
    }

    /// Every secret below the prefix, by its full path.
    ///
    /// # Errors
    /// As [`get_by_path`](crate::get_by_path()).
    pub fn get_by_path(&self, provider: &str, prefix: &str) -> Result<BTreeMap<String, Secret>> {
        self.wait(|secrets| secrets.get_by_path(provider, prefix))
    }

    /// Whether there is a secret at exactly this path.
    ///
    /// # Errors
    /// As [`path_exists`](crate::path_exists()).
    pub fn path_exists(&self, provider: &str, path: &str) -> Result<bool> {
        self.wait(|secrets| secrets.path_exists(provider, path))
    }

    /// Replaces the value at exactly this path.
    ///
    /// # Errors
    /// As [`update`](crate::update()).
    pub fn update(
        &self,
        provider: &str,
        path: &str,
        value: impl Into<SecretValue>,
    ) -> Result<SecretMeta> {
        self.wait(|secrets| secrets.update(provider, path, value))
    }

    /// Sends any request and waits for its answer.
    ///
    /// # Errors
    /// Those of the request.
    pub fn wait<T: Send + 'static, R>(
        &self,
        request: impl FnOnce(&crate::Secrets) -> R,
    ) -> Result<T>
    where
        R: IntoFuture<Output = Result<T>>,
        R::IntoFuture: Send + 'static,
    {
        let answer = request(&self.secrets).into_future();
        let (sender, receiver) = mpsc::sync_channel(1);
        self.runtime.spawn(async move {
            // The receiver is waiting below.
            drop(sender.send(answer.await));
        });
        receiver.recv().unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Unexpected, "the thread that does the I/O has panicked"))
        })
    }
}
