//! Credentials that a program of the user's prints, as `process_command` of a CLI profile says.

use std::fmt;
use std::process::Stdio;
use std::time::Duration;

use omnisecret_core::{Error, ErrorKind, Result, async_trait};
use serde::Deserialize;
use tokio::process::Command;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::Credentials;
use super::refreshing::Source;
use crate::model::{SecretText, time};

/// How long the program may take, as with the SDKs.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// A command line, split as a POSIX shell would, and run without one.
pub(crate) struct External(Vec<String>);

#[derive(Deserialize)]
struct Output {
    access_key_id: String,
    access_key_secret: SecretText,
    sts_token: Option<SecretText>,
    expiration: Option<String>,
}

impl External {
    /// Splits the command line.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] if it is empty or a quote in it is not closed.
    pub(crate) fn new(command: &str) -> Result<Self> {
        match shlex::split(command) {
            Some(words) if !words.is_empty() => Ok(Self(words)),
            _ => {
                let message = "`process_command` of the profile is not a command line";
                Err(Error::new(ErrorKind::InvalidConfig, message))
            }
        }
    }

    async fn run(&self) -> Result<Zeroizing<Vec<u8>>> {
        let mut command = Command::new(&self.0[0]);
        // What it says on stderr may be anything, and is not passed on.
        command.args(&self.0[1..]).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let failed = |what: &'static str| {
            Error::new(ErrorKind::Unauthenticated, what)
                .with_action("run the `process_command` of the CLI profile by hand")
        };
        let output = timeout(TIME_LIMIT, command.output())
            .await
            .map_err(|_| {
                Error::new(ErrorKind::Timeout, "the program of the profile takes too long")
            })?
            .map_err(|_| failed("the program of the profile cannot be run"))?;
        let stdout = Zeroizing::new(output.stdout);
        if output.status.success() {
            Ok(stdout)
        } else {
            Err(failed("the program of the profile has failed"))
        }
    }
}

#[async_trait]
impl Source for External {
    async fn fetch(&self) -> Result<Credentials> {
        let stdout = self.run().await?;
        let output: Output = serde_json::from_slice(&stdout).map_err(|_| {
            let message = "the program of the profile prints no credentials";
            Error::new(ErrorKind::Unauthenticated, message)
                .with_action("let it print access_key_id, access_key_secret, sts_token, expiration")
        })?;
        let mut credentials =
            Credentials::access_key(&output.access_key_id, output.access_key_secret.0)?;
        if let Some(SecretText(token)) = output.sts_token {
            credentials = credentials.with_security_token(token)?;
        }
        Ok(match time(output.expiration.as_deref()) {
            Some(expires) => credentials.with_expires(expires),
            None => credentials,
        })
    }
}

impl fmt::Debug for External {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The arguments may have a secret among them.
        f.debug_struct("External").field("program", &self.0[0]).finish_non_exhaustive()
    }
}
