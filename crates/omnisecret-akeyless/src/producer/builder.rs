//! The settings of a producer, checked all at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use omnisecret_core::{Error, ErrorKind};

use super::{Inner, Kinds, Paths, Producer};
use crate::work::Work;
use crate::{AkeylessCreds, ErrorFormat, Operations};

/// Makes a [`Producer`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ProducerBuilder {
    one: Option<Operations>,
    by: Option<(String, Vec<(String, Operations)>)>,
    creds: Option<AkeylessCreds>,
    open: bool,
    format: ErrorFormat,
    base_path: String,
    paths: [String; 3],
    max_body: usize,
    time_limit: Duration,
    max_under_way: u32,
    #[cfg(feature = "openapi")]
    pub(crate) shapes: crate::openapi::Shapes,
}

impl ProducerBuilder {
    pub(super) fn new() -> Self {
        Self {
            one: None,
            by: None,
            creds: None,
            open: false,
            format: ErrorFormat::default(),
            base_path: String::new(),
            paths: ["sync/create", "sync/revoke", "sync/rotate"].map(str::to_owned),
            max_body: 1 << 20,
            time_limit: Duration::from_secs(25),
            max_under_way: 256,
            #[cfg(feature = "openapi")]
            shapes: crate::openapi::Shapes::default(),
        }
    }

    /// What it does.
    pub fn operations(mut self, operations: Operations) -> Self {
        self.one = Some(operations);
        self
    }

    /// What it does, by the text that the payload has under a key: several kinds of credential
    /// behind the same paths.
    pub fn operations_by<K: Into<String>>(
        mut self,
        key: impl Into<String>,
        kinds: impl IntoIterator<Item = (K, Operations)>,
    ) -> Self {
        let kinds = kinds.into_iter().map(|(name, operations)| (name.into(), operations));
        self.by = Some((key.into(), kinds.collect()));
        self
    }

    /// Whose requests it answers.
    pub fn creds(mut self, creds: AkeylessCreds) -> Self {
        self.creds = Some(creds);
        self
    }

    /// It answers whoever can reach it.
    ///
    /// # Security
    /// The payload may be all that it takes to use the vendor, so nobody learns a secret here who
    /// does not have one. But whoever sends a payload has this server reach out to where it says,
    /// and learns whether credentials are good. Keep the network closed to all but the gateway.
    pub fn without_authentication(mut self) -> Self {
        self.open = true;
        self
    }

    /// How errors are written.
    pub fn error_format(mut self, format: ErrorFormat) -> Self {
        self.format = format;
        self
    }

    /// What all paths begin with.
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.base_path = path.into();
        self
    }

    /// The path for creating, `sync/create` unless set.
    pub fn create_path(mut self, path: impl Into<String>) -> Self {
        self.paths[0] = path.into();
        self
    }

    /// The path for revoking, `sync/revoke` unless set.
    pub fn revoke_path(mut self, path: impl Into<String>) -> Self {
        self.paths[1] = path.into();
        self
    }

    /// The path for rotating, `sync/rotate` unless set.
    pub fn rotate_path(mut self, path: impl Into<String>) -> Self {
        self.paths[2] = path.into();
        self
    }

    /// How large a request may be, in bytes; 1 MiB unless set.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// How long it takes to answer at most, the body's arrival and the check of credentials
    /// included; 25 seconds unless set.
    ///
    /// The gateway waits for a minute unless the item says otherwise, a user's command for 15
    /// seconds, API Gateway for 29. What is created later is revoked again.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// How many callables are at work at once, 256 unless set. More requests wait.
    pub fn max_under_way(mut self, count: u32) -> Self {
        self.max_under_way = count;
        self
    }

    /// The producer.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`], with everything that is wrong.
    pub fn build(self) -> omnisecret_core::Result<Producer> {
        let mut faults = Vec::new();
        let kinds = kinds(self.one, self.by, &mut faults);
        let auth = match (self.creds, self.open) {
            (Some(creds), false) => {
                creds.build().map_err(|error| faults.push(error.message().to_owned())).ok()
            }
            (None, true) => None,
            (None, false) => {
                faults.push("whose requests are answered? give `creds`".to_owned());
                None
            }
            (Some(_), true) => {
                faults.push("`creds` and `without_authentication` together".to_owned());
                None
            }
        };
        let [create, revoke, rotate] = &self.paths;
        let paths = Paths::new(&self.base_path, [create, revoke, rotate])
            .map_err(|fault| faults.push(fault.to_owned()));
        if self.max_body == 0 || self.time_limit.is_zero() || self.max_under_way == 0 {
            faults.push("a limit of nothing lets nothing through".to_owned());
        }
        if self.max_under_way as usize > tokio::sync::Semaphore::MAX_PERMITS {
            faults.push("`max_under_way` is more than can be counted".to_owned());
        }
        let (Some(kinds), Ok(paths), true) = (kinds, paths, faults.is_empty()) else {
            let message = format!("no producer of this: {}", faults.join("; "));
            return Err(Error::new(ErrorKind::InvalidConfig, message)
                .with_action("correct what the message names"));
        };
        Ok(Producer(Arc::new(Inner {
            kinds,
            auth,
            format: self.format,
            paths,
            max_body: self.max_body,
            time_limit: self.time_limit,
            work: Work::new(self.max_under_way),
            #[cfg(feature = "openapi")]
            shapes: self.shapes,
        })))
    }
}

fn kinds(
    one: Option<Operations>,
    by: Option<(String, Vec<(String, Operations)>)>,
    faults: &mut Vec<String>,
) -> Option<Kinds> {
    match (one, by) {
        (None, None) => {
            faults.push("there is nothing to do: give `operations`".to_owned());
            None
        }
        (Some(_), Some(_)) => {
            faults.push("`operations` and `operations_by` together".to_owned());
            None
        }
        (Some(operations), None) => {
            faults.extend(operations.faults().into_iter().map(str::to_owned));
            Some(Kinds::One(Arc::new(operations)))
        }
        (None, Some((key, list))) => {
            if key.is_empty() || list.is_empty() {
                faults.push("`operations_by` needs a key and a kind at least".to_owned());
            }
            let mut kinds = BTreeMap::new();
            for (name, operations) in list {
                faults.extend(
                    operations.faults().into_iter().map(|fault| format!("{name}: {fault}")),
                );
                if kinds.insert(name.clone(), Arc::new(operations)).is_some() {
                    faults.push(format!("{name}: two kinds of this name"));
                }
            }
            Some(Kinds::By { key, kinds })
        }
    }
}
