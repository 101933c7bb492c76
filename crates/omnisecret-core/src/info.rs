//! What a provider is and can do, as data.

use std::borrow::Cow;

use crate::{Error, ErrorKind, GetOptions, ListOptions, Result, SecretValue, UpdateOptions};

/// The longest path that any provider is asked for, in bytes.
pub const MAX_PATH_BYTES: usize = 4096;

/// What a provider can do beside `get` and `path_exists`, which every one can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Capabilities {
    /// Lists names and reads below a prefix.
    pub list: bool,
    /// Replaces the value of a secret.
    pub update: bool,
    /// Creates a secret that is not there.
    pub create: bool,
    /// Keeps bytes that are not text.
    pub binary: bool,
    /// Reads a version by its identifier.
    pub version_id: bool,
    /// Reads a version by a label or stage.
    pub version_stage: bool,
    /// Can answer without decrypting.
    pub without_decrypt: bool,
    /// Keeps an update once that is told again with the same token, see
    /// [`UpdateOptions::idempotency_token`].
    pub idempotent_update: bool,
}

impl Capabilities {
    /// Nothing but `get` and `path_exists`.
    pub const NONE: Self = Self {
        list: false,
        update: false,
        create: false,
        binary: false,
        version_id: false,
        version_stage: false,
        without_decrypt: false,
        idempotent_update: false,
    };

    /// Every capability with its name, in the order of the fields.
    pub fn iter(self) -> impl Iterator<Item = (&'static str, bool)> {
        let Self {
            list,
            update,
            create,
            binary,
            version_id,
            version_stage,
            without_decrypt,
            idempotent_update,
        } = self;
        [
            ("list", list),
            ("update", update),
            ("create", create),
            ("binary", binary),
            ("version_id", version_id),
            ("version_stage", version_stage),
            ("without_decrypt", without_decrypt),
            ("idempotent_update", idempotent_update),
        ]
        .into_iter()
    }

    /// The first capability that is required here and not offered there.
    fn first_missing_from(self, offered: Self) -> Option<&'static str> {
        self.iter()
            .zip(offered.iter())
            .find(|((_, required), (_, offered))| *required && !offered)
            .map(|((name, _), _)| name)
    }
}

/// What a provider says about itself: its id, where it reads, what it can do. Free of credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderInfo {
    id: Cow<'static, str>,
    address: String,
    separators: &'static [char],
    capabilities: Capabilities,
}

impl ProviderInfo {
    /// A provider's description. `id` is `vendor.service` in lower case; `address` tells two
    /// instances apart: a file, or a region and account, never a credential.
    pub fn new(
        id: impl Into<Cow<'static, str>>,
        address: impl Into<String>,
        capabilities: Capabilities,
    ) -> Self {
        Self { id: id.into(), address: address.into(), separators: &['/'], capabilities }
    }

    /// With the characters at which a prefix may end; `/` alone unless set otherwise.
    #[must_use]
    pub fn with_separators(mut self, separators: &'static [char]) -> Self {
        self.separators = separators;
        self
    }

    /// The provider's id: `aws.sm`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where this instance reads.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The characters at which a prefix may end.
    pub fn separators(&self) -> &'static [char] {
        self.separators
    }

    /// What the provider can do.
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// Adds this provider's id and the operation to an error.
    pub fn contextualize(&self, error: Error, operation: &'static str, path: &str) -> Error {
        error.with_context(self.id.clone(), operation).with_path(path)
    }

    /// Refuses a read that the provider cannot honour. Providers call it before any I/O.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPath`] for a path that is too long, [`ErrorKind::Unsupported`] for an
    /// option that the provider does not declare.
    pub fn admit_get(&self, path: &str, options: &GetOptions) -> Result<()> {
        self.admit("get", path, options.required())
    }

    /// Refuses to look for what cannot be there. Providers call it before any I/O.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPath`] for a path that is too long.
    pub fn admit_exists(&self, path: &str) -> Result<()> {
        self.admit("path_exists", path, Capabilities::NONE)
    }

    /// Refuses a listing that the provider cannot honour. Providers call it before any I/O.
    ///
    /// # Errors
    /// As [`admit_get`](Self::admit_get).
    pub fn admit_list(&self, prefix: &str, options: &ListOptions) -> Result<()> {
        self.admit("list", prefix, options.required())
    }

    /// Refuses a write that the provider cannot honour. Providers call it before any I/O.
    ///
    /// # Errors
    /// As [`admit_get`](Self::admit_get), and [`ErrorKind::InvalidValue`] for a binary value
    /// where only text can be kept.
    pub fn admit_update(
        &self,
        path: &str,
        value: &SecretValue,
        options: &UpdateOptions,
    ) -> Result<()> {
        self.admit("update", path, options.required())?;
        if !value.is_text() && !self.capabilities.binary {
            let error = Error::new(ErrorKind::InvalidValue, "the provider keeps text, not binary")
                .with_action("encode the value, as base64 say");
            return Err(self.contextualize(error, "update", path));
        }
        Ok(())
    }

    fn admit(&self, operation: &'static str, path: &str, required: Capabilities) -> Result<()> {
        if path.len() > MAX_PATH_BYTES {
            let error = Error::new(ErrorKind::InvalidPath, "the path is longer than 4096 bytes");
            return Err(error.with_context(self.id.clone(), operation));
        }
        match required.first_missing_from(self.capabilities) {
            None => Ok(()),
            Some(name) => Err(self.contextualize(
                Error::new(
                    ErrorKind::Unsupported,
                    format!("the provider does not have the capability {name:?}"),
                ),
                operation,
                path,
            )),
        }
    }
}
